import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CardSummary, cardUsableUntil, expiryDateShown } from './card-summary.ts';

const expiring = (expiryYear: number, expiryMonth: number) => ({ expiryYear, expiryMonth }) as CardSummary;

test('the expiry is shown as the last day of its month, leap years too', () => {
  assert.equal(expiryDateShown(expiring(2029, 12)), '2029-12-31');
  assert.equal(expiryDateShown(expiring(2028, 2)), '2028-02-29');
  assert.equal(expiryDateShown(expiring(2027, 2)), '2027-02-28');
});

test('a card is good until its month has ended in the last time zone', () => {
  assert.equal(cardUsableUntil(expiring(2029, 12)), Date.parse('2030-01-01T12:00:00Z'));
});
