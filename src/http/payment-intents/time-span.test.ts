import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { timeSpanMs, timeSpanShown } from './time-span.ts';

test('reads a duration with and without days', () => {
  assert.equal(timeSpanMs('00:00:55'), 55_000);
  assert.equal(timeSpanMs('23:59:59'), 86_399_000);
  assert.equal(timeSpanMs('6.23:59:59'), 7 * 86_400_000 - 1000);
  assert.equal(timeSpanMs('01.00:00:00'), 86_400_000);
});

test('shows what it reads', () => {
  for (const text of ['00:00:55', '23:59:59', '6.23:59:59', '1.00:00:00', '00:00:00']) {
    assert.equal(timeSpanShown(timeSpanMs(text) ?? -1), text);
  }
});

test('reads nothing else', () => {
  for (const text of [
    '',
    '55',
    '0:0:55',
    '24:00:00',
    '00:60:00',
    '00:00:60',
    '-00:00:55',
    '00:00:55.5',
    '100.00:00:00',
    ' 00:00:55',
  ]) {
    assert.equal(timeSpanMs(text), undefined, text);
  }
});

test('reads back whatever it shows, up to a hundred days', () => {
  fc.assert(
    fc.property(fc.nat(100 * 86_400 - 1), (seconds) => {
      assert.equal(timeSpanMs(timeSpanShown(seconds * 1000)), seconds * 1000);
    }),
  );
});
