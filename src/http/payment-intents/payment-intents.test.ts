import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  approvedCard,
  cardDetails,
  openListeners,
  send,
  setupRequest,
} from '../../../test/contracts/openapi/listeners.fixture.ts';

const codeOf = (body: Record<string, unknown>): string => String(body['type']).replace('urn:strongroom:problem:', '');
const order = { amount: { value: '1000', currencyCode: 'GBP' }, reference: 'Dojo Cafe | Table no. 4.' };
const open = async (t: Parameters<typeof openListeners>[0]) => {
  const listeners = await openListeners(t);
  const url = `${listeners.apiUrl}/payment-intents`;
  const create = async (more: object = {}): Promise<string> =>
    String((await send('POST', url, { body: { ...order, ...more } })).body['id']);
  const authorize = async (): Promise<string> =>
    String(
      (
        await send('POST', `${listeners.pciUrl}/setup-intents`, {
          body: { ...setupRequest, cardDetails: cardDetails(approvedCard) },
        })
      ).body['id'],
    );
  return { ...listeners, url, create, authorize };
};

test('200 with exactly the fields of the recorded answer', async (t) => {
  const { url, apiUrl } = await open(t);
  const { body } = await send('POST', url, { body: order });
  const { id, clientSessionSecret, ...rest } = body;
  assert.match(String(id), /^pi_sandbox_[A-Za-z0-9_-]{22}$/);
  assert.ok(String(clientSessionSecret).length >= 32);
  assert.deepEqual(rest, {
    captureMode: 'Auto',
    clientSessionSecretExpirationDate: '2026-03-01T00:30:00.000Z',
    status: 'Created',
    paymentMethods: ['Card'],
    amount: { value: 1000, currencyCode: 'GBP' },
    totalAmount: { value: 1000, currencyCode: 'GBP' },
    refundedAmount: 0,
    createdAt: '2026-03-01T00:00:00.000Z',
    updatedAt: '2026-03-01T00:00:00.000Z',
    reference: 'Dojo Cafe | Table no. 4.',
    itemLines: [],
    taxLines: [],
    merchantConfig: {
      supportedPaymentMethods: {
        cardSchemes: ['VISA', 'MASTERCARD', 'MAESTRO', 'DISCOVER', 'DCI', 'AMEX'],
        wallets: [],
      },
    },
    config: {},
    expireAt: '2026-03-31T00:00:00.000Z',
    metadata: {},
    cardHolderNotPresent: false,
    paymentLink: `${apiUrl}/checkout/${String(id)}`,
    terminalSessionHistory: [],
    captures: [],
  });
});

test('200 with a tip in the total and a duration as it was sent', async (t) => {
  const { url } = await open(t);
  const manual = { captureMode: 'Manual', autoExpireIn: '1.00:00:00', autoExpireAction: 'Release' };
  const { body } = await send('POST', url, {
    body: { ...order, ...manual, tipsAmount: { value: 50, currencyCode: 'GBP' } },
  });
  assert.deepEqual(body['totalAmount'], { value: 1050, currencyCode: 'GBP' });
  assert.equal(body['autoExpireIn'], '1.00:00:00');
  assert.equal(body['autoExpireAction'], 'Release');
});

test('200 for a charge; the payment intent then tells of it in the words of each release', async (t) => {
  const { url, create, authorize } = await open(t);
  const id = await create({ setupIntentId: await authorize() });
  const charge = await send('POST', `${url}/${id}/charge`, { headers: { 'content-type': 'application/json' } });
  assert.deepEqual(charge.body, { paymentIntentId: id, status: 'Successful', message: 'DEPOSITED' });
  const first = (await send('GET', `${url}/${id}`, { headers: { version: '2022-04-07' } })).body[
    'paymentDetails'
  ] as Record<string, unknown>;
  assert.deepEqual(Object.keys(first), [
    'transactionDateTime',
    'message',
    'authCode',
    'cardNumber',
    'cardName',
    'expiryDate',
    'cardType',
  ]);
  const later = (await send('GET', `${url}/${id}`)).body['paymentDetails'] as Record<string, Record<string, unknown>>;
  assert.equal(later['message'] as unknown, 'DEPOSITED');
  assert.equal(later['card']?.['cardNumber'], '40000000****0002');
  const again = await send('POST', `${url}/${id}/charge`);
  assert.equal(again.status, 400);
  assert.equal(codeOf(again.body), 'payment-intent-already-paid');
});

test('200 Canceled; then it is found only when asked for', async (t) => {
  const { url, create } = await open(t);
  const id = await create();
  assert.equal((await send('DELETE', `${url}/${id}`)).body['status'], 'Canceled');
  const hidden = await send('GET', `${url}/${id}`);
  assert.equal(hidden.status, 404);
  assert.match(String(hidden.body['detail']), /returnCanceled/);
  assert.equal((await send('GET', `${url}/${id}?returnCanceled=true`)).body['status'], 'Canceled');
  assert.equal(codeOf((await send('GET', `${url}/${id}?returnCanceled=1`)).body), 'request-invalid');
});

test('200 in public without a key, and a new session secret too', async (t) => {
  const { url, create } = await open(t);
  const id = await create();
  const headers = { authorization: '' };
  const read = await send('GET', `${url}/public/${id}`, { headers });
  assert.equal(read.body['id'], id);
  const refreshed = await send('POST', `${url}/public/${id}/refresh-client-session-secret`, { headers });
  assert.notEqual(refreshed.body['clientSessionSecret'], read.body['clientSessionSecret']);
});

test('404 in public speaks of no key and of no parameter, since the call takes none', async (t) => {
  const { url, apiUrl, create } = await open(t);
  const id = await create();
  await send('DELETE', `${url}/${id}`);
  const nowhere = '0000000000000000000000';
  for (const [method, path, detail] of [
    ['GET', `payment-intents/public/${id}`, 'It is canceled.'],
    ['GET', `payment-intents/public/pi_sandbox_${nowhere}`, 'No payment intent has this id.'],
    ['GET', `setup-intents/public/si_sandbox_${nowhere}`, 'No setup intent has this id.'],
    [
      'POST',
      `payment-intents/public/pi_sandbox_${nowhere}/refresh-client-session-secret`,
      'No payment intent has this id.',
    ],
    [
      'POST',
      `setup-intents/public/si_sandbox_${nowhere}/refresh-client-session-secret`,
      'No setup intent has this id.',
    ],
  ] as const) {
    const { status, body } = await send(method, `${apiUrl}/${path}`, { headers: { authorization: '' } });
    assert.deepEqual([status, body['detail']], [404, detail], `${method} ${path}`);
  }
});

test('400 for a setup intent that does not exist or holds no card', async (t) => {
  const { url, apiUrl } = await open(t);
  const unknown = await send('POST', url, { body: { ...order, setupIntentId: 'si_sandbox_0000000000000000000000' } });
  assert.equal(codeOf(unknown.body), 'setup-intent-unknown');
  const cardless = await send('POST', `${apiUrl}/setup-intents`, { body: setupRequest });
  const created = await send('POST', url, { body: { ...order, setupIntentId: cardless.body['id'] } });
  assert.equal(codeOf(created.body), 'setup-intent-not-authorized');
});

test('400 to charge one that names no card on file, and first of all one that has ended, 404 one that does not exist', async (t) => {
  const { url, create } = await open(t);
  const id = await create();
  const charge = async () => codeOf((await send('POST', `${url}/${id}/charge`)).body);
  assert.equal(await charge(), 'payment-intent-not-chargeable');
  await send('DELETE', `${url}/${id}`);
  assert.equal(await charge(), 'payment-intent-ended');
  assert.equal(
    codeOf((await send('POST', `${url}/pi_sandbox_0000000000000000000000/charge`)).body),
    'payment-intent-not-found',
  );
});
