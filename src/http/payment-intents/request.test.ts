import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readPaymentIntentOrder } from './request.ts';

const amount = { value: 1000, currencyCode: 'GBP' };
const good = { amount, reference: 'Order 234' };
const read = (more: object, version: '2022-04-07' | '2024-02-05' = '2024-02-05') =>
  readPaymentIntentOrder({ ...good, ...more }, version);
const must = (more: object, version?: '2022-04-07' | '2024-02-05') => {
  const result = read(more, version);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
};
const fieldsOf = (more: object, version?: '2022-04-07' | '2024-02-05'): readonly string[] => {
  const result = read(more, version);
  assert.ok(!result.ok, 'was taken');
  return Object.keys(result.error);
};

test('takes the recorded request of a manual capture, whose names are in another case', () => {
  const order = must({
    description: 'Demo payment intent',
    captureMode: 'Manual',
    AutoExpireAction: 'Capture',
    AutoExpireIn: '00:00:55',
  });
  assert.equal(order.terms.captureMode, 'Manual');
  assert.deepEqual(order.terms.autoExpire, { inMs: 55_000, action: 'Capture' });
  assert.equal(order.terms.echo['description'], 'Demo payment intent');
});

test('takes an amount as a number or as digits, and keeps a number', () => {
  for (const value of [1000, '1000', '0001000'])
    assert.equal(must({ amount: { ...amount, value } }).terms.amount.amountMinor, 1000);
});

test('refuses an amount that is none', () => {
  for (const value of [
    0,
    -1,
    1.5,
    '1.5',
    '',
    ' 10',
    '1e3',
    1e12,
    '1000000000000',
    '9'.repeat(30),
    null,
    true,
    {},
    [],
  ]) {
    assert.deepEqual(fieldsOf({ amount: { ...amount, value } }), ['Amount.Value'], JSON.stringify(value));
  }
  assert.equal(must({ amount: { ...amount, value: 999_999_999_999 } }).terms.amount.amountMinor, 999_999_999_999);
});

test('names every missing field at once, as the API words it', () => {
  const result = readPaymentIntentOrder({ amount: {} }, '2024-02-05');
  assert.ok(!result.ok);
  assert.deepEqual(result.error, {
    Reference: ['The Reference field is required.'],
    'Amount.Value': ['The Value field is required.'],
    'Amount.CurrencyCode': ['The CurrencyCode field is required.'],
  });
});

test('refuses a body that is no object', () => {
  for (const body of [[], 'x', 1, true, null]) {
    const result = readPaymentIntentOrder(body, '2024-02-05');
    assert.ok(!result.ok);
    assert.deepEqual(Object.keys(result.error), ['Body']);
  }
});

test('treats null as absent', () => {
  assert.deepEqual(must({ customer: null, tipsAmount: null, metadata: { a: null, b: 'c' } }).terms.echo, {
    metadata: { b: 'c' },
  });
});

test('manual capture needs both its fields, within their bounds', () => {
  const manual = { captureMode: 'Manual' };
  assert.deepEqual(fieldsOf(manual), ['AutoExpireIn', 'AutoExpireAction']);
  for (const autoExpireIn of ['00:00:30', '7.00:00:00', '00:00:00', '9.00:00:00']) {
    assert.deepEqual(
      fieldsOf({ ...manual, autoExpireAction: 'Release', autoExpireIn }),
      ['AutoExpireIn'],
      autoExpireIn,
    );
  }
  for (const autoExpireIn of ['00:00:31', '6.23:59:59']) must({ ...manual, autoExpireAction: 'Release', autoExpireIn });
  const byHand = { ...manual, autoExpireAction: 'Release', autoExpireIn: '00:01:00' };
  assert.deepEqual(fieldsOf({ ...byHand, setupIntentId: 'si_sandbox_0123456789012345678901' }), ['CaptureMode']);
  assert.deepEqual(fieldsOf({ autoExpireIn: '00:01:00', autoExpireAction: 'Release' }), [
    'AutoExpireIn',
    'AutoExpireAction',
  ]);
});

test('an expiry is a moment with its offset, on a day that exists', () => {
  assert.equal(must({ expireAt: '2026-03-02T00:00:00+01:00' }).expireAt, Date.UTC(2026, 2, 1, 23));
  for (const expireAt of ['2026-04-31T00:00:00Z', '2026-04-01', '2026-04-01T00:00:00', 'soon', 1, ''])
    assert.deepEqual(fieldsOf({ expireAt }), ['ExpireAt'], String(expireAt));
});

test('amounts that are paid together share a currency and a bound', () => {
  for (const name of ['TipsAmount', 'ServiceChargeAmount', 'CashbackAmount']) {
    assert.deepEqual(fieldsOf({ [name]: { value: 1, currencyCode: 'EUR' } }), [`${name}.CurrencyCode`]);
    const most = { amount: { value: 999_999_999_998, currencyCode: 'GBP' } };
    must({ ...most, [name]: { value: 1, currencyCode: 'GBP' } });
    assert.deepEqual(fieldsOf({ ...most, [name]: { value: 2, currencyCode: 'GBP' } }), ['Amount']);
  }
});

test('only web addresses are kept', () => {
  for (const redirectUrl of ['javascript:alert(1)', 'ftp://example.com', '/done', 'https://', 'x']) {
    assert.deepEqual(fieldsOf({ config: { redirectUrl } }), ['Config.RedirectUrl'], redirectUrl);
  }
  must({ config: { redirectUrl: 'https://example.com/done?order=1', cancelUrl: 'http://127.0.0.1:3000/' } });
});

test('metadata is bounded in count, keys and values, and its keys are not repeated in the answer', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
  must({ metadata: many(50) });
  assert.deepEqual(fieldsOf({ metadata: many(51) }), ['Metadata']);
  must({ metadata: { ['k'.repeat(40)]: 'v'.repeat(500) } });
  assert.deepEqual(fieldsOf({ metadata: { ['k'.repeat(41)]: 'v' } }), ['Metadata']);
  assert.deepEqual(fieldsOf({ metadata: { '': 'v' } }), ['Metadata']);
  assert.deepEqual(fieldsOf({ metadata: { '4000 0000': 1 } }), ['Metadata']);
  assert.deepEqual(fieldsOf({ metadata: { key: 'v'.repeat(501) } }), ['Metadata.Key']);
});

test('a setup intent is named by an id of its shape', () => {
  const setupIntentId = 'si_sandbox_Oh69aQaQMUuNIPJcPrcRwQ';
  assert.equal(must({ setupIntentId }).setupIntentId, setupIntentId);
  for (const wrong of ['', 'si_1', 'pi_sandbox_Oh69aQaQMUuNIPJcPrcRwQ', `${setupIntentId}x`, 1]) {
    assert.deepEqual(fieldsOf({ setupIntentId: wrong }), ['SetupIntentId'], String(wrong));
  }
});

test('the first release says MOTO and caption; later ones say cardHolderNotPresent and name', () => {
  const lines = { itemLines: [{ caption: 'Tea' }] };
  const first = must({ ...lines, transactionSource: 'MOTO', cardHolderNotPresent: false }, '2022-04-07').terms.echo;
  assert.equal(first['cardHolderNotPresent'], true);
  assert.deepEqual(first['itemLines'], [{ name: 'Tea' }]);
  assert.deepEqual(fieldsOf(lines), ['ItemLines[0].AmountTotal']);
  assert.ok(!('cardHolderNotPresent' in must({ transactionSource: 'MOTO' }).terms.echo));
});

test('a field of another release is ignored, whatever it holds and in any case', () => {
  const line = { CATEGORY: 5, modifiers: 5, plu: 5, name: 5, caption: 'Tea' };
  const { terms } = must(
    { orderDetails: { id: 5 }, CashbackAmount: 5, itemLines: [line], taxLines: [{ affectedPlu: 5 }] },
    '2022-04-07',
  );
  assert.deepEqual(terms.echo, { itemLines: [{ name: 'Tea' }], taxLines: [{}] });
  const lineNow = { caption: 5, name: 'Tea', amountTotal: amount };
  assert.deepEqual(must({ transactionSource: 'x', itemLines: [lineNow] }).terms.echo, {
    itemLines: [{ name: 'Tea', amountTotal: amount }],
  });
  assert.deepEqual(fieldsOf({ transactionSource: 'x' }, '2022-04-07'), ['TransactionSource']);
  assert.deepEqual(fieldsOf({ orderDetails: { id: 5 }, cashbackAmount: 5 }), ['CashbackAmount', 'OrderDetails.Id']);
});

test('since the second release a line has an amount; that of an item may be null', () => {
  const lines = { itemLines: [{ id: '1', amountTotal: null }] };
  assert.deepEqual(must(lines).terms.echo, lines);
  assert.deepEqual(fieldsOf({ itemLines: [{ id: '1' }] }), ['ItemLines[0].AmountTotal']);
  for (const line of [{}, { amountTotal: null }])
    assert.deepEqual(fieldsOf({ taxLines: [line] }), ['TaxLines[0].AmountTotal']);
  const wrong = read({ itemLines: [{ amountTotal: 5 }] });
  assert.deepEqual(wrong.ok || wrong.error, {
    'ItemLines[0].AmountTotal': ['The AmountTotal field must be an object or null.'],
  });
  must({ ...lines, taxLines: [{ amountTotal: null }] }, '2022-04-07');
});

test('no payment methods are as good as none named', () => {
  must({ paymentMethods: [] });
});

test('a secret of a customer is not kept', () => {
  assert.deepEqual(must({ customer: { id: 'cust_1', secret: 's', savedCardId: 'c' } }).terms.echo['customer'], {
    id: 'cust_1',
  });
});

test('reads the same amount from a number and from its digits, to the penny', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999_999_999 }), (value) => {
      for (const sent of [value, String(value)])
        assert.equal(must({ amount: { ...amount, value: sent } }).terms.amount.amountMinor, value);
    }),
  );
});

test('makes of any number or text an amount in whole minor units, or refuses it', () => {
  const texts = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789.,-+e ') }));
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.maxSafeInteger(), texts), (value) => {
      const result = read({ amount: { ...amount, value } });
      if (!result.ok) return assert.deepEqual(Object.keys(result.error), ['Amount.Value']);
      const { amountMinor } = result.value.terms.amount;
      assert.ok(Number.isSafeInteger(amountMinor) && amountMinor >= 1 && amountMinor <= 999_999_999_999);
      assert.equal(amountMinor, Number(value));
    }),
    { numRuns: 1_000 },
  );
});

test('takes or refuses any JSON without breaking, and names fields as the API does', () => {
  const field = fc.constantFrom(
    'amount',
    'setupIntentId',
    'captureMode',
    'itemLines',
    'metadata',
    'customer',
    'expireAt',
    'config',
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(field, fc.jsonValue())), (body) => {
      const sent = typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...good, ...body } : body;
      const result = readPaymentIntentOrder(sent, '2024-02-05');
      if (result.ok) return;
      assert.ok(Object.keys(result.error).length > 0);
      for (const [name, messages] of Object.entries(result.error)) {
        assert.doesNotMatch(name, /^[a-z]/);
        assert.ok(
          messages.every((message) => /^The .+\.$/s.test(message)),
          JSON.stringify(messages),
        );
      }
    }),
    { numRuns: 1_000 },
  );
});
