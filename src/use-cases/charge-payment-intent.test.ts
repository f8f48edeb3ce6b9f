import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderChargeReport } from '../domain/charge-report.ts';
import { answerLifetimeMs } from './answer-once.ts';
import { chargePaymentIntent } from './charge-payment-intent.ts';
import { deletePaymentIntent } from './delete-payment-intent.ts';
import { deleteSetupIntent } from './delete-setup-intent.ts';
import { readPaymentIntent } from './read-payment-intent.ts';
import { readSetupIntent } from './read-setup-intent.ts';
import { refreshPaymentIntentSession } from './refresh-payment-intent-session.ts';
import { refreshSetupIntentSession } from './refresh-setup-intent-session.ts';
import { must, openRig, refusalOf, type Rig, transaction } from './rig.fixture.ts';
import { settleDueAttempts } from './settle-due.ts';

const charge = ({ context, account }: Rig, id: string, key?: string) => {
  const remember = key === undefined ? null : { key, fingerprint: 'f', render: renderChargeReport };
  return chargePaymentIntent(context, { account, id, remember });
};
const statuses = async ({ context, account }: Rig, setupIntentId: string, paymentIntentId: string) => {
  const { setupIntent, events } = must(await readSetupIntent(context, { account, id: setupIntentId }));
  const paymentIntent = must(await readPaymentIntent(context, { account, id: paymentIntentId, returnCanceled: true }));
  return { setup: setupIntent.status, payment: paymentIntent.status, events: events.map(({ type }) => type) };
};
const charges = ({ cards }: Rig) => cards.asked.filter((line) => line.startsWith('charge'));

test('an approved charge captures the payment intent and completes the setup intent, together', async (t) => {
  const rig = await openRig(t);
  const si = await rig.authorized();
  const pi = await rig.payable(si);
  assert.deepEqual(must(await charge(rig, pi)), { paymentIntentId: pi, status: 'Successful', message: 'DEPOSITED' });
  const seen = { setup: 'Completed', payment: 'Captured', events: ['Created', 'Authorized', 'Captured'] };
  assert.deepEqual(await statuses(rig, si, pi), seen);
});

test('the attempt is durable before the message leaves', async (t) => {
  const rig = await openRig(t);
  const pi = await rig.payable(await rig.authorized());
  let durable: string | undefined;
  rig.cards.chargeWith = async () => {
    const attemptId = charges(rig)[0]?.split(' ')[1] ?? '';
    durable = (await rig.context.store.chargeAttempt(attemptId))?.state;
    return { outcome: 'approved', transaction: transaction() };
  };
  must(await charge(rig, pi));
  assert.equal(durable, 'pending');
});

test('a hundred charges at once of one payment intent send one message; the others are told why', async (t) => {
  const rig = await openRig(t);
  const pi = await rig.payable(await rig.authorized());
  const results = await Promise.all(Array.from({ length: 100 }, () => charge(rig, pi)));
  assert.equal(charges(rig).length, 1);
  assert.equal(results.filter((result) => result.ok && result.value.status === 'Successful').length, 1);
  const codes = results.flatMap((result) => (result.ok ? [] : [result.error.code]));
  assert.equal(codes.length, 99);
  for (const code of codes) assert.ok(code === 'charge-pending' || code === 'payment-intent-already-paid', code);
  assert.equal(refusalOf(await charge(rig, pi)), 'payment-intent-already-paid');
});

test('of several payment intents that name one setup intent, one is charged', async (t) => {
  const rig = await openRig(t);
  const si = await rig.authorized();
  const ids = await Promise.all(Array.from({ length: 20 }, () => rig.payable(si)));
  const results = await Promise.all(ids.map((id) => charge(rig, id)));
  assert.equal(charges(rig).length, 1);
  const loser = ids[results.findIndex((result) => !result.ok)] ?? '';
  assert.equal(refusalOf(await charge(rig, loser)), 'card-already-charged');
});

test('a decline is reported with its code, and leaves both intents as they were', async (t) => {
  const rig = await openRig(t);
  const si = await rig.authorized();
  const pi = await rig.payable(si);
  rig.cards.chargeWith = async () => ({ outcome: 'declined', transaction: transaction('51') });
  const report = must(await charge(rig, pi));
  assert.equal(report.status, 'Declined');
  assert.equal(report.message, '51: Insufficient funds');
  assert.deepEqual(await statuses(rig, si, pi), {
    setup: 'Authorized',
    payment: 'Created',
    events: ['Created', 'Authorized', 'Declined'],
  });
  rig.cards.chargeWith = async () => ({ outcome: 'approved', transaction: transaction() });
  assert.equal(must(await charge(rig, pi)).status, 'Successful');
});

test('a charge that was never sent is reported as failed, and the card can be charged at once', async (t) => {
  const rig = await openRig(t);
  const pi = await rig.payable(await rig.authorized());
  rig.cards.chargeWith = async () => ({ outcome: 'not-sent', reason: 'acquirer-unreachable' });
  assert.equal(must(await charge(rig, pi)).status, 'Failed');
  assert.match(rig.faults.join(), /^charge att_.{22}: nothing was sent to the acquirer$/);
  rig.cards.chargeWith = async () => ({ outcome: 'approved', transaction: transaction() });
  assert.equal(must(await charge(rig, pi)).status, 'Successful');
});

for (const how of ['is silent', 'breaks down'] as const) {
  test(`when the acquirer ${how}, the caller is told Failed, nothing else may happen, and the approval is reversed`, async (t) => {
    const rig = await openRig(t);
    const { context, account, cards } = rig;
    const si = await rig.authorized();
    const pi = await rig.payable(si);
    cards.chargeWith = async () => {
      if (how === 'breaks down') throw new Error('socket hang up');
      return { outcome: 'unknown', reason: 'timeout' };
    };
    assert.equal(must(await charge(rig, pi)).status, 'Failed');
    assert.equal(rig.faults.length, how === 'breaks down' ? 1 : 0);
    assert.equal(refusalOf(await charge(rig, pi)), 'charge-unsettled');
    assert.equal(
      refusalOf(await deletePaymentIntent(context, { account, id: pi, remember: null })),
      'charge-unsettled',
    );
    const closing = { account, id: si, includeAuthorized: true, remember: null };
    assert.equal(refusalOf(await deleteSetupIntent(context, closing)), 'charge-unsettled');

    // Even if the acquirer did approve: the caller was told that it failed.
    cards.inquireWith = async () => ({ outcome: 'approved', transaction: transaction() });
    cards.reverseWith = async () => ({ outcome: 'reversed', hadApproved: true, transaction: transaction() });
    await settleDueAttempts(context);
    const events = ['Created', 'Authorized', 'Unknown', 'Reversed'];
    assert.deepEqual(await statuses(rig, si, pi), { setup: 'Authorized', payment: 'Created', events });

    cards.chargeWith = async () => ({ outcome: 'approved', transaction: transaction() });
    assert.equal(must(await charge(rig, pi)).status, 'Successful');
    assert.equal(new Set(charges(rig)).size, 2, 'a new try has a new attempt id');
  });
}

test('an unknown attempt is reversed again and again, ever more rarely, until the acquirer confirms', async (t) => {
  const rig = await openRig(t);
  const pi = await rig.payable(await rig.authorized());
  rig.cards.chargeWith = async () => ({ outcome: 'unknown', reason: 'timeout' });
  rig.cards.reverseWith = async () => ({ outcome: 'unknown', reason: 'timeout' });
  must(await charge(rig, pi));
  const reversals = () => rig.cards.asked.filter((line) => line.startsWith('reverse')).length;
  await settleDueAttempts(rig.context);
  await settleDueAttempts(rig.context);
  assert.equal(reversals(), 1, 'not before its time');
  rig.pass(500);
  await settleDueAttempts(rig.context);
  rig.pass(500);
  await settleDueAttempts(rig.context);
  assert.equal(reversals(), 2, 'the wait has doubled');
  rig.cards.reverseWith = async () => ({ outcome: 'reversed', hadApproved: false, transaction: transaction() });
  rig.pass(500);
  await settleDueAttempts(rig.context);
  rig.cards.chargeWith = async () => ({ outcome: 'approved', transaction: transaction() });
  assert.equal(must(await charge(rig, pi)).status, 'Successful');
});

/** Leaves an attempt as a crash does: sent, never answered. */
const crashMidCharge = async (rig: Rig, pi: string, key?: string): Promise<void> => {
  const sent = Promise.withResolvers<void>();
  rig.cards.chargeWith = () => {
    sent.resolve();
    return new Promise(() => undefined);
  };
  void charge(rig, pi, key);
  await sent.promise;
  rig.pass(3_001);
};

test('after a crash, an approval that the acquirer confirms is adopted, and the key gives its answer', async (t) => {
  const rig = await openRig(t);
  const si = await rig.authorized();
  const pi = await rig.payable(si);
  await crashMidCharge(rig, pi, 'key');
  assert.equal((await rig.context.store.rememberedAnswer('key'))?.status, null);
  rig.cards.inquireWith = async () => ({ outcome: 'approved', transaction: transaction() });
  await settleDueAttempts(rig.context);
  assert.deepEqual(await statuses(rig, si, pi), {
    setup: 'Completed',
    payment: 'Captured',
    events: ['Created', 'Authorized', 'Captured'],
  });
  const answer = await rig.context.store.rememberedAnswer('key');
  assert.equal(answer?.body, JSON.stringify({ paymentIntentId: pi, status: 'Successful', message: 'DEPOSITED' }));
});

test('after a crash, a charge that the acquirer never saw is reversed first, lest it still arrive', async (t) => {
  const rig = await openRig(t);
  const si = await rig.authorized();
  const pi = await rig.payable(si);
  await crashMidCharge(rig, pi, 'key');
  await settleDueAttempts(rig.context);
  assert.deepEqual(
    rig.cards.asked.slice(-2).map((line) => line.split(' ')[0]),
    ['inquire', 'reverse'],
  );
  assert.equal((await statuses(rig, si, pi)).payment, 'Created');
  assert.match((await rig.context.store.rememberedAnswer('key'))?.body ?? '', /"status":"Failed"/);
});

test('an attempt whose caller may still be answered is left alone', async (t) => {
  const rig = await openRig(t);
  const pi = await rig.payable(await rig.authorized());
  await crashMidCharge(rig, pi);
  rig.pass(-100);
  await settleDueAttempts(rig.context);
  assert.equal(rig.cards.asked.filter((line) => line.startsWith('inquire')).length, 0);
});

test('a session that is refreshed during the charge does not lose the outcome', async (t) => {
  const rig = await openRig(t);
  const si = await rig.authorized();
  const pi = await rig.payable(si);
  rig.cards.chargeWith = async () => {
    must(await refreshSetupIntentSession(rig.context, { account: rig.account, id: si, remember: null }));
    return { outcome: 'approved', transaction: transaction() };
  };
  assert.equal(must(await charge(rig, pi)).status, 'Successful');
  assert.equal((await statuses(rig, si, pi)).setup, 'Completed');
});

test('a caller whose key has lapsed and belongs to another charge is not told the refusal of that one', async (t) => {
  const rig = await openRig(t);
  const pi = await rig.payable(await rig.authorized());
  const { context } = rig;
  rig.cards.chargeWith = async () => {
    rig.pass(3_001);
    rig.cards.inquireWith = async () => ({ outcome: 'never-received' });
    await settleDueAttempts(context);
    const later = context.clock.now() + 2 * answerLifetimeMs;
    const answer = { key: 'key', fingerprint: 'f', status: 400, body: '{"status":400}', createdAt: later };
    must(await context.store.commit([{ kind: 'delete-answer', key: 'key', createdBefore: later }]));
    must(await context.store.commit([{ kind: 'insert-answer', answer }]));
    return { outcome: 'unknown', reason: 'timeout' };
  };
  assert.equal(must(await charge(rig, pi, 'key')).status, 'Failed');
});

test('a crowd that keeps refreshing sessions keeps nobody from charging', async (t) => {
  const rig = await openRig(t);
  const si = await rig.authorized();
  const pi = await rig.payable(si);
  const { context } = rig;
  let charged = false;
  const crowd = Array.from({ length: 24 }, async () => {
    while (!charged) {
      const refreshed = await refreshPaymentIntentSession(context, { account: rig.account, id: pi, remember: null });
      assert.ok(refreshed.ok || charged);
      await refreshSetupIntentSession(context, { account: rig.account, id: si, remember: null });
    }
  });
  const report = await charge(rig, pi).finally(() => {
    charged = true;
  });
  assert.equal(must(report).status, 'Successful');
  await Promise.all(crowd);
});

test('a caller that comes back after a worker has settled its attempt is told what the books say', async (t) => {
  const rig = await openRig(t);
  const si = await rig.authorized();
  const pi = await rig.payable(si);
  rig.cards.chargeWith = async () => {
    rig.pass(3_001);
    rig.cards.inquireWith = async () => ({ outcome: 'never-received' });
    await settleDueAttempts(rig.context);
    return { outcome: 'approved', transaction: transaction() };
  };
  assert.equal(must(await charge(rig, pi)).status, 'Failed');
  assert.equal((await statuses(rig, si, pi)).setup, 'Authorized');
});

test('refuses a payment intent that is another account’s, that names no card, or that is canceled', async (t) => {
  const rig = await openRig(t);
  const pi = await rig.payable(await rig.authorized());
  const stranger = { ...rig.account, id: 'acc_other' };
  assert.equal(
    refusalOf(await chargePaymentIntent(rig.context, { account: stranger, id: pi, remember: null })),
    'payment-intent-not-found',
  );
  must(await deletePaymentIntent(rig.context, { account: rig.account, id: pi, remember: null }));
  assert.equal(refusalOf(await charge(rig, pi)), 'payment-intent-ended');
});

test('a reversal leaves only after its attempt can no longer be approved by a caller that was merely slow', async (t) => {
  const rig = await openRig(t);
  const { context, cards } = rig;
  const si = await rig.authorized();
  const pi = await rig.payable(si);
  const stateAtReversal: (string | undefined)[] = [];
  cards.reverseWith = async ({ attemptId }) => {
    stateAtReversal.push((await context.store.chargeAttempt(attemptId))?.state);
    return { outcome: 'reversed', hadApproved: true, transaction: transaction() };
  };
  cards.chargeWith = async () => {
    rig.pass(60_000);
    await settleDueAttempts(context);
    return { outcome: 'approved', transaction: transaction() };
  };
  assert.equal(must(await charge(rig, pi)).status, 'Failed');
  assert.ok(stateAtReversal.length > 0);
  assert.ok(!stateAtReversal.includes('pending'), stateAtReversal.join());
  assert.deepEqual(await statuses(rig, si, pi), {
    setup: 'Authorized',
    payment: 'Created',
    events: ['Created', 'Authorized', 'Unknown', 'Reversed'],
  });
});

test('a slow caller with an idempotency key is told, word for word, what a repeat of its request will be told', async (t) => {
  const rig = await openRig(t);
  const pi = await rig.payable(await rig.authorized());
  rig.cards.inquireWith = async () => ({ outcome: 'never-received' });
  rig.cards.chargeWith = async () => {
    rig.pass(60_000);
    await settleDueAttempts(rig.context);
    return { outcome: 'unknown', reason: 'disconnected' };
  };
  const told = renderChargeReport(must(await charge(rig, pi, 'k')));
  assert.equal((await rig.context.store.rememberedAnswer('k'))?.body, told.body);
});
