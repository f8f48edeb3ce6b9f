import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colourPaint, drawStates, plainPaint } from './draw-states.ts';

const guidePath = { setupIntent: ['Created', 'Authorized', 'Completed'], paymentIntent: ['Created', 'Captured'] };
const namesIn = (side: string, lines: readonly string[]): string[] =>
  lines
    .flatMap((line) => [...line.matchAll(new RegExp(`${side} +(\\w+) +${side}`, 'g'))].map((match) => match[1] ?? ''))
    .toSorted();

test('exactly the states that were passed stand in heavy boxes', () => {
  const lines = drawStates(guidePath, plainPaint);
  assert.deepEqual(namesIn('┃', lines), ['Authorized', 'Captured', 'Completed', 'Created', 'Created']);
  assert.deepEqual(namesIn('│', lines), ['Canceled', 'CardExpired', 'CardExpired', 'Closed', 'Expired']);
});

test('a path that was not taken is not highlighted', () => {
  const lines = drawStates({ setupIntent: ['Created'], paymentIntent: [] }, plainPaint);
  assert.deepEqual(namesIn('┃', lines), ['Created']);
  assert.ok(!lines.join('\n').includes('━━▶'));
});

test('without colours there is no escape sequence, with colours there is, and the text is the same', () => {
  const escape = /\u001b\[[0-9;]*m/g;
  const plain = drawStates(guidePath, plainPaint);
  const coloured = drawStates(guidePath, colourPaint);
  assert.equal(plain.join('\n').search(escape), -1);
  assert.notEqual(coloured.join('\n').search(escape), -1);
  assert.deepEqual(
    coloured.map((line) => line.replaceAll(escape, '').trimEnd()),
    plain,
  );
});

test('the drawing fits a terminal of 80 columns', () => {
  assert.ok(drawStates(guidePath, plainPaint).every((line) => line.length <= 80));
});
