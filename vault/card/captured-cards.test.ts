import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CapturedCardDetails } from './captured-cards.ts';
import { openCapturedCards } from './captured-cards.ts';
import { Cvv } from './cvv.ts';
import { Pan } from './pan.ts';

const details = (): CapturedCardDetails => ({
  pan: new Pan('5200000000001005'),
  cvv: new Cvv('020'),
  expiry: { year: 2029, month: 12 },
  cardholderName: null,
  scheme: 'MASTERCARD',
  accountId: 'acc_one',
  fingerprint: 'f',
});
const limits = { capturedCardsMax: 2, capturedCardLifetimeMs: 1000 };

test('gives a card out once, to its own account only', () => {
  const cards = openCapturedCards({ now: () => 0 }, limits);
  cards.put('card_a', details());
  assert.equal(cards.take('card_a', 'acc_two'), undefined);
  assert.notEqual(cards.take('card_a', 'acc_one'), undefined);
  assert.equal(cards.take('card_a', 'acc_one'), undefined);
});

test('drops a card and its CVV when its time is over', () => {
  let time = 0;
  const cards = openCapturedCards({ now: () => time }, limits);
  const card = details();
  cards.put('card_a', card);
  time = 999;
  cards.put('card_b', details());
  time = 1000;
  assert.equal(cards.take('card_a', 'acc_one'), undefined);
  assert.throws(() => card.cvv.reveal());
  assert.notEqual(cards.take('card_b', 'acc_one'), undefined);
});

test('takes no more than it may hold, and takes again when there is room', () => {
  let time = 0;
  const cards = openCapturedCards({ now: () => time }, limits);
  assert.deepEqual(
    ['a', 'b', 'c'].map((reference) => cards.put(reference, details())),
    [true, true, false],
  );
  time = 1000;
  assert.equal(cards.put('d', details()), true);
});

test('clearing drops every CVV', () => {
  const cards = openCapturedCards({ now: () => 0 }, limits);
  const card = details();
  cards.put('card_a', card);
  cards.clear();
  assert.throws(() => card.cvv.reveal());
});
