import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from './sandbox.ts';

test('a duration is whole seconds, or a number with its unit', () => {
  const parsed = ['90', '90s', '15m', '36h', '30d', '0'].map(parseDuration);
  assert.deepEqual(parsed, [90, 90, 900, 129_600, 2_592_000, 0]);
});

test('anything else is no duration', () => {
  for (const text of ['', '-1', '1.5h', '1w', 'soon', '1 d', '1d12h', '9'.repeat(10)]) {
    assert.equal(parseDuration(text), undefined, text);
  }
});
