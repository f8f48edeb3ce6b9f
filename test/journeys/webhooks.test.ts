import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { faultsOf, toldBy } from './check-arrivals.ts';
import { type Client, openClient } from './open-client.ts';
import { openWebhookReceiver, type WebhookReceiver } from './open-webhook-receiver.ts';
import { type RunningStrongroom, startStrongroom } from './start-strongroom.ts';
import { until } from './until.ts';
import type { ReceiverMode } from './webhook-receiver-process.ts';

const events = [
  'setup_intent.created',
  'setup_intent.status_updated',
  'payment_intent.created',
  'payment_intent.status_updated',
];

type Subscribed = { readonly id: string; readonly secret: string };
const subscribe = async (client: Client, receiver: WebhookReceiver): Promise<Subscribed> => {
  const reply = await client.api('POST', '/webhooks', { body: { url: receiver.url, events } });
  assert.equal(reply.status, 200, reply.text);
  const { id, secrets } = JSON.parse(reply.text) as { id: string; secrets: { value: string }[] };
  return { id, secret: secrets[0]?.value ?? '' };
};

/** The guide's flow: a card, a payment intent that names it, a charge. Five notifications. */
const flow = async (client: Client): Promise<void> => {
  const setupIntent = await client.tokenise('5200000000001005');
  const paymentIntent = await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id });
  assert.equal((await client.charge(paymentIntent.shown.id)).shown.status, 'Successful');
};
const flows = (client: Client, count: number): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, () => flow(client)));

const untilAllArrived = async (client: Client, receiver: WebhookReceiver, secret: string): Promise<number> => {
  const told = await toldBy(client);
  let faults: readonly string[] = [];
  await until(
    () => `the arrival of everything (${faults.slice(0, 3).join('; ')})`,
    () => {
      faults = faultsOf(told, receiver.arrivals(), secret);
      return faults.every((fault) => fault.endsWith('never arrived')) && faults.length > 0 ? undefined : true;
    },
  );
  assert.deepEqual(faults, []);
  return told.length;
};

const openAll = async (
  t: TestContext,
): Promise<{ strongroom: RunningStrongroom; client: Client; receiver: WebhookReceiver }> => {
  const strongroom = await startStrongroom();
  const client = openClient(strongroom);
  const receiver = await openWebhookReceiver();
  t.after(async () => {
    client.close();
    assert.equal(await strongroom.stop(), 0);
    await receiver.close();
  });
  return { strongroom, client, receiver };
};

test('deliveries are listed under the ids that receivers are told, those of a second notification of one event too', async (t) => {
  const { client, receiver } = await openAll(t);
  const names = ['payment_intent.status_updated', 'refund.created'];
  const made = await client.api('POST', '/webhooks', { body: { url: receiver.url, events: names } });
  const subscriptionId = made.shown.id;
  const setupIntent = await client.tokenise('5200000000001005');
  const { id } = (await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id })).shown;
  await client.charge(id);
  const refund = { body: { amount: 1000 }, headers: { idempotencyKey: 'whole' } };
  assert.equal((await client.api('POST', `/payment-intents/${id}/refunds`, refund)).status, 200);
  const listed = await until('three deliveries on record', async () => {
    const { text } = await client.api('GET', `/webhooks/${subscriptionId}/deliveries`);
    const { deliveries } = JSON.parse(text) as { readonly deliveries: readonly { readonly eventId: string }[] };
    return deliveries.length === 3 ? deliveries.map(({ eventId }) => eventId) : undefined;
  });
  const told = receiver.arrivals().map(({ body }) => (JSON.parse(body) as { readonly id: string }).id);
  assert.deepEqual(listed.toSorted(), told.toSorted());
  assert.equal(new Set(told).size, 3);
});

test('everything arrives, in the order of each intent, at a receiver that behaves in every bad way in turn', async (t) => {
  const { client, receiver } = await openAll(t);
  const { id, secret } = await subscribe(client, receiver);
  const failuresShown = async (): Promise<ReadonlySet<unknown>> => {
    const shown = JSON.parse((await client.api('GET', `/webhooks/${id}/deliveries?limit=500`)).text) as {
      deliveries: { status: string; failure?: string; responseStatus?: number }[];
    };
    return new Set(
      shown.deliveries.map(({ failure, responseStatus }) => (failure === 'status' ? responseStatus : failure)),
    );
  };
  const modes: readonly ReceiverMode[] = [
    'fine',
    'error',
    'moved',
    'garbage',
    'endless',
    'slow',
    'flapping',
    'hanging',
  ];
  for (const mode of modes) {
    receiver.behave(mode);
    const before = receiver.arrivals().length;
    await flows(client, 2);
    await until(`a delivery to a ${mode} receiver`, () => receiver.arrivals().length > before || undefined);
  }
  await receiver.kill();
  await flows(client, 2);
  await until('a refused connection', async () => (await failuresShown()).has('connection-refused') || undefined);
  await receiver.restart();
  receiver.behave('fine');
  assert.equal(await untilAllArrived(client, receiver, secret), 5 * 2 * (modes.length + 1));

  const failures = await failuresShown();
  for (const failure of [500, 301, 'garbled']) assert.ok(failures.has(failure), `${failure} is not shown`);
});

test('nothing is lost when server and receiver are killed in turn', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-webhooks-'));
  const receiver = await openWebhookReceiver();
  let strongroom = await startStrongroom({ dataDir });
  let client = openClient(strongroom);
  t.after(async () => {
    client.close();
    await strongroom.stop();
    await receiver.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const { secret } = await subscribe(client, receiver);
  for (let round = 0; round < 3; round += 1) {
    await flows(client, 4);
    await receiver.kill();
    await flows(client, 2);
    await strongroom.kill();
    client.close();
    await receiver.restart();
    strongroom = await startStrongroom({ dataDir });
    client = openClient(strongroom);
    await flows(client, 2);
  }
  assert.equal(await untilAllArrived(client, receiver, secret), 5 * 8 * 3);
});

test('the check would notice a loss, a wrong order, other bytes and a wrong signature', () => {
  const told = [1, 2].map((sequence) => ({
    id: `evt_${sequence}`,
    event: 'e',
    intentId: 'pi_1',
    sequence,
    body: `{${sequence}}`,
  }));
  const arrival = (id: number, body = `{${id}}`) => ({ headers: { 'webhook-id': `evt_${id}` }, body, confirmed: true });
  const faults = (...arrivals: ReturnType<typeof arrival>[]): string =>
    faultsOf(told, arrivals, 's')
      .filter((fault) => !fault.includes('signature'))
      .join();
  assert.equal(faults(arrival(1), arrival(2)), '');
  assert.match(faults(arrival(1)), /evt_2 .* never arrived/);
  assert.match(faults(arrival(2), arrival(1)), /before/);
  assert.match(faults(arrival(1), arrival(2), arrival(2, '{ 2}')), /other bytes/);
  assert.match(faultsOf(told, [arrival(1)], 's').join(), /wrong signature/);
});

test('secrets rotate without a delivery that a receiver with either secret would refuse', async (t) => {
  const { client, receiver } = await openAll(t);
  const { id, secret } = await subscribe(client, receiver);
  const call = async (method: string, path: string, status: number) => {
    const reply = await client.api(method, `/webhooks/${id}/secrets${path}`);
    assert.equal(reply.status, status, reply.text);
    return (status === 200 ? JSON.parse(reply.text) : {}) as {
      secrets: { id: string; value: string; isActive: boolean }[];
    };
  };
  const { secrets } = await call('POST', '', 200);
  const [old, fresh] = secrets;
  assert.ok(old?.isActive === true && fresh?.isActive === false);
  await call('DELETE', `/${old.id}`, 409);
  await call('PUT', `/${fresh.id}/activate`, 204);
  const signatures = async (): Promise<number> => {
    const before = receiver.arrivals().length;
    await client.createPaymentIntent();
    await until('a delivery', () => receiver.arrivals().length > before || undefined);
    return receiver.arrivals().at(-1)?.headers['webhook-signature']?.split(' ').length ?? 0;
  };
  await until('two signatures', async () => (await signatures()) === 2 || undefined);
  await call('DELETE', `/${old.id}`, 204);
  await until('one signature', async () => (await signatures()) === 1 || undefined);
  assert.notEqual(fresh.value, secret);
  assert.deepEqual(
    (await call('GET', '', 200)).secrets.map((one) => one.id),
    [fresh.id],
  );
});
