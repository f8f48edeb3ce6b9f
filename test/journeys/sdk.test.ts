import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openStrongroom, StrongroomProblem } from '../../packages/sdk/src/index.ts';
import type { Strongroom } from '../../packages/sdk/src/index.ts';
import { publicSandboxKey, startStrongroom } from './start-strongroom.ts';
import type { RunningStrongroom } from './start-strongroom.ts';
import { until } from './until.ts';

let strongroom: RunningStrongroom;
let client: Strongroom;
/** The next answers that are lost on their way back, though the server acted. */
let lostAnswers = 0;
before(async () => {
  strongroom = await startStrongroom();
  client = openStrongroom({
    key: publicSandboxKey,
    apiUrl: strongroom.apiUrl,
    pciUrl: strongroom.pciUrl,
    fetch: async (...call) => {
      const response = await fetch(...call);
      if (lostAnswers === 0) return response;
      lostAnswers -= 1;
      await response.arrayBuffer();
      throw new TypeError('the answer was lost');
    },
    sleep: () => Promise.resolve(),
  });
});
after(async () => {
  await strongroom.stop();
});

const order = { reference: 'Booking 234', merchantInitiatedTransactionType: 'NoShow', terms: 'Terms.' } as const;
const cardDetails = { cardNumber: '5200000000001005', cardName: 'A Guest', expiryDate: '12 / 29', cV2: '020' };
const amount = { value: 1000, currencyCode: 'GBP' } as const;

const refusedAs =
  (code: string, status: number) =>
  (error: unknown): boolean =>
    error instanceof StrongroomProblem && error.code === code && error.status === status;

describe('the client', () => {
  it('walks the guide, and pays once though the answers of two tries are lost', async () => {
    const setupIntent = await client.setupIntents.createWithCard({ ...order, cardDetails });
    assert.equal(setupIntent.status, 'Authorized');
    const paymentIntent = await client.paymentIntents.create({ amount, reference: 'r', setupIntentId: setupIntent.id });
    lostAnswers = 2;
    const charged = await client.paymentIntents.charge(paymentIntent.id);
    assert.deepEqual(charged, { paymentIntentId: paymentIntent.id, status: 'Successful', message: 'DEPOSITED' });
    const { status, paymentDetails, totalAmount } = await client.paymentIntents.read(paymentIntent.id);
    assert.deepEqual([status, paymentDetails?.card?.last4PAN, totalAmount], ['Captured', '1005', amount]);
    const ended = await client.setupIntents.read(setupIntent.id);
    assert.deepEqual([ended.status, ended.setupEvents.at(-1)?.eventType], ['Completed', 'Captured']);
    await assert.rejects(client.paymentIntents.charge(paymentIntent.id), refusedAs('payment-intent-already-paid', 400));

    lostAnswers = 2;
    const refund = await client.paymentIntents.refund(paymentIntent.id, { amount: 400, refundReason: 'No towels' });
    assert.deepEqual(await client.paymentIntents.readRefund(refund.refundId), refund);
    assert.equal((await client.paymentIntents.read(paymentIntent.id)).refundedAmount, 400);
    await assert.rejects(
      client.paymentIntents.refund(paymentIntent.id, { amount: 601 }),
      refusedAs('refund-too-large', 400),
    );
    await client.paymentIntents.sendReceipt(paymentIntent.id, ['guest@example.com']);
  });

  it('creates one object though the answer was lost', async () => {
    const { next } = await client.events.list({ after: 'newest' });
    lostAnswers = 1;
    const { id } = await client.setupIntents.create(order);
    const { events } = await client.events.list({ after: next });
    assert.deepEqual(
      events.map(({ intentId, event }) => [intentId, event]),
      [[id, 'setup_intent.created']],
    );
  });

  it('deletes and refreshes both kinds of intents', async () => {
    const created = await client.setupIntents.create(order);
    const refreshed = await client.setupIntents.refreshClientSessionSecret(created.id);
    assert.notEqual(refreshed.clientSessionSecret, created.clientSessionSecret);
    assert.equal((await client.setupIntents.delete(created.id)).status, 'Canceled');
    const authorized = await client.setupIntents.createWithCard({ ...order, cardDetails });
    await assert.rejects(client.setupIntents.delete(authorized.id), refusedAs('setup-intent-authorized', 400));
    assert.equal((await client.setupIntents.delete(authorized.id, { includeAuthorized: true })).status, 'Closed');
    const paymentIntent = await client.paymentIntents.create({ amount, reference: 'r' });
    await client.paymentIntents.refreshClientSessionSecret(paymentIntent.id);
    assert.equal((await client.paymentIntents.delete(paymentIntent.id)).status, 'Canceled');
    await assert.rejects(client.paymentIntents.read(paymentIntent.id), refusedAs('payment-intent-not-found', 404));
    assert.equal((await client.paymentIntents.read(paymentIntent.id, { returnCanceled: true })).status, 'Canceled');
  });

  it('keeps subscriptions, rotates their secrets, and looks at their deliveries', async () => {
    const names = (await client.webhooks.listEvents()).flatMap(({ events }) => events);
    assert.ok(names.includes('setup_intent.created'));
    // Nobody listens there, so that something waits.
    const request = { url: 'http://127.0.0.1:9/hooks', events: ['setup_intent.created'] } as const;
    const { id, secrets } = await client.webhooks.create(request);
    await assert.rejects(client.webhooks.create(request), refusedAs('subscription-exists', 409));
    const first = secrets[0] ?? assert.fail('there is no secret');
    const generated = await client.webhooks.generateSecret(id);
    const second = generated.secrets.find((secret) => secret.id !== first.id) ?? assert.fail('there is one secret');
    await assert.rejects(client.webhooks.deleteSecret(id, first.id), refusedAs('secret-last-active', 409));
    await client.webhooks.activateSecret(id, second.id);
    await client.webhooks.deleteSecret(id, first.id);
    const left = (await client.webhooks.listSecrets(id)).secrets.map(({ id: secretId, isActive }) => [
      secretId,
      isActive,
    ]);
    assert.deepEqual(left, [[second.id, true]]);

    const from = new Date().toISOString();
    const intent = await client.setupIntents.create(order);
    const [waiting] = await until('a failure', async () => {
      const { deliveries } = await client.webhooks.readDeliveries(id, { limit: 10 });
      return deliveries.some(({ status }) => status === 'Waiting') ? deliveries : undefined;
    });
    assert.deepEqual([waiting?.event, waiting?.status], ['setup_intent.created', 'Waiting']);
    const event = await client.events.read(waiting?.eventId ?? '');
    assert.equal(event.intentId, intent.id);
    assert.equal((await client.webhooks.redeliver(id, waiting?.id ?? '')).id, waiting?.id);
    assert.match((await client.webhooks.replay(id, { from, to: new Date().toISOString() })).id, /^rpl_/);
    assert.equal((await client.webhooks.resume(id)).id, id);
    const updated = await client.webhooks.update(id, { description: 'The till', events: ['charge.unknown'] });
    assert.deepEqual([updated.description, updated.events], ['The till', ['charge.unknown']]);
    assert.ok((await client.webhooks.list()).some((subscription) => subscription.id === id));
    await client.webhooks.delete(id);
    await assert.rejects(client.webhooks.listSecrets(id), refusedAs('subscription-not-found', 404));
  });

  it('names the fields of a refusal', async () => {
    const wrong = client.paymentIntents.create({ amount: { value: -1, currencyCode: 'GBP' }, reference: 'r' });
    await assert.rejects(wrong, (error) => {
      assert.ok(error instanceof StrongroomProblem);
      assert.deepEqual(Object.keys(error.errors), ['Amount.Value']);
      assert.match(error.traceId, /^00-[0-9a-f]{32}-[0-9a-f]{16}-/);
      return true;
    });
  });
});
