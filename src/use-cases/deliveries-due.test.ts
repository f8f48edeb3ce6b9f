import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SubscriptionProgress } from '../domain/webhook/delivery.ts';
import { createSetupIntent } from './create-setup-intent.ts';
import { createSubscription } from './create-subscription.ts';
import { deliveriesDue } from './deliveries-due.ts';
import { must, openRig, type Rig, setupTerms } from './rig.fixture.ts';

const noPause = () => Promise.resolve();
const works = deliveriesDue(noPause);

/** A rig whose account is told of new setup intents. */
const subscribed = async (rig: Rig) => {
  const input = { account: rig.account, url: 'https://example.com/hook', description: null, remember: null };
  return must(await createSubscription(rig.context, { ...input, events: ['setup_intent.created'] }));
};
const setupIntent = async ({ context, account }: Rig) =>
  must(
    await createSetupIntent(context, {
      account,
      terms: setupTerms,
      expireAt: null,
      capturedCard: null,
      remember: null,
    }),
  );

/** As the relay writes it. */
const writeProgress = async ({ context }: Rig, over: Partial<SubscriptionProgress> & { subscriptionId: string }) => {
  const before = await context.store.webhookProgress(over.subscriptionId);
  assert.ok(before);
  const claim = { kind: 'claim-webhooks', owner: 'node', now: 1, leasedUntil: 2 } as const;
  must(await context.store.commit([{ ...claim, subscriptionId: over.subscriptionId }]));
  must(await context.store.commit([{ kind: 'save-progress', owner: 'node', progress: { ...before, ...over } }]));
};

test('nothing is due to an account without subscriptions, or with all told', async (t) => {
  const rig = await openRig(t);
  await setupIntent(rig);
  assert.equal(await works.nextDueAt(rig.context, rig.account.id), null);
  await subscribed(rig);
  assert.equal(await works.nextDueAt(rig.context, rig.account.id), null);
});

test('an event that a subscription has not been told is due at once; one that it does not ask for is not', async (t) => {
  const rig = await openRig(t);
  const { id: subscriptionId } = await subscribed(rig);
  await rig.payable(await rig.authorized());
  const created = await rig.context.store.lastEventPosition();
  assert.equal(await works.nextDueAt(rig.context, rig.account.id), 0);
  await writeProgress(rig, { subscriptionId, position: created - 1 });
  assert.equal(await works.nextDueAt(rig.context, rig.account.id), null);
});

test('a paused subscription holds no clock up', async (t) => {
  const rig = await openRig(t);
  const { id: subscriptionId } = await subscribed(rig);
  await setupIntent(rig);
  await writeProgress(rig, { subscriptionId, state: 'paused', pausedAt: 1 });
  assert.equal(await works.nextDueAt(rig.context, rig.account.id), null);
});

test('it waits until the relay has delivered, and gives up on one that does not', async (t) => {
  const rig = await openRig(t);
  const { id: subscriptionId } = await subscribed(rig);
  await setupIntent(rig);
  let pauses = 0;
  const delivering = deliveriesDue(async () => {
    if (++pauses === 3)
      await writeProgress(rig, { subscriptionId, position: await rig.context.store.lastEventPosition() });
  });
  assert.equal(await delivering.runDue(rig.context, rig.account), 1);
  assert.equal(pauses, 3);
  await setupIntent(rig);
  assert.equal(await works.runDue(rig.context, rig.account), 0);
});
