import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Pan } from './pan.ts';
import { openSealedCard, sealCard } from './sealed-card.ts';

const key = createSecretKey(randomBytes(32));
const card = { pan: new Pan('5200000000001005'), expiry: { year: 2029, month: 3 } };
const sealed = () => sealCard(key, randomBytes(12), 'acc_one', 'card_one', card);

test('opens for its account and reference to the card that was sealed', () => {
  const opened = openSealedCard(key, 'acc_one', 'card_one', sealed());
  assert.ok(opened !== undefined);
  assert.equal(opened.pan.reveal(), '5200000000001005');
  assert.deepEqual(opened.expiry, { year: 2029, month: 3 });
});

test('a row moved to another account or reference does not open, nor one under another key', () => {
  assert.equal(openSealedCard(key, 'acc_two', 'card_one', sealed()), undefined);
  assert.equal(openSealedCard(key, 'acc_one', 'card_two', sealed()), undefined);
  assert.equal(openSealedCard(key, 'acc_onecard_', 'one', sealed()), undefined);
  assert.equal(openSealedCard(createSecretKey(randomBytes(32)), 'acc_one', 'card_one', sealed()), undefined);
});

test('no digit of the number stands in the envelope', () => {
  const { sealed: bytes } = sealed();
  assert.equal(Buffer.from(bytes).includes('52000000'), false);
  assert.notDeepEqual(bytes, sealed().sealed);
});
