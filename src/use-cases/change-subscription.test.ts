import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretOverlapMs, signingSecrets } from '../domain/webhook/subscription.ts';
import {
  activateSubscriptionSecret,
  deleteSubscription,
  deleteSubscriptionSecret,
  generateSecret,
  resumeSubscription,
  updateSubscription,
} from './change-subscription.ts';
import { createAccount } from './create-account.ts';
import { createSubscription } from './create-subscription.ts';
import { readDeliveries } from './read-deliveries.ts';
import { readNotification, readNotifications } from './read-notifications.ts';
import { listSubscriptions, readSubscription } from './read-subscriptions.ts';
import { redeliverWebhook, replayWebhook } from './redeliver-webhook.ts';
import { must, openRig, refusalOf, type Rig } from './rig.fixture.ts';

const url = 'https://receiver.example/hooks';

/** The whole stream, where positions are given out in the order of commits. */
const all = { after: 0, horizon: Number.MAX_SAFE_INTEGER, limit: 500, names: [] } as const;

const subscribe = async (rig: Rig, account = rig.account) =>
  must(
    await createSubscription(rig.context, {
      account,
      url,
      events: ['payment_intent.created', 'setup_intent.created'],
      description: null,
      remember: null,
    }),
  );

test('one account reaches no subscription, secret, delivery or event of another', async (t) => {
  const rig = await openRig(t);
  const { id } = await subscribe(rig);
  await rig.authorized();
  const [told] = (await readNotifications(rig.context, { account: rig.account, ...all })).notifications;
  assert.ok(told);
  const account = must(await createAccount(rig.context, { name: 'Other' }));
  const { context } = rig;
  const owner = { account, id, remember: null };
  const refusals = [
    await readSubscription(context, owner),
    await updateSubscription(context, { ...owner, change: {} }),
    await resumeSubscription(context, owner),
    await generateSecret(context, owner),
    await activateSubscriptionSecret(context, { ...owner, secretId: 'sc_1' }),
    await deleteSubscriptionSecret(context, { ...owner, secretId: 'sc_1' }),
    await readDeliveries(context, { ...owner, before: null, limit: 1 }),
    await redeliverWebhook(context, { ...owner, deliveryId: 'dlv_1' }),
    await replayWebhook(context, { ...owner, from: 0, to: 1 }),
    await deleteSubscription(context, owner),
  ];
  for (const refused of refusals) assert.equal(refusalOf(refused), 'subscription-not-found');
  assert.equal(refusalOf(await readNotification(context, { account, id: told.id })), 'event-not-found');
  assert.deepEqual(await listSubscriptions(context, { account }), []);
  const others = await readNotifications(context, { account, ...all });
  assert.deepEqual(others.notifications, []);
  assert.ok(await subscribe(rig, account), 'the same address and event in another account is another matter');
});

test('of many requests for one address and event only one subscribes', async (t) => {
  const rig = await openRig(t);
  const input = {
    account: rig.account,
    url,
    events: ['payment_intent.created'],
    description: null,
    remember: null,
  } as const;
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => createSubscription(rig.context, input)));
  assert.equal(outcomes.filter(({ ok }) => ok).length, 1);
  for (const outcome of outcomes) if (!outcome.ok) assert.equal(outcome.error.code, 'subscription-exists');
});

test('an account gets a hundred subscriptions and no more, however many are asked for at once', async (t) => {
  const rig = await openRig(t);
  const results = await Promise.all(
    Array.from({ length: 120 }, (_, n) =>
      createSubscription(rig.context, {
        account: rig.account,
        url: `${url}/${n}`,
        events: ['payment_intent.created'],
        description: null,
        remember: null,
      }),
    ),
  );
  const refused = results.filter((result) => !result.ok);
  assert.deepEqual(new Set(refused.map(refusalOf)), new Set(['subscriptions-too-many']));
  assert.equal(results.length - refused.length, 100);
});

test('what a subscription lets go of is free for another, and so is all of a deleted one', async (t) => {
  const rig = await openRig(t);
  const { id } = await subscribe(rig);
  const owner = { account: rig.account, id, remember: null };
  must(await updateSubscription(rig.context, { ...owner, change: { events: ['setup_intent.created'] } }));
  const input = { account: rig.account, url, description: null, remember: null };
  must(await createSubscription(rig.context, { ...input, events: ['payment_intent.created'] }));
  assert.equal(
    refusalOf(await createSubscription(rig.context, { ...input, events: ['setup_intent.created'] })),
    'subscription-exists',
  );
  must(await deleteSubscription(rig.context, owner));
  must(await createSubscription(rig.context, { ...input, events: ['setup_intent.created'] }));
});

test('a replaced secret signs for a day beside the active one, and an idle one never', async (t) => {
  const rig = await openRig(t);
  const { id, secrets } = await subscribe(rig);
  const owner = { account: rig.account, id, remember: null };
  const first = secrets[0]?.value;
  const added = must(await generateSecret(rig.context, owner));
  const second = added.secrets[1];
  assert.ok(second);
  const now = (): number => rig.context.clock.now();
  assert.deepEqual(signingSecrets(added, now()), [first]);
  const rotated = must(await activateSubscriptionSecret(rig.context, { ...owner, secretId: second.id }));
  assert.deepEqual(signingSecrets(rotated, now()), [second.value, first]);
  rig.pass(secretOverlapMs - 1);
  assert.deepEqual(signingSecrets(rotated, now()), [second.value, first]);
  rig.pass(1);
  assert.deepEqual(signingSecrets(rotated, now()), [second.value]);
});

test('a notification is found by its id among thousands, with the bytes that are delivered', async (t) => {
  const rig = await openRig(t);
  for (let count = 0; count < 60; count += 1) {
    await rig.authorized();
    rig.pass(7_000);
  }
  const stream = { account: rig.account, ...all };
  const page = await readNotifications(rig.context, stream);
  assert.equal(page.notifications.length, 120);
  for (const told of page.notifications) {
    const found = must(await readNotification(rig.context, { account: rig.account, id: told.id }));
    assert.equal(found.body, told.body);
  }
  const only = await readNotifications(rig.context, { ...stream, names: ['setup_intent.created'] });
  assert.equal(only.notifications.length, 60);
  for (const after of [page.next, 'newest'] as const) {
    const rest = await readNotifications(rig.context, { ...stream, after });
    assert.deepEqual(rest, { notifications: [], next: page.next, isKeptBack: false });
  }
});
