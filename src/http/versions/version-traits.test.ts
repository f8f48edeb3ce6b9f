import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemLinesShown, paymentMethodsShown, taxLinesShown } from './echoed-fields.ts';
import { versionTraits } from './version-traits.ts';

const first = versionTraits['2022-04-07'];
const second = versionTraits['2024-02-05'];
const amountTotal = { value: 1, currencyCode: 'GBP' };

test('a release is never told of a payment method that it does not know', () => {
  const echo = { paymentMethods: ['SavedCard', 'Wallet'] };
  assert.deepEqual(paymentMethodsShown(echo, first), ['Wallet']);
  assert.deepEqual(paymentMethodsShown(echo, second), ['SavedCard', 'Wallet']);
  assert.deepEqual(paymentMethodsShown({ paymentMethods: ['SavedCard'] }, first), ['Card']);
  for (const none of [{}, { paymentMethods: [] }]) assert.deepEqual(paymentMethodsShown(none, second), ['Card']);
});

test('a line is called by the name of the release, and has only its fields', () => {
  const echo = { itemLines: [{ id: '1', name: 'Tea', category: 'Drinks', amountTotal }] };
  assert.deepEqual(JSON.parse(JSON.stringify(itemLinesShown(echo, first))), [{ id: '1', caption: 'Tea', amountTotal }]);
  assert.deepEqual(itemLinesShown(echo, second), echo.itemLines);
});

test('a line without an amount conforms in the other releases', () => {
  assert.deepEqual(itemLinesShown({ itemLines: [{ name: 'Tea' }] }, second), [{ name: 'Tea', amountTotal: null }]);
  const withoutAmount = itemLinesShown({ itemLines: [{ name: 'Tea', amountTotal: null }] }, first);
  assert.deepEqual(JSON.parse(JSON.stringify(withoutAmount)), [{ caption: 'Tea' }]);
  assert.deepEqual(taxLinesShown({ taxLines: [{ caption: 'VAT' }, { caption: 'Duty', amountTotal }] }, second), [
    { caption: 'Duty', amountTotal },
  ]);
});

test('avsResult is shown since the third release', () => {
  assert.deepEqual(
    Object.values(versionTraits).map(({ avsResultIsShown }) => avsResultIsShown),
    [false, false, true, true],
  );
});
