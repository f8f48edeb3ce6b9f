import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOfExpiry } from './cross-field-rules.ts';

test('a new intent lapses in the future, and within 366 days', () => {
  const now = Date.UTC(2026, 2, 1);
  const yearMs = 366 * 24 * 60 * 60 * 1000;
  for (const expireAt of [null, now + 1, now + yearMs]) assert.equal(refusalOfExpiry(expireAt, now), undefined);
  for (const expireAt of [now, now - 1, now + yearMs + 1])
    assert.deepEqual(Object.keys(refusalOfExpiry(expireAt, now)?.errors ?? {}), ['ExpireAt'], String(expireAt));
});
