import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyScript } from '../domain/acquirer-script.ts';
import type { SandboxAcquirer } from '../ports/sandbox-acquirer.ts';
import { advanceSandboxClock } from './advance-sandbox-clock.ts';
import { chargePaymentIntent } from './charge-payment-intent.ts';
import { createSubscription } from './create-subscription.ts';
import { resetSandbox } from './reset-sandbox.ts';
import { must, openRig, refusalOf, type Rig } from './rig.fixture.ts';
import { settleDueAttempts } from './settle-due.ts';

const acquirerThatNotes = () => {
  const emptied: string[] = [];
  const acquirer: SandboxAcquirer = {
    script: async () => emptyScript,
    setScript: async () => undefined,
    ledger: async () => [],
    reset: async (accountId) => void emptied.push(accountId),
  };
  return { acquirer, emptied };
};
const charge = ({ context, account }: Rig, id: string) => chargePaymentIntent(context, { account, id, remember: null });

test('an account is emptied of everything but itself, and its clock is back at real time', async (t) => {
  const rig = await openRig(t);
  const { context, account } = rig;
  const { acquirer, emptied } = acquirerThatNotes();
  const kept = await rig.authorized();
  const paid = await rig.authorized();
  const payment = await rig.payable(paid);
  must(await charge(rig, payment));
  const answer = { fingerprint: 'f', status: 200, body: '{}', createdAt: 0 };
  await context.store.commit([
    { kind: 'insert-answer', answer: { ...answer, key: `${account.id} POST /x k` } },
    { kind: 'insert-answer', answer: { ...answer, key: 'acc_other POST /x k' } },
  ]);
  must(await advanceSandboxClock(context, [], { account, target: { byMs: 1000 }, remember: null }));

  const subscription = { account, url: 'https://example.com/hook', events: ['payment_intent.created'] as const };
  must(await createSubscription(context, { ...subscription, description: null, remember: null }));

  must(await resetSandbox(context, acquirer, { account }));

  assert.deepEqual(await context.store.webhookSubscriptions(account.id), []);
  for (const id of [kept, paid]) assert.equal(await context.store.setupIntent(id), undefined);
  assert.equal(await context.store.paymentIntent(payment), undefined);
  assert.deepEqual(await context.store.intentEvents(kept), []);
  const last = await context.store.lastEventPosition();
  assert.ok(last > 0, 'the newest position is kept, so that it is not given again');
  assert.deepEqual(await context.store.notifiedEvents(account.id, 0, last, 10), []);
  assert.equal(await context.store.rememberedAnswer(`${account.id} POST /x k`), undefined);
  assert.ok(await context.store.rememberedAnswer('acc_other POST /x k'));
  assert.deepEqual(await context.store.account(account.id), { ...account, clockAheadMs: 0 });
  assert.deepEqual(rig.cards.asked.at(-1), 'forget card_kept,card_kept');
  assert.deepEqual(emptied, [account.id]);
});

test('another account keeps all it has', async (t) => {
  const rig = await openRig(t);
  const si = await rig.authorized();
  const other = { ...rig.account, id: 'acc_other', name: 'Other' };
  await rig.context.store.commit([{ kind: 'insert-account', account: other }]);
  must(await resetSandbox(rig.context, acquirerThatNotes().acquirer, { account: other }));
  assert.equal((await rig.context.store.setupIntent(si))?.status, 'Authorized');
  assert.equal((await rig.context.store.intentEvents(si)).length, 2);
});

test('refuses while a charge is under way or unsettled, and changes nothing', async (t) => {
  const rig = await openRig(t);
  const { context, account } = rig;
  const { acquirer, emptied } = acquirerThatNotes();
  const pi = await rig.payable(await rig.authorized());
  const reset = () => resetSandbox(context, acquirer, { account });
  rig.cards.chargeWith = async () => {
    assert.equal(refusalOf(await reset()), 'charge-pending');
    return { outcome: 'unknown', reason: 'timeout' };
  };
  must(await charge(rig, pi));
  assert.equal(refusalOf(await reset()), 'charge-pending');
  assert.ok(await context.store.paymentIntent(pi));
  assert.deepEqual(emptied, []);
  await settleDueAttempts(context);
  must(await reset());
  assert.equal(await context.store.paymentIntent(pi), undefined);
});

test('a subscription that changes at the same moment does not keep an account from being emptied', async (t) => {
  const { context, account } = await openRig(t);
  const { store } = context;
  const input = { account, url: 'https://example.com/hook', events: ['payment_intent.created'] as const };
  const before = must(await createSubscription(context, { ...input, description: null, remember: null }));
  let reads = 0;
  const racing = {
    ...store,
    webhookSubscriptions: async (accountId: string) => {
      const found = await store.webhookSubscriptions(accountId);
      const subscription = { ...before, version: 2, description: 'changed' };
      if (reads++ === 0) must(await store.commit([{ kind: 'save-subscription', subscription, before }]));
      return found;
    },
  };
  must(await resetSandbox({ ...context, store: racing }, acquirerThatNotes().acquirer, { account }));
  assert.deepEqual(await store.webhookSubscriptions(account.id), []);
});
