import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { type ApiVersion, apiVersions } from '../../../src/domain/versions.ts';
import { openClient } from '../../journeys/open-client.ts';
import { publicSandboxKey, type RunningStrongroom, startStrongroom } from '../../journeys/start-strongroom.ts';
import { apiDocument } from './api-documents.ts';
import { type Reply, send } from './listeners.fixture.ts';
import { ownDocuments } from './own-document.ts';

/** The calls that are not the API's but ours: deliveries, the stream of notifications, the sandbox's controls. */
const ownDocument = ownDocuments();
const one = '/webhooks/{subscriptionId}';
const redeliver = `${one}/deliveries/{deliveryId}/redeliver`;

let receiver: Server;
let strongroom: RunningStrongroom;
let isWell = true;
before(async () => {
  strongroom = await startStrongroom();
  receiver = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(isWell ? 200 : 500).end());
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
});
after(async () => {
  await strongroom.stop();
  receiver.close();
  receiver.closeAllConnections();
});

const covered = new Set<string>();

type Options = { ids?: Readonly<Record<string, string>>; query?: string; body?: unknown; key?: string };

/** Sends, and holds the answer against our own document. */
const describedClient =
  (version: ApiVersion) =>
  async (method: string, template: string, expect: number, options: Options = {}): Promise<Reply> => {
    const { apiUrl } = strongroom;
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) => options.ids?.[name] ?? 'missing');
    const headers = { authorization: `Basic ${options.key ?? publicSandboxKey}`, version };
    const reply = await send(method, `${apiUrl}${path}${options.query ?? ''}`, { headers, body: options.body });
    assert.equal(reply.status, expect, `${method} ${template}: ${reply.text}`);
    (await ownDocument('api', apiUrl)).check(method, template, reply);
    covered.add(`${method} ${template} ${expect < 400 ? 'success' : 'error'}`);
    return reply;
  };

type Client = ReturnType<typeof describedClient>;
const listIn = (reply: Reply, name: string) => reply.body[name] as readonly Readonly<Record<string, string>>[];

const walkControls = async (call: Client): Promise<void> => {
  for (const probe of ['/health/live', '/health/ready']) await call('GET', probe, 200);
  await call('PUT', '/sandbox/acquirer', 400, { body: {} });
  await call('PUT', '/sandbox/acquirer', 200, { body: { rules: [{ then: { action: 'approve' }, probability: 0 }] } });
  const rule = { when: { operation: 'charge', amount: 7 }, then: { action: 'decline', responseCode: '05' }, times: 1 };
  const script = await call('PUT', '/sandbox/acquirer', 200, { body: { seed: 7, rules: [rule] } });
  assert.deepEqual((await call('GET', '/sandbox/acquirer', 200)).body, script.body);
  await call('DELETE', '/sandbox/acquirer', 200);

  const { body } = await call('GET', '/sandbox/clock', 200);
  const later = new Date(Date.parse(String(body['now'])) + 1000).toISOString();
  await call('PUT', '/sandbox/clock', 200, { body: { now: later } });
  await call('PUT', '/sandbox/clock', 400, { body: { now: body['now'] } });
  await call('POST', '/sandbox/clock/advance', 200, { body: { seconds: 1 } });
  await call('POST', '/sandbox/clock/advance', 400, { body: {} });
};

const walkLedger = async (call: Client, version: ApiVersion): Promise<void> => {
  const client = openClient(strongroom, { version });
  const setupIntentId = (await client.tokenise('5200000000001005')).shown.id;
  await call('POST', '/setup-intents/{setupIntentId}', 200, { ids: { setupIntentId } });
  const { id } = (await client.createPaymentIntent({ setupIntentId })).shown;
  assert.equal((await client.charge(id)).shown.status, 'Successful');
  client.close();
  const page = await call('GET', '/sandbox/acquirer/ledger', 200, { query: '?limit=1' });
  await call('GET', '/sandbox/acquirer/ledger', 200, { query: `?after=${String(page.body['next'])}` });
  await call('GET', '/sandbox/acquirer/ledger', 400, { query: '?limit=0' });
};

const subscribe = async (call: Client): Promise<{ readonly subscriptionId: string }> => {
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const events = ['payment_intent.created', 'payment_intent.status_updated'];
  return { subscriptionId: String((await call('POST', '/webhooks', 200, { body: { url, events } })).body['id']) };
};

/** Two notifications of one intent. */
const createAndCancel = async (call: Client): Promise<void> => {
  const body = { amount: { value: 1000, currencyCode: 'GBP' }, reference: 'Table 4' };
  const paymentIntentId = String((await call('POST', '/payment-intents', 200, { body })).body['id']);
  await call('DELETE', '/payment-intents/{paymentIntentId}', 200, { ids: { paymentIntentId } });
};

const walkDeliveries = async (call: Client): Promise<void> => {
  const ids = await subscribe(call);
  const deliveries = (query = '') => call('GET', `${one}/deliveries`, 200, { ids, query });
  const idOf = (reply: Reply, status: string): string =>
    listIn(reply, 'deliveries').find((delivery) => delivery['status'] === status)?.['id'] ?? assert.fail(status);

  isWell = false;
  await createAndCancel(call);
  await call('POST', '/sandbox/clock/advance', 200, { body: { seconds: 0 } });
  const failing = await deliveries();
  assert.equal(failing.body['status'], 'Failing');
  idOf(failing, 'Failed');
  await call('POST', redeliver, 409, { ids: { ...ids, deliveryId: idOf(failing, 'Held') } });
  await call('POST', redeliver, 200, { ids: { ...ids, deliveryId: idOf(failing, 'Waiting') } });

  isWell = true;
  await call('POST', '/sandbox/clock/advance', 200, { body: { seconds: 60 } });
  const well = await deliveries('?limit=1');
  assert.equal(well.body['status'], 'Active');
  await call('POST', redeliver, 200, { ids: { ...ids, deliveryId: idOf(well, 'Delivered') } });
  await deliveries(`?before=${String(well.body['next'])}`);
  await call('GET', `${one}/deliveries`, 400, { ids, query: '?limit=0' });
  const [from, to] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
  await call('POST', `${one}/replay`, 200, { ids, body: { from, to } });
  await call('POST', `${one}/replay`, 400, { ids, body: { from: to, to: from } });
  await call('POST', `${one}/resume`, 200, { ids });
};

const walkEvents = async (call: Client): Promise<void> => {
  const page = await call('GET', '/events', 200, { query: '?limit=2' });
  const [eventId = ''] = listIn(page, 'events').map(({ id }) => id);
  await call('GET', '/events/{eventId}', 200, { ids: { eventId } });
  await call('GET', '/events', 200, { query: '?after=newest' });
  await call('GET', '/events', 400, { query: '?wait=26' });
  await call('GET', '/events/{eventId}', 404);
};

for (const version of apiVersions) {
  test(`every call of our own answers a client of ${version} as our document says`, async () => {
    const call = describedClient(version);
    await call('POST', '/sandbox/reset', 200);
    await walkControls(call);
    await walkLedger(call, version);
    await walkDeliveries(call);
    await walkEvents(call);
  });
}

test('a subscription that was given up is described, too', async () => {
  const call = describedClient('2026-02-27');
  await call('POST', '/sandbox/reset', 200);
  isWell = false;
  const ids = await subscribe(call);
  await createAndCancel(call);
  await call('POST', '/sandbox/clock/advance', 200, { body: { seconds: 20 * 60 } });
  assert.equal((await call('GET', `${one}/deliveries`, 200, { ids })).body['status'], 'Paused');
});

test('no call of our document is left out, nor is a field of what our own calls answer', async () => {
  const own = await ownDocument('api', strongroom.apiUrl);
  const call = describedClient('2026-02-27');
  // The API's calls, and public ones of payment intents, are walked in conformance.test.ts and webhooks-conformance.test.ts.
  const walkedThere = apiVersions.flatMap((version) =>
    Object.entries(apiDocument(version).paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    ),
  );
  const ours = own.calls.filter((name) => !walkedThere.includes(name) && !name.includes('/public/'));
  for (const name of ours) {
    const [method = '', template = ''] = name.split(' ');
    await call(method, template, 401, { key: '' });
  }
  assert.deepEqual(
    ours.filter((name) => !covered.has(`${name} success`)),
    [],
  );
  const objects = ['Deliveries', 'Delivery', 'Redelivery', 'Replay', 'Notification', 'Notifications'];
  const controls = ['SandboxLedger', 'SandboxLedgerEntry', 'SandboxClock', 'AcquirerScript'];
  assert.deepEqual(own.neverSent([...objects, ...controls]), []);
});
