import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cardSchemes } from '../../../src/domain/card-summary.ts';
import { brandOf } from '../../card/brand.ts';
import { passesLuhn } from '../../card/luhn.ts';
import { testCards } from './test-cards.ts';

test('every test card is a number that its scheme could issue, and stands in the table once', () => {
  for (const card of testCards) {
    const brand = brandOf(card.number);
    assert.ok(brand !== undefined, card.title);
    assert.equal(brand.scheme, card.scheme, card.title);
    assert.ok(brand.lengths.includes(card.number.length) && passesLuhn(card.number), card.title);
    assert.equal(card.cvv.length, brand.cvvLength, card.title);
  }
  assert.equal(new Set(testCards.map((card) => card.number)).size, testCards.length);
});

test('every scheme has a card that is approved', () => {
  const approved = testCards.filter(
    (card) => card.verify.answer.outcome === 'approved' && card.charge.answer.outcome === 'approved',
  );
  assert.deepEqual(new Set(approved.map((card) => card.scheme)), new Set(cardSchemes));
});

test('the third group of digits says the outcome', () => {
  for (const card of testCards.filter(
    ({ number }) => number.startsWith('40000000000') && !number.startsWith('400000000000000'),
  )) {
    const { answer } = card.verify;
    assert.equal(answer.outcome === 'declined' && `00${answer.responseCode}`, card.number.slice(8, 12));
  }
});
