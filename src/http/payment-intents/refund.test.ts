import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  approvedCard,
  cardDetails,
  openListeners,
  type Reply,
  send,
  setupRequest,
} from '../../../test/contracts/openapi/listeners.fixture.ts';

const codeOf = ({ body }: Reply): string => String(body['type']).replace('urn:strongroom:problem:', '');

const open = async (t: Parameters<typeof openListeners>[0]) => {
  const { apiUrl, pciUrl } = await openListeners(t);
  const setup = { ...setupRequest, cardDetails: cardDetails(approvedCard) };
  const pay = async (more: object = {}): Promise<string> => {
    const setupIntentId = (await send('POST', `${pciUrl}/setup-intents`, { body: setup })).body['id'];
    const order = { amount: { value: 1000, currencyCode: 'GBP' }, reference: 'Table 4', setupIntentId, ...more };
    const id = String((await send('POST', `${apiUrl}/payment-intents`, { body: order })).body['id']);
    assert.equal((await send('POST', `${apiUrl}/payment-intents/${id}/charge`)).body['status'], 'Successful');
    return id;
  };
  const url = `${apiUrl}/payment-intents/${await pay()}`;
  return {
    apiUrl,
    url,
    pay,
    refund: (body: unknown, key: string | null = 'key', headers: Record<string, string> = {}) =>
      send('POST', `${url}/refunds`, {
        body,
        headers: { ...(key === null ? {} : { idempotencyKey: key }), ...headers },
      }),
    receipt: (emails: unknown, headers: Record<string, string> = {}) =>
      send('POST', `${url}/receipt`, { body: { emails }, headers }),
  };
};

test('400 without an idempotency key, which a refund must have', async (t) => {
  const { refund } = await open(t);
  const reply = await refund({ amount: 1 }, null);
  assert.equal(reply.status, 400);
  assert.equal(codeOf(reply), 'idempotency-key-missing');
  assert.equal((await refund({ amount: 1 }, null, { 'Idempotency-Key': 'draft' })).status, 200);
});

test('200 again, byte for byte, for a repeat with the same key; 409 for another refund under it', async (t) => {
  const { refund, url } = await open(t);
  const first = await refund({ amount: 400 });
  const again = await refund({ amount: 400 });
  assert.deepEqual([again.status, again.text], [200, first.text]);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
  assert.equal(codeOf(await refund({ amount: 401 })), 'idempotency-key-reused');
  assert.equal((await send('GET', url)).body['refundedAmount'], 400);
});

test('another refund for the same key on another payment: keys tell the refunds of one payment apart', async (t) => {
  const { refund, apiUrl, pay } = await open(t);
  const other = `${apiUrl}/payment-intents/${await pay()}`;
  const order = { body: { amount: 400 }, headers: { idempotencyKey: 'key' } };
  const replies = [await refund({ amount: 400 }), await send('POST', `${other}/refunds`, order)];
  assert.deepEqual(
    replies.map(({ status, headers }) => [status, headers.get('idempotent-replayed')]),
    [
      [200, null],
      [200, null],
    ],
  );
  assert.notEqual(replies[0]?.body['refundId'], replies[1]?.body['refundId']);
  assert.equal((await send('GET', other)).body['refundedAmount'], 400);
});

test('one refund for a hundred repeats at once', async (t) => {
  const { refund, url } = await open(t);
  const replies = await Promise.all(Array.from({ length: 100 }, () => refund({ amount: 10 })));
  assert.equal(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size, 1);
  assert.equal((await send('GET', url)).body['refundedAmount'], 10);
});

for (const [what, body, field] of [
  ['no amount', {}, 'Amount'],
  ['no money', { amount: 0 }, 'Amount'],
  ['less than nothing', { amount: -1 }, 'Amount'],
  ['a fraction', { amount: 1.5 }, 'Amount'],
  ['an object of money', { amount: { value: 1, currencyCode: 'GBP' } }, 'Amount'],
  ['a reason that is too long', { amount: 1, refundReason: 'x'.repeat(1025) }, 'RefundReason'],
  ['notes that are too long', { amount: 1, notes: 'x'.repeat(4097) }, 'Notes'],
] as const)
  test(`400 for ${what}, by the name of the field`, async (t) => {
    const { refund } = await open(t);
    const reply = await refund(body);
    assert.equal(reply.status, 400);
    assert.deepEqual(Object.keys(reply.body['errors'] as object), [field]);
  });

test('what was paid on top of the amount is in the total, is charged, and is given back with it', async (t) => {
  const { apiUrl, pay } = await open(t);
  const gbp = (value: number) => ({ value, currencyCode: 'GBP' });
  const onTop = { tipsAmount: gbp(100), serviceChargeAmount: gbp(20), cashbackAmount: gbp(3) };
  const url = `${apiUrl}/payment-intents/${await pay(onTop)}`;
  const read = async () => (await send('GET', url)).body;
  const { amount, totalAmount, tipsAmount, serviceChargeAmount, cashbackAmount } = await read();
  assert.deepEqual({ tipsAmount, serviceChargeAmount, cashbackAmount }, onTop);
  assert.deepEqual([amount, totalAmount], [gbp(1000), gbp(1123)]);
  const refund = (value: number) =>
    send('POST', `${url}/refunds`, { body: { amount: value }, headers: { idempotencyKey: `refund ${value}` } });
  assert.equal(codeOf(await refund(1124)), 'refund-too-large');
  assert.equal((await refund(1123)).status, 200);
  const { status, refundedAmount } = await read();
  assert.deepEqual([status, refundedAmount], ['Refunded', 1123]);
});

test('400 for another transaction than the payment’s; the first release has no such field', async (t) => {
  const { refund, url } = await open(t);
  const other = { amount: 1, previousTransactionId: 'another' };
  assert.equal(codeOf(await refund(other)), 'request-invalid');
  for (const previousTransactionId of ['another', 5])
    assert.equal(
      (await refund({ ...other, previousTransactionId }, previousTransactionId.toString(), { version: '2022-04-07' }))
        .status,
      200,
    );
  const { paymentDetails } = (await send('GET', url)).body as { paymentDetails: { transactionId: string } };
  const own = { amount: 1, previousTransactionId: paymentDetails.transactionId };
  assert.equal((await refund(own, 'own')).status, 200);
});

test('400 for a card number in a reason, and nothing is refunded', async (t) => {
  const { refund, url } = await open(t);
  assert.equal(codeOf(await refund({ amount: 1, refundReason: `card ${approvedCard}` })), 'card-number-refused');
  assert.equal((await send('GET', url)).body['refundedAmount'], 0);
});

test('404 for a refund, and for the refund of a payment intent, that belongs to nobody', async (t) => {
  const { apiUrl } = await open(t);
  const missing = await send('GET', `${apiUrl}/payment-intents/refunds/rfnd_0000000000000000000000`);
  assert.deepEqual([missing.status, codeOf(missing)], [404, 'refund-not-found']);
  const nowhere = await send('POST', `${apiUrl}/payment-intents/pi_sandbox_0000000000000000000000/refunds`, {
    body: { amount: 1 },
    headers: { idempotencyKey: 'k' },
  });
  assert.deepEqual([nowhere.status, codeOf(nowhere)], [404, 'payment-intent-not-found']);
});

test('204 for a receipt, once for a key', async (t) => {
  const { receipt } = await open(t);
  const key = { idempotencyKey: 'receipt' };
  assert.equal((await receipt(['guest@example.com'], key)).status, 204);
  const again = await receipt(['guest@example.com'], key);
  assert.deepEqual([again.status, again.headers.get('idempotent-replayed')], [204, 'true']);
  assert.equal((await receipt(['gast@müller.example', "o'neill+1@a-b.example.co.uk"])).status, 204);
});

for (const [what, emails] of [
  ['no list', 'guest@example.com'],
  ['nobody', []],
  ['eleven people', Array.from({ length: 11 }, (_, index) => `guest${index}@example.com`)],
  ['one address twice', ['a@example.com', 'a@example.com']],
  ['no address', ['guest']],
  ['an address without a domain', ['guest@localhost']],
  ['a name beside the address', ['Guest <guest@example.com>']],
  ['two addresses in one', ['a@example.com,b@example.com']],
  ['a second header line', ['a@example.com\r\nBcc: b@example.com']],
  ['an address that is too long', [`${'a'.repeat(60)}@${'b.'.repeat(100)}example.com`]],
] as const)
  test(`400 for a receipt to ${what}`, async (t) => {
    const { receipt } = await open(t);
    const reply = await receipt(emails);
    assert.deepEqual([reply.status, codeOf(reply)], [400, 'request-invalid']);
  });
