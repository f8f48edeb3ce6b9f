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
const open = async (t: Parameters<typeof openListeners>[0]) => {
  const listeners = await openListeners(t);
  const create = async (body: object = setupRequest): Promise<string> =>
    String((await send('POST', `${listeners.apiUrl}/setup-intents`, { body })).body['id']);
  const authorize = async (): Promise<string> =>
    String(
      (
        await send('POST', `${listeners.pciUrl}/setup-intents`, {
          body: { ...setupRequest, cardDetails: cardDetails(approvedCard) },
        })
      ).body['id'],
    );
  return { ...listeners, create, authorize, url: `${listeners.apiUrl}/setup-intents` };
};

test('200 with exactly the fields of the recorded answer', async (t) => {
  const { url } = await open(t);
  const { body } = await send('POST', url, { body: setupRequest });
  const { id, clientSessionSecret, ...rest } = body;
  assert.match(String(id), /^si_sandbox_[A-Za-z0-9_-]{22}$/);
  assert.ok(String(clientSessionSecret).length >= 32);
  assert.deepEqual(rest, {
    setupEvents: [],
    clientSessionSecretExpirationDate: '2026-03-01T00:30:00.000Z',
    status: 'Created',
    paymentMethods: ['Card'],
    createdAt: '2026-03-01T00:00:00.000Z',
    updatedAt: '2026-03-01T00:00:00.000Z',
    reference: 'Booking 234',
    merchantConfig: {
      supportedPaymentMethods: {
        cardSchemes: ['VISA', 'MASTERCARD', 'MAESTRO', 'DISCOVER', 'DCI', 'AMEX'],
        wallets: [],
      },
    },
    config: {},
    metadata: {},
    intendedAmount: { value: 1000, currencyCode: 'GBP' },
    merchantInitiatedTransactionType: 'NoShow',
    terms: 'A no-show costs one night.',
    expireAt: '2026-03-31T00:00:00.000Z',
    paymentSource: 'api',
  });
});

test('200 with the verification and its event when a card was authorized', async (t) => {
  const { url, authorize } = await open(t);
  const { body } = await send('GET', `${url}/${await authorize()}`, { headers: { version: '2025-09-10' } });
  const details = body['paymentDetails'] as Record<string, unknown>;
  assert.equal(details['message'], 'VERIFIED');
  const { cardNumber, expiryDate, cardType, last4PAN, cardName } = details['card'] as Record<string, unknown>;
  assert.deepEqual(
    [cardNumber, expiryDate, cardType, last4PAN, cardName],
    ['40000000****0002', '2029-12-31', 'VISA', '0002', 'A Guest'],
  );
  const events = body['setupEvents'] as Record<string, unknown>[];
  const shown = events.map(({ eventType, cardNumber }) => [eventType, cardNumber]);
  assert.deepEqual(shown, [['Authorized', '40000000****0002']]);
});

test('200 in public without the history of the card', async (t) => {
  const { url, authorize } = await open(t);
  const reply = await send('GET', `${url}/public/${await authorize()}`, { headers: { authorization: '' } });
  assert.equal(reply.status, 200);
  assert.ok(!('setupEvents' in reply.body));
  assert.ok('clientSessionSecret' in reply.body);
});

test('200 with a new session secret, for the merchant and in public', async (t) => {
  const { url, create, clock } = await open(t);
  const id = await create();
  const secrets = new Set([(await send('GET', `${url}/${id}`)).body['clientSessionSecret']]);
  clock.at += 60_000;
  for (const path of [`${id}/refresh-client-session-secret`, `public/${id}/refresh-client-session-secret`]) {
    const { body, status } = await send('POST', `${url}/${path}`, {
      headers: path.startsWith('public') ? { authorization: '' } : {},
    });
    assert.equal(status, 200);
    assert.equal(body['clientSessionSecretExpirationDate'], '2026-03-01T00:31:00.000Z');
    secrets.add(body['clientSessionSecret']);
  }
  assert.equal(secrets.size, 3);
});

test('200 Canceled for a Created one, 200 Closed for an Authorized one when asked for, else 400', async (t) => {
  const { url, create, authorize } = await open(t);
  assert.equal((await send('DELETE', `${url}/${await create()}`)).body['status'], 'Canceled');
  const id = await authorize();
  assert.equal(codeOf((await send('DELETE', `${url}/${id}`)).body), 'setup-intent-authorized');
  assert.equal(codeOf((await send('DELETE', `${url}/${id}?includeAuthorized=maybe`)).body), 'request-invalid');
  assert.equal((await send('DELETE', `${url}/${id}?IncludeAuthorized=True`)).body['status'], 'Closed');
  assert.equal(codeOf((await send('DELETE', `${url}/${id}?includeAuthorized=true`)).body), 'setup-intent-ended');
});

test('200 Expired as soon as its time has passed, without a worker', async (t) => {
  const { url, create, clock } = await open(t);
  const id = await create({ ...setupRequest, expireAt: '2026-03-01T00:01:00Z' });
  clock.at += 60_000;
  assert.equal((await send('GET', `${url}/${id}`)).body['status'], 'Expired');
});

test("404 for an id that is nobody's", async (t) => {
  const { url } = await open(t);
  for (const [method, path] of [
    ['GET', ''],
    ['GET', 'public/'],
    ['DELETE', ''],
  ] as const) {
    const reply = await send(method, `${url}/${path}si_sandbox_0000000000000000000000`);
    assert.equal(codeOf(reply.body), 'setup-intent-not-found');
  }
});

test('400 that names the status of a Closed one in the words of the release', async (t) => {
  const { url, apiUrl, authorize } = await open(t);
  const setupIntentId = await authorize();
  const order = { amount: { value: 1000, currencyCode: 'GBP' }, reference: 'r', setupIntentId };
  const payable = String((await send('POST', `${apiUrl}/payment-intents`, { body: order })).body['id']);
  await send('DELETE', `${url}/${setupIntentId}?includeAuthorized=true`);
  for (const [version, word] of [
    ['2022-04-07', 'Canceled'],
    ['2024-02-05', 'Closed'],
  ] as const) {
    const call = (method: string, path: string, more: object = {}) =>
      send(method, `${apiUrl}${path}`, { headers: { version, idempotencyKey: `${version} key` }, ...more });
    for (const reply of [
      await call('DELETE', `/setup-intents/${setupIntentId}`),
      await call('POST', `/setup-intents/${setupIntentId}/refresh-client-session-secret`),
      await call('POST', '/payment-intents', { body: order }),
      await call('POST', `/payment-intents/${payable}/charge`),
    ]) {
      assert.equal(reply.status, 400);
      assert.match(String(reply.body['detail']), new RegExp(`^Its status is ${word}\\. [A-Z]`), reply.text);
      assert.ok(word === 'Closed' || !reply.text.includes('Closed'), reply.text);
    }
  }
});
