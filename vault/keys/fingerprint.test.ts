import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { Pan } from '../card/pan.ts';
import { fingerprintOf } from './fingerprint.ts';

const key = createSecretKey(Buffer.alloc(32, 1));
const pan = new Pan('5200000000001005');

test('is the same for the same card, another for another card or key', () => {
  assert.equal(fingerprintOf(key, pan), fingerprintOf(key, new Pan('5200000000001005')));
  assert.notEqual(fingerprintOf(key, pan), fingerprintOf(key, new Pan('5200000000001096')));
  assert.notEqual(fingerprintOf(key, pan), fingerprintOf(createSecretKey(Buffer.alloc(32, 2)), pan));
});

test('has 256 bits and holds no digit run of the card', () => {
  const fingerprint = fingerprintOf(key, pan);
  assert.equal(Buffer.from(fingerprint, 'base64url').length, 32);
  assert.equal(fingerprint.includes('520000'), false);
});
