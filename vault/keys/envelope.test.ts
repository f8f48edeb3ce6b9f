import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { open, seal } from './envelope.ts';

const key = createSecretKey(Buffer.alloc(32, 7));
const place = ['purpose', 'account', 'reference'];
const plain = Buffer.from('a card');

test('seals as AES-256-GCM does: the GCM specification, test case 14', () => {
  const zeroKey = createSecretKey(Buffer.alloc(32));
  const { sealed } = seal(zeroKey, Buffer.alloc(12), [], Buffer.alloc(16));
  // Only the ciphertext is compared: the tag also covers the place, which the specification's case has not.
  assert.equal(Buffer.from(sealed).subarray(0, 16).toString('hex'), 'cea7403d4d606b6e074ec5d3baf39d18');
});

test('opens with the same key and place only, whatever part of the place is changed', () => {
  const envelope = seal(key, randomBytes(12), place, plain);
  assert.deepEqual(open(key, place, envelope), plain);
  assert.equal(open(createSecretKey(randomBytes(32)), place, envelope), undefined);
  for (const other of [
    ['purpose', 'account'],
    ['other', 'account', 'reference'],
    ['purpose', 'other', 'reference'],
    ['purpose', 'account', 'other'],
    ['purpose', 'accountreference', ''],
    ['purpose,account', 'reference'],
  ])
    assert.equal(open(key, other, envelope), undefined, other.join('/'));
});

test('a changed bit anywhere, a cut tag or a wrong nonce does not open', () => {
  const envelope = seal(key, randomBytes(12), place, plain);
  for (let index = 0; index < envelope.sealed.length; index += 1) {
    const sealed = Buffer.from(envelope.sealed);
    sealed[index] = (sealed[index] ?? 0) ^ 1;
    assert.equal(open(key, place, { nonce: envelope.nonce, sealed }), undefined);
  }
  assert.equal(open(key, place, { ...envelope, sealed: envelope.sealed.subarray(0, -1) }), undefined);
  assert.equal(open(key, place, { ...envelope, sealed: new Uint8Array(3) }), undefined);
  assert.equal(open(key, place, { ...envelope, nonce: new Uint8Array(12) }), undefined);
  assert.equal(open(key, place, { ...envelope, nonce: new Uint8Array(16) }), undefined);
});

test('takes no nonce of another length', () => {
  assert.throws(() => seal(key, new Uint8Array(16), place, plain), RangeError);
});
