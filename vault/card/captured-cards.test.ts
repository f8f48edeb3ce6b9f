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

const opened = () => {
  const armed: (() => void)[] = [];
  const after = (delayMs: number, run: () => void): (() => void) => {
    assert.equal(delayMs, limits.capturedCardLifetimeMs);
    armed.push(run);
    return () => void armed.splice(armed.indexOf(run), 1);
  };
  return { cards: openCapturedCards({ after }, limits), armed };
};

test('gives a card out once, to its own account only', () => {
  const { cards, armed } = opened();
  cards.put('card_a', details());
  assert.equal(cards.take('card_a', 'acc_two'), undefined);
  assert.notEqual(cards.take('card_a', 'acc_one'), undefined);
  assert.equal(cards.take('card_a', 'acc_one'), undefined);
  assert.equal(armed.length, 0);
});

test('drops a card and its CVV when its time is over, though nobody asks', () => {
  const { cards, armed } = opened();
  const card = details();
  cards.put('card_a', card);
  cards.put('card_b', details());
  armed[0]?.();
  assert.throws(() => card.cvv.reveal());
  assert.equal(cards.take('card_a', 'acc_one'), undefined);
  assert.notEqual(cards.take('card_b', 'acc_one'), undefined);
});

test('takes no more than it may hold, and takes again when there is room', () => {
  const { cards, armed } = opened();
  assert.deepEqual(
    ['a', 'b', 'c'].map((reference) => cards.put(reference, details())),
    [true, true, false],
  );
  armed[0]?.();
  assert.equal(cards.put('d', details()), true);
});

test('clearing and discarding drop the CVV and leave no timer behind', () => {
  for (const drop of ['clear', 'discard'] as const) {
    const { cards, armed } = opened();
    const card = details();
    cards.put('card_a', card);
    cards[drop]('card_a');
    assert.throws(() => card.cvv.reveal());
    assert.equal(armed.length, 0);
  }
});
