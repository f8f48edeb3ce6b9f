import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deleteSubscription, resumeSubscription, updateSubscription } from '../use-cases/change-subscription.ts';
import { must } from '../use-cases/rig.fixture.ts';
import type { Wakes } from '../ports/wakes.ts';
import { deliveriesOf, failed500, ok200, openRelayRig } from './relay.fixture.ts';

const minute = 60_000;

test('delivers what happens after the subscription, once, in the order of each intent', async (t) => {
  const rig = await openRelayRig(t);
  await rig.createIntent();
  await rig.subscribe();
  await rig.run(10);
  assert.deepEqual(rig.sent, []);
  const ids = await Promise.all([rig.createIntent(), rig.createIntent(), rig.createIntent()]);
  await rig.run(2);
  for (const id of ids) await rig.cancelIntent(id);
  await rig.run(10);
  assert.equal(rig.sent.length, 6);
  for (const id of ids) {
    const told: string[] = rig.sent
      .filter(({ intentId }) => intentId === id)
      .map(({ event, status }) => `${event} ${status}`);
    assert.deepEqual(told, ['payment_intent.created Created', 'payment_intent.status_updated Canceled']);
  }
});

test('a failing delivery holds back later ones of its intent, and no others', async (t) => {
  const rig = await openRelayRig(t);
  const { id } = await rig.subscribe();
  await rig.run(6);
  const [bad, good] = [await rig.createIntent(), await rig.createIntent()];
  rig.answerWith = ({ intentId }) => (intentId === bad ? failed500 : ok200);
  await rig.run(6);
  await rig.cancelIntent(bad);
  await rig.cancelIntent(good);
  await rig.run(4);
  const told = (intentId: string) => rig.sent.filter((sent) => sent.intentId === intentId).map(({ status }) => status);
  assert.deepEqual(told(good), ['Created', 'Canceled']);
  assert.deepEqual(told(bad), ['Created']);
  const { waiting } = await deliveriesOf(rig, id);
  assert.deepEqual(
    waiting.map(({ delivery }) => delivery.kind),
    ['retry', 'held'],
  );
  rig.answerWith = () => ok200;
  await rig.run(60);
  assert.deepEqual(told(bad), ['Created', 'Created', 'Canceled']);
  assert.deepEqual((await deliveriesOf(rig, id)).waiting, []);
});

test('sends the same bytes at every try, under a signature of the time', async (t) => {
  const rig = await openRelayRig(t);
  await rig.subscribe();
  await rig.run(6);
  rig.answerWith = () => failed500;
  await rig.createIntent();
  await rig.run(200);
  assert.ok(rig.sent.length >= 3);
  assert.equal(new Set(rig.sent.map(({ request }) => request.body)).size, 1);
  assert.equal(new Set(rig.sent.map(({ request }) => request.timestamp)).size, rig.sent.length);
});

test('waits twice as long before each further try', async (t) => {
  const rig = await openRelayRig(t);
  const { id } = await rig.subscribe();
  await rig.run(6);
  const times: number[] = [];
  rig.answerWith = () => (times.push(rig.context.clock.now()), failed500);
  await rig.createIntent();
  await rig.run(700);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  assert.ok(gaps.length >= 4, `${gaps.length} gaps`);
  gaps.forEach((gap, index) => {
    const whole = 1000 * 2 ** index;
    assert.ok(gap >= 0.75 * whole && gap <= whole + 600, `gap ${index}: ${gap}`);
  });
  assert.equal((await deliveriesOf(rig, id)).progress.failingSince, times[0]);
});

test('a dead receiver with a long backlog costs a few probes, no rows, and nobody else anything', async (t) => {
  const rig = await openRelayRig(t);
  const dead = await rig.subscribe('https://dead.example/');
  await rig.subscribe('https://alive.example/');
  await rig.run(6);
  rig.answerWith = ({ url }) => (url.includes('dead') ? { status: null, failure: 'connection-refused' } : ok200);
  const ids: string[] = [];
  for (let round = 0; round < 10; round += 1) {
    ids.push(...(await Promise.all(Array.from({ length: 60 }, () => rig.createIntent()))));
    await rig.run(4);
  }
  const to = (host: string) => rig.sent.filter(({ url }) => url.includes(host));
  assert.deepEqual(new Set(to('alive').map(({ intentId }) => intentId)), new Set(ids));
  assert.ok(to('dead').length < 100, `${to('dead').length} attempts`);
  const rows = await rig.context.store.parkedDeliveries(dead.id, 1000);
  assert.ok(rows.length < 60, `${rows.length} rows`);
  rig.answerWith = () => ok200;
  await rig.run(400);
  const arrived = new Set(to('dead').map(({ intentId }) => intentId));
  assert.deepEqual(arrived, new Set(ids));
  assert.deepEqual(await rig.context.store.parkedDeliveries(dead.id, 10), []);
});

test('pauses after failing for the whole window, says so, and goes on where it stopped when resumed', async (t) => {
  const rig = await openRelayRig(t);
  const { id } = await rig.subscribe();
  await rig.run(6);
  rig.answerWith = () => failed500;
  const first = await rig.createIntent();
  await rig.run(40, 30_000);
  const second = await rig.createIntent();
  await rig.run(10);
  const paused = (await deliveriesOf(rig, id)).progress;
  assert.equal(paused.state, 'paused');
  assert.ok((paused.pausedAt ?? 0) - (paused.failingSince ?? 0) >= 15 * minute);
  assert.ok(rig.logged.some(({ message }) => message.includes('paused')));
  const attempts = rig.sent.length;
  await rig.run(40, minute);
  assert.equal(rig.sent.length, attempts);
  rig.answerWith = () => ok200;
  must(await resumeSubscription(rig.context, { account: rig.account, id, remember: null }));
  await rig.run(20);
  assert.deepEqual(rig.intentIdsSent().slice(attempts), [first, second]);
  assert.equal((await deliveriesOf(rig, id)).progress.state, 'active');
});

test('gives up a delivery that a working receiver refuses for the whole window, and lets what waited behind it go', async (t) => {
  const rig = await openRelayRig(t);
  const { id } = await rig.subscribe();
  await rig.run(6);
  const refused = await rig.createIntent();
  rig.answerWith = ({ intentId, status }) => (intentId === refused && status === 'Created' ? failed500 : ok200);
  await rig.run(4);
  await rig.cancelIntent(refused);
  for (let round = 0; round < 20; round += 1) {
    await rig.createIntent();
    await rig.run(60, 1_000);
  }
  const { records, progress, waiting } = await deliveriesOf(rig, id);
  assert.equal(progress.state, 'active');
  assert.deepEqual(waiting, []);
  assert.equal(records.filter(({ result }) => result === 'given-up').length, 1);
  const last = rig.sent.filter(({ intentId }) => intentId === refused).at(-1);
  assert.equal(last?.status, 'Canceled');
});

test('another node goes on where one died, and loses nothing', async (t) => {
  const rig = await openRelayRig(t);
  await rig.subscribe();
  await rig.run(6);
  rig.answerWith = ({ intentId }) => (intentId === bad ? failed500 : ok200);
  const bad = await rig.createIntent();
  await rig.run(6);
  // The first node has read this one and never gets to write it down.
  const ids = [await rig.createIntent(), await rig.createIntent()];
  rig.answerWith = () => ok200;
  const other = rig.openNode();
  await rig.run(4, 50, [other]);
  assert.deepEqual(rig.intentIdsSent(), [bad]);
  await rig.run(120, 50, [other]);
  assert.deepEqual(new Set(rig.intentIdsSent().slice(1)), new Set([bad, ...ids]));
});

test('what a dead node had parked ahead of a delivery that was still under way is retried, not held for good', async (t) => {
  const rig = await openRelayRig(t);
  const { id } = await rig.subscribe();
  await rig.run(6);
  const [hanging, bad] = [await rig.createIntent(), await rig.createIntent()];
  rig.answerWith = ({ intentId }) => (intentId === hanging ? new Promise(() => undefined) : failed500);
  await rig.run(8);
  await rig.cancelIntent(bad);
  await rig.run(8);
  const { waiting, progress } = await deliveriesOf(rig, id);
  assert.deepEqual(
    waiting.map(({ delivery }) => delivery.kind),
    ['retry', 'held'],
  );
  assert.ok(progress.position < (waiting[0]?.delivery.position ?? 0));
  rig.sent.length = 0;
  rig.answerWith = () => ok200;
  await rig.run(160, 50, [rig.openNode()]);
  assert.deepEqual(
    rig.sent.filter(({ intentId }) => intentId === bad).map(({ status }) => status),
    ['Created', 'Canceled'],
  );
  assert.equal(rig.sent.filter(({ intentId }) => intentId === hanging).length, 1);
  assert.deepEqual((await deliveriesOf(rig, id)).waiting, []);
});

test('a delivery that waits behind nothing is sent when a node takes the subscription up', async (t) => {
  const rig = await openRelayRig(t);
  const { id } = await rig.subscribe();
  const intentId = await rig.createIntent();
  const position = await rig.context.store.lastEventPosition();
  const waiting = { kind: 'held', tries: 0, dueAt: Number.MAX_SAFE_INTEGER, firstFailedAt: null } as const;
  const delivery = { ...waiting, subscriptionId: id, position, part: 0, intentId, lastStatus: null, lastFailure: null };
  await rig.context.store.commit([{ kind: 'park-delivery', delivery, accountId: rig.account.id }]);
  await rig.run(20);
  assert.deepEqual(rig.intentIdsSent(), [intentId]);
});

test('two nodes share subscriptions and send nothing twice', async (t) => {
  const rig = await openRelayRig(t);
  const other = rig.openNode();
  const both = [rig.node, other];
  await Promise.all(Array.from({ length: 6 }, (_, index) => rig.subscribe(`https://receiver${index}.example/`)));
  await rig.run(10, 50, both);
  await Promise.all(Array.from({ length: 20 }, () => rig.createIntent()));
  await rig.run(200, 50, both);
  assert.equal(rig.sent.length, 120);
  assert.equal(new Set(rig.sent.map(({ url, id }) => `${url} ${id}`)).size, 120);
});

test('a node that stops writes down what it did and leaves its subscriptions at once', async (t) => {
  const rig = await openRelayRig(t);
  await rig.subscribe();
  await rig.run(6);
  await rig.createIntent();
  await rig.run(1);
  await rig.node.stop();
  const other = rig.openNode();
  const later = await rig.createIntent();
  await rig.run(8, 50, [other]);
  assert.equal(rig.sent.length, 2);
  assert.equal(rig.sent[1]?.intentId, later);
});

test('an edit takes effect within a second: other events, another address, an activated secret beside the old one', async (t) => {
  const rig = await openRelayRig(t);
  const { id } = await rig.subscribe();
  await rig.run(6);
  const change = { url: 'https://moved.example/', events: ['payment_intent.status_updated'] } as const;
  must(await updateSubscription(rig.context, { account: rig.account, id, change, remember: null }));
  await rig.run(20);
  const intent = await rig.createIntent();
  await rig.cancelIntent(intent);
  await rig.run(10);
  assert.deepEqual(
    rig.sent.map(({ url, event }) => `${url} ${event}`),
    ['https://moved.example/ payment_intent.status_updated'],
  );
});

test('no log line holds a secret or an address with its path', async (t) => {
  const rig = await openRelayRig(t);
  const { secrets } = await rig.subscribe('https://receiver.example/secret-path?token=hidden');
  await rig.run(6);
  rig.answerWith = () => failed500;
  await Promise.all(Array.from({ length: 20 }, () => rig.createIntent()));
  await rig.run(50);
  const lines = JSON.stringify(rig.logged);
  assert.ok(rig.logged.length > 16);
  for (const hidden of ['secret-path', 'hidden', secrets[0]?.value ?? '']) assert.ok(!lines.includes(hidden));
});

/** Word that a test sends, and how often the outbox was looked at. */
const wokenNode = async (t: Parameters<typeof openRelayRig>[0], isTrusted: boolean) => {
  const rig = await openRelayRig(t);
  await rig.node.stop();
  const seen = { looks: 0, isListening: false, wake: () => undefined as void };
  const wakes: Wakes = {
    onWake: (run) => {
      seen.wake = run;
    },
    tend: () => {
      seen.isListening = true;
    },
    isTrusted: () => isTrusted,
    rest: () => {
      seen.isListening = false;
    },
  };
  const outbox: typeof rig.context.store.outbox = (...input) => {
    seen.looks += 1;
    return rig.context.store.outbox(...input);
  };
  const node = rig.openNode({ wakes, outbox });
  return { rig, node, seen };
};

test('looks for events four times a second where word of them comes by itself, and sends one of which no word came', async (t) => {
  const { rig, node, seen } = await wokenNode(t, true);
  await rig.subscribe();
  await rig.run(20, 20, [node]);
  seen.looks = 0;
  await rig.createIntent();
  await rig.run(50, 20, [node]);
  assert.ok(seen.looks >= 3 && seen.looks <= 5, `${seen.looks} looks in a second`);
  assert.equal(rig.sent.length, 1);
  await node.stop();
});

test('looks for events fifty times a second where word of them cannot be trusted', async (t) => {
  const { rig, node, seen } = await wokenNode(t, false);
  await rig.subscribe();
  await rig.run(20, 20, [node]);
  seen.looks = 0;
  await rig.run(50, 20, [node]);
  assert.equal(seen.looks, 50);
  await node.stop();
});

test('sends at word of a commit, without waiting for its next round', async (t) => {
  const { rig, node, seen } = await wokenNode(t, true);
  await rig.subscribe();
  await rig.run(20, 20, [node]);
  await rig.createIntent();
  await rig.createIntent();
  assert.equal(rig.sent.length, 0);
  for (let word = 0; word < 20; word += 1) seen.wake();
  seen.looks = 0;
  const arrived = () => rig.sent.length === 2;
  while (!arrived()) await new Promise(setImmediate);
  assert.ok(seen.looks <= 2, `${seen.looks} looks for twenty words`);
  await node.stop();
});

test('listens while it delivers for somebody, and not when the last subscription has gone or it stops', async (t) => {
  const { rig, node, seen } = await wokenNode(t, true);
  await rig.run(2, 20, [node]);
  assert.equal(seen.isListening, false);
  const { id } = await rig.subscribe();
  await rig.run(20, 20, [node]);
  assert.equal(seen.isListening, true);
  must(await deleteSubscription(rig.context, { account: rig.account, id, remember: null }));
  await rig.run(40, 20, [node]);
  assert.equal(seen.isListening, false);
  await rig.subscribe();
  await rig.run(40, 20, [node]);
  assert.equal(seen.isListening, true);
  await node.stop();
  assert.equal(seen.isListening, false);
});
