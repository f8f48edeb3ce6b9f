import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryId, replaysMax } from '../domain/webhook/delivery.ts';
import { redeliverWebhook, replayWebhook } from '../use-cases/redeliver-webhook.ts';
import { must, refusalOf } from '../use-cases/rig.fixture.ts';
import { deliveriesOf, failed500, ok200, openRelayRig } from './relay.fixture.ts';

const minute = 60_000;

test('a delivery that arrived is sent again on request, with the same bytes', async (t) => {
  const rig = await openRelayRig(t);
  const { id } = await rig.subscribe();
  await rig.run(6);
  const arrived = await rig.createIntent();
  await rig.run(10);
  const [record] = (await deliveriesOf(rig, id)).records;
  assert.ok(record);
  const again = { account: rig.account, id, deliveryId: deliveryId(record.position, record.part), remember: null };
  must(await redeliverWebhook(rig.context, again));
  await rig.run(10);
  assert.deepEqual(rig.intentIdsSent(), [arrived, arrived]);
  assert.equal(rig.sent[0]?.request.body, rig.sent[1]?.request.body);
});

test('a delivery that waits for its next try is sent on request, and what it held back follows it', async (t) => {
  const rig = await openRelayRig(t);
  const { id } = await rig.subscribe();
  await rig.run(6);
  rig.answerWith = () => failed500;
  const intentId = await rig.createIntent();
  await rig.run(170);
  await rig.cancelIntent(intentId);
  await rig.run(10);
  const { waiting } = await deliveriesOf(rig, id);
  const [retry, held] = waiting.map(({ delivery }) => delivery);
  assert.deepEqual([retry?.kind, held?.kind], ['retry', 'held']);
  assert.ok(retry && held && retry.dueAt > rig.context.clock.now() + 1_500);
  const redeliver = ({ position, part }: typeof retry) =>
    redeliverWebhook(rig.context, {
      account: rig.account,
      id,
      deliveryId: deliveryId(position, part),
      remember: null,
    });
  rig.sent.length = 0;
  rig.answerWith = () => ok200;

  assert.equal(refusalOf(await redeliver(held)), 'delivery-held');
  await rig.run(20);
  assert.deepEqual(rig.sent, []);
  assert.equal(must(await redeliver(retry)).dueAt, rig.context.clock.now());
  await rig.run(20);
  assert.deepEqual(
    rig.sent.map(({ status }) => status),
    ['Created', 'Canceled'],
  );
  assert.deepEqual((await deliveriesOf(rig, id)).waiting, []);
});

test('a replay sends a span of time again, in order, and nothing outside it', async (t) => {
  const rig = await openRelayRig(t);
  const { id } = await rig.subscribe();
  await rig.run(6);
  await rig.createIntent();
  rig.pass(10 * minute);
  const from = rig.context.clock.now();
  const ids = [];
  for (let count = 0; count < 5; count += 1) ids.push(await rig.createIntent());
  for (const intent of ids) await rig.cancelIntent(intent);
  const to = rig.context.clock.now();
  rig.pass(10 * minute);
  await rig.createIntent();
  await rig.run(10);
  rig.sent.length = 0;
  must(await replayWebhook(rig.context, { account: rig.account, id, from, to, remember: null }));
  await rig.run(30);
  assert.equal(rig.sent.length, 10);
  for (const intent of ids) {
    assert.deepEqual(
      rig.sent.filter(({ intentId }) => intentId === intent).map(({ status }) => status),
      ['Created', 'Canceled'],
    );
  }
  await rig.run(100);
  assert.equal(rig.sent.length, 10);
});

test('a subscription takes so many replays at a time, however many ask at once, and more when those are through', async (t) => {
  const rig = await openRelayRig(t);
  const { id } = await rig.subscribe();
  await rig.run(6);
  const intentId = await rig.createIntent();
  const replay = () =>
    replayWebhook(rig.context, { account: rig.account, id, from: 0, to: rig.context.clock.now(), remember: null });
  const outcomes = await Promise.all(Array.from({ length: 3 * replaysMax }, replay));
  assert.equal(outcomes.filter(({ ok }) => ok).length, replaysMax);
  assert.equal(refusalOf(await replay()), 'replays-too-many');
  await rig.run(200);
  assert.deepEqual(
    rig.intentIdsSent(),
    Array.from({ length: 1 + replaysMax }, () => intentId),
  );
  must(await replay());
});
