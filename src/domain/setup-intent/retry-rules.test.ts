import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeclinedCharge, retryRefusal, stillRelevant } from './retry-rules.ts';

const now = Date.UTC(2026, 5, 1);
const dayMs = 24 * 3600 * 1000;
const declines = (count: number, responseCode: string, at = now): DeclinedCharge[] =>
  Array.from({ length: count }, () => ({ at, responseCode }));

test('a decline that the issuer will never take back forbids every retry, however long ago', () => {
  for (const responseCode of ['04', '07', '12', '14', '15', '41', '43', '46', '57', 'R0', 'R1', 'R3']) {
    assert.equal(retryRefusal([{ at: 0, responseCode }, ...declines(1, '05')], now), 'retry-forbidden', responseCode);
  }
});

test('other declines may be retried fifteen times within thirty days', () => {
  assert.equal(retryRefusal([], now), null);
  assert.equal(retryRefusal(declines(15, '51'), now), null);
  assert.equal(retryRefusal(declines(16, '51'), now), 'retry-limit-reached');
  assert.equal(retryRefusal(declines(16, '51', now - 30 * dayMs), now), null);
});

test('what is kept is enough to refuse', () => {
  const kept = stillRelevant(declines(40, '05'));
  assert.equal(retryRefusal(kept, now), 'retry-limit-reached');
  assert.equal(kept.length, 16);
});
