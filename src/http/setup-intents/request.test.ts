import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSetupIntentOrder } from './request.ts';

const good = { reference: 'Table 4', merchantInitiatedTransactionType: 'NoShow', terms: 'A no-show costs one night.' };
const read = (more: object, version: '2022-04-07' | '2024-02-05' = '2024-02-05') =>
  readSetupIntentOrder({ ...good, ...more }, version);
const fieldsOf = (more: object, version?: '2022-04-07' | '2024-02-05'): readonly string[] => {
  const result = read(more, version);
  assert.ok(!result.ok, 'was taken');
  return Object.keys(result.error);
};

test('takes the recorded request, whose amount is a string of digits', () => {
  const result = read({ intendedAmount: { value: '1000', currencyCode: 'GBP' } });
  assert.ok(result.ok);
  assert.deepEqual(result.value.terms.intendedAmount, { amountMinor: 1000, currency: 'GBP' });
  assert.equal(result.value.expireAt, null);
});

test('texts have the lengths that the API gives them', () => {
  assert.ok(read({ reference: 'r'.repeat(60), terms: 't'.repeat(10_240) }).ok);
  assert.deepEqual(fieldsOf({ reference: 'r'.repeat(61) }), ['Reference']);
  assert.deepEqual(fieldsOf({ terms: 't'.repeat(10_241) }), ['Terms']);
  const empty = read({ reference: '', terms: null });
  assert.ok(!empty.ok);
  assert.deepEqual(empty.error, {
    Reference: ['The Reference field is required.'],
    Terms: ['The Terms field is required.'],
  });
});

test('Unscheduled exists since the second release', () => {
  const unscheduled = { merchantInitiatedTransactionType: 'Unscheduled' };
  assert.ok(read(unscheduled).ok);
  assert.deepEqual(fieldsOf(unscheduled, '2022-04-07'), ['MerchantInitiatedTransactionType']);
  assert.deepEqual(fieldsOf({ merchantInitiatedTransactionType: 'Other' }), ['MerchantInitiatedTransactionType']);
});

test('a refusal names only the words of the release', () => {
  const other = { merchantInitiatedTransactionType: 'Other', paymentMethods: ['Other'] };
  const messages = (version?: '2022-04-07') => {
    const result = read(other, version);
    return result.ok ? assert.fail('was taken') : Object.values(result.error).flat();
  };
  assert.deepEqual(messages('2022-04-07'), [
    'The MerchantInitiatedTransactionType field must be one of: NoShow.',
    'The PaymentMethods[0] field must be one of: Card, Wallet.',
  ]);
  assert.deepEqual(messages(), [
    'The MerchantInitiatedTransactionType field must be one of: NoShow, Unscheduled.',
    'The PaymentMethods[0] field must be one of: Card, Wallet, SavedCard.',
  ]);
});

test('a field that the first release does not have is ignored there, whatever it holds and in any case', () => {
  for (const expireAt of ['2026-03-02T00:00:00Z', 5]) {
    const result = read({ expireAt, ORDERDETAILS: { id: 5 } }, '2022-04-07');
    assert.ok(result.ok);
    assert.deepEqual([result.value.expireAt, result.value.terms.echo], [null, {}]);
  }
  assert.deepEqual(fieldsOf({ expireAt: 5, orderDetails: { id: 5 } }), ['OrderDetails.Id', 'ExpireAt']);
});

test('a setup intent is never captured by hand', () => {
  assert.ok(read({ captureMode: 'Auto' }).ok);
  assert.deepEqual(fieldsOf({ captureMode: 'Manual' }), ['CaptureMode']);
});

test('an address needs its country', () => {
  assert.deepEqual(fieldsOf({ billingAddress: { city: 'London' }, shippingDetails: { address: {} } }), [
    'BillingAddress.CountryCode',
    'ShippingDetails.Address.CountryCode',
  ]);
});

test('messages never repeat what was sent', () => {
  const result = read({
    merchantInitiatedTransactionType: 'secret-1',
    reference: { 'secret-2': 1 },
    terms: 5,
    customer: 'secret-3',
  });
  assert.ok(!result.ok);
  assert.ok(!JSON.stringify(result.error).includes('secret'));
});
