import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Refund } from '../domain/refund/refund.ts';
import type { RefundRequest } from '../ports/card-processor.ts';
import { StoreUnavailable } from '../ports/store.ts';
import { chargePaymentIntent } from './charge-payment-intent.ts';
import { readPaymentIntent } from './read-payment-intent.ts';
import { readRefund } from './read-refund.ts';
import { renderRefund } from './refund-answer.ts';
import { refundPaymentIntent } from './refund-payment-intent.ts';
import { must, openRig, refusalOf, type Rig, transaction } from './rig.fixture.ts';
import { settleDueRefunds } from './settle-due.ts';
import { settleRefund } from './settle-refund.ts';

const traceId = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';
const order = (amountMinor: number) => ({ amountMinor, reason: 'No towels', notes: null, previousTransactionId: null });

const paid = async (rig: Rig): Promise<string> => {
  const id = await rig.payable(await rig.authorized());
  must(await chargePaymentIntent(rig.context, { account: rig.account, id, remember: null }));
  return id;
};
const refund = ({ context, account }: Rig, id: string, amountMinor: number, key?: string) => {
  const remember = key === undefined ? null : { key, fingerprint: 'f', render: renderRefund };
  return refundPaymentIntent(context, { account, id, order: order(amountMinor), traceId, remember });
};
const seen = async ({ context, account }: Rig, id: string) => {
  const intent = must(await readPaymentIntent(context, { account, id, returnCanceled: false }));
  return [intent.status, intent.refundedAmountMinor, intent.refundingAmountMinor] as const;
};
const refunds = ({ cards }: Rig): readonly string[] =>
  cards.asked.flatMap((line) => (line.startsWith('refund ') ? [line.slice('refund '.length)] : []));
const told = async ({ context }: Rig, id: string) => {
  const events = await context.store.outbox(0, 1_000);
  return events.flatMap(({ intentId, names, data }) =>
    intentId === id && names.includes('refund.created') ? [{ names, data }] : [],
  );
};
const inBooks = async ({ context }: Rig, id: string): Promise<Refund> => {
  const found = await context.store.refund(id);
  assert.ok(found);
  return found;
};
const onlyRefund = (rig: Rig): Promise<Refund> => inBooks(rig, refunds(rig)[0] ?? '');
/** Past the time in which a caller could still write an outcome down. */
const abandon = (rig: Rig): void => rig.pass(rig.context.acquirerTimeoutMs + 1_000);

test('a part is given back, then the rest; each is told of once, and the last one ends the payment', async (t) => {
  const rig = await openRig(t);
  const id = await paid(rig);
  const first = must(await refund(rig, id, 400));
  assert.deepEqual(await seen(rig, id), ['Captured', 400, 0]);
  const second = must(await refund(rig, id, 600));
  assert.deepEqual(await seen(rig, id), ['Refunded', 1000, 0]);
  assert.deepEqual(await told(rig, id), [
    { names: ['refund.created'], data: { refundId: first.id, amount: { value: 400, currencyCode: 'GBP' } } },
    {
      names: ['payment_intent.status_updated', 'refund.created'],
      data: { refundId: second.id, amount: { value: 600, currencyCode: 'GBP' } },
    },
  ]);
  assert.equal(refusalOf(await refund(rig, id, 1)), 'payment-intent-refunded');
  assert.deepEqual(JSON.parse(renderRefund(first).body), {
    paymentIntentId: id,
    refundId: first.id,
    refundReason: 'No towels',
    notes: null,
  });
  assert.deepEqual(await readRefund(rig.context, { account: rig.account, id: first.id }), { ok: true, value: first });
});

test('the refund and its reservation are durable before the message leaves, which names the charge', async (t) => {
  const rig = await openRig(t);
  const id = await paid(rig);
  const leaving: unknown[] = [];
  rig.cards.refundWith = async (request: RefundRequest) => {
    leaving.push([(await inBooks(rig, request.refundId)).state, await seen(rig, id), request.amount.amountMinor]);
    leaving.push((await rig.context.store.chargeAttempt(request.attemptId))?.state);
    return { outcome: 'approved', transaction: transaction() };
  };
  must(await refund(rig, id, 400));
  assert.deepEqual(leaving, [['pending', ['Captured', 0, 400], 400], 'approved']);
});

test('never more than what is left, in words that say how much that is', async (t) => {
  const rig = await openRig(t);
  const id = await paid(rig);
  const tooMuch = await refund(rig, id, 1001);
  assert.equal(refusalOf(tooMuch), 'refund-too-large');
  assert.match(tooMuch.ok ? '' : (tooMuch.error.detail ?? ''), /^1000 of 1000 /);
  must(await refund(rig, id, 999));
  assert.equal(refusalOf(await refund(rig, id, 2)), 'refund-too-large');
  must(await refund(rig, id, 1));
  assert.equal(refunds(rig).length, 2);
});

test('a hundred parts at once, of which ten fit, come to ten refunds and not a penny more', async (t) => {
  const rig = await openRig(t);
  const id = await paid(rig);
  const results = await Promise.all(Array.from({ length: 100 }, () => refund(rig, id, 100)));
  assert.equal(results.filter(({ ok }) => ok).length, 10);
  assert.equal(refunds(rig).length, 10);
  const codes = new Set(results.flatMap((result) => (result.ok ? [] : [result.error.code])));
  for (const code of codes) assert.ok(['refund-pending', 'payment-intent-refunded'].includes(code), code);
  assert.deepEqual(await seen(rig, id), ['Refunded', 1000, 0]);
  assert.equal((await told(rig, id)).length, 10);
});

test('a hundred parts at once that all fit are all made', async (t) => {
  const rig = await openRig(t);
  const id = await paid(rig);
  const results = await Promise.all(Array.from({ length: 100 }, () => refund(rig, id, 10)));
  assert.deepEqual(
    results.filter(({ ok }) => !ok),
    [],
  );
  assert.deepEqual(await seen(rig, id), ['Refunded', 1000, 0]);
});

test('what is not paid cannot be refunded, and nothing is sent', async (t) => {
  const rig = await openRig(t);
  const id = await rig.payable(await rig.authorized());
  assert.equal(refusalOf(await refund(rig, id, 1)), 'payment-intent-not-paid');
  assert.equal(refusalOf(await refund(rig, 'pi_sandbox_0000000000000000000000', 1)), 'payment-intent-not-found');
  assert.deepEqual(refunds(rig), []);
});

test('a refund that names another transaction than the payment’s is refused', async (t) => {
  const rig = await openRig(t);
  const { context, account } = rig;
  const id = await paid(rig);
  const naming = (previousTransactionId: string) =>
    refundPaymentIntent(context, {
      account,
      id,
      order: { ...order(1), previousTransactionId },
      traceId,
      remember: null,
    });
  assert.equal(refusalOf(await naming('another')), 'request-invalid');
  must(await naming(transaction().transactionId));
});

test('a decline frees what was reserved, and is answered and remembered as a refusal', async (t) => {
  const rig = await openRig(t);
  const id = await paid(rig);
  rig.cards.refundWith = async () => ({ outcome: 'declined', transaction: transaction('51') });
  const declined = must(await refund(rig, id, 1000, 'key'));
  const answer = renderRefund(declined);
  assert.equal(answer.status, 400);
  assert.match(answer.body, /refund-declined.*51: Insufficient funds.*0123456789abcdef0123456789abcdef/);
  const remembered = await rig.context.store.rememberedAnswer('key');
  assert.deepEqual([remembered?.status, remembered?.body], [400, answer.body]);
  assert.deepEqual(await seen(rig, id), ['Captured', 0, 0]);
  assert.deepEqual(await told(rig, id), []);
  assert.equal(refusalOf(await readRefund(rig.context, { account: rig.account, id: declined.id })), 'refund-not-found');
  rig.cards.refundWith = async () => ({ outcome: 'approved', transaction: transaction() });
  must(await refund(rig, id, 1000));
});

test('a refund that never left frees what was reserved, and its key', async (t) => {
  const rig = await openRig(t);
  const id = await paid(rig);
  rig.cards.refundWith = async () => ({ outcome: 'not-sent', reason: 'acquirer-unreachable' });
  assert.equal(refusalOf(await refund(rig, id, 1000, 'key')), 'acquirer-unavailable');
  assert.deepEqual(await seen(rig, id), ['Captured', 0, 0]);
  assert.equal(await rig.context.store.rememberedAnswer('key'), undefined);
  assert.equal((await onlyRefund(rig)).state, 'failed');
  rig.cards.refundWith = async () => ({ outcome: 'approved', transaction: transaction() });
  must(await refund(rig, id, 1000, 'key'));
});

for (const [how, breaks] of [
  ['is lost', async () => ({ outcome: 'unknown', reason: 'timeout' }) as const],
  ['breaks the processor', () => Promise.reject(new Error('bug'))],
] as const)
  test(`an answer that ${how} leaves the refund unsettled and its amount reserved, until the same message is answered`, async (t) => {
    const rig = await openRig(t);
    const id = await paid(rig);
    rig.cards.refundWith = breaks;
    assert.equal(refusalOf(await refund(rig, id, 700, 'key')), 'refund-unsettled');
    const refundId = refunds(rig)[0] ?? '';
    assert.equal(refusalOf(await readRefund(rig.context, { account: rig.account, id: refundId })), 'refund-unsettled');
    assert.equal(refusalOf(await refund(rig, id, 700)), 'refund-pending');
    await settleDueRefunds(rig.context);
    rig.pass(10_000);
    await settleDueRefunds(rig.context);
    assert.equal((await inBooks(rig, refundId)).state, 'unknown');
    assert.equal((await rig.context.store.rememberedAnswer('key'))?.body, null);

    rig.cards.refundWith = async () => ({ outcome: 'approved', transaction: transaction() });
    rig.pass(10_000);
    await settleDueRefunds(rig.context);
    const made = await inBooks(rig, refundId);
    assert.equal(made.state, 'refunded');
    assert.deepEqual([...new Set(refunds(rig))], [refundId]);
    assert.equal((await rig.context.store.rememberedAnswer('key'))?.body, renderRefund(made).body);
    assert.deepEqual(await seen(rig, id), ['Captured', 700, 0]);
    assert.equal((await told(rig, id)).length, 1);
  });

test('a decline that the worker hears of is answered to a repeat in the trace of the first call', async (t) => {
  const rig = await openRig(t);
  const id = await paid(rig);
  rig.cards.refundWith = async () => ({ outcome: 'unknown', reason: 'timeout' });
  assert.equal(refusalOf(await refund(rig, id, 700, 'key')), 'refund-unsettled');
  rig.cards.refundWith = async () => ({ outcome: 'declined', transaction: transaction('05') });
  await settleDueRefunds(rig.context);
  const answer = await rig.context.store.rememberedAnswer('key');
  assert.equal(answer?.status, 400);
  assert.equal((JSON.parse(answer.body ?? '') as { readonly traceId: string }).traceId, traceId);
  assert.deepEqual(await seen(rig, id), ['Captured', 0, 0]);
});

test('a crash before the outcome is written leaves a refund that is settled by its id', async (t) => {
  const rig = await openRig(t);
  const id = await paid(rig);
  let isDead = false;
  const { commit } = rig.context.store;
  const dying = {
    ...rig.context,
    store: {
      ...rig.context.store,
      commit: (changes: Parameters<typeof commit>[0]) =>
        isDead ? Promise.reject(new StoreUnavailable('dead')) : commit(changes),
    },
  };
  rig.cards.refundWith = async () => {
    isDead = true;
    return { outcome: 'approved', transaction: transaction() };
  };
  await assert.rejects(refund({ ...rig, context: dying }, id, 300, 'key'), StoreUnavailable);
  await settleDueRefunds(rig.context);
  assert.equal((await onlyRefund(rig)).state, 'pending');
  abandon(rig);
  await settleDueRefunds(rig.context);
  assert.equal((await onlyRefund(rig)).state, 'refunded');
  assert.equal(new Set(refunds(rig)).size, 1);
  assert.deepEqual(await seen(rig, id), ['Captured', 300, 0]);
  assert.equal((await rig.context.store.rememberedAnswer('key'))?.status, 200);
});

test('a caller that was only slow cannot say that nothing was sent once a worker has asked in its place', async (t) => {
  const rig = await openRig(t);
  const id = await paid(rig);
  let calls = 0;
  rig.cards.refundWith = async (request) => {
    calls += 1;
    if (calls === 1) {
      abandon(rig);
      await settleRefund(rig.context, await inBooks(rig, request.refundId));
      return { outcome: 'not-sent', reason: 'acquirer-unreachable' };
    }
    return { outcome: 'unknown', reason: 'timeout' };
  };
  assert.equal(refusalOf(await refund(rig, id, 300)), 'refund-unsettled');
  assert.equal((await onlyRefund(rig)).state, 'unknown');
  assert.deepEqual(await seen(rig, id), ['Captured', 0, 300]);
});

test('a caller that was only slow is told what a worker has settled', async (t) => {
  const rig = await openRig(t);
  const id = await paid(rig);
  let calls = 0;
  rig.cards.refundWith = async (request) => {
    calls += 1;
    if (calls > 1) return { outcome: 'approved', transaction: transaction() };
    abandon(rig);
    await settleDueRefunds(rig.context);
    assert.equal((await inBooks(rig, request.refundId)).state, 'refunded');
    return { outcome: 'unknown', reason: 'timeout' };
  };
  assert.equal(must(await refund(rig, id, 300)).state, 'refunded');
  assert.equal((await told(rig, id)).length, 1);
});

test('a refund that cannot be settled does not keep the others from it', async (t) => {
  const rig = await openRig(t);
  const [stuck, other] = [await paid(rig), await paid(rig)];
  rig.cards.refundWith = async () => ({ outcome: 'unknown', reason: 'timeout' });
  for (const id of [stuck, other]) await refund(rig, id, 300);
  rig.cards.refundWith = async ({ paymentIntentId }) =>
    paymentIntentId === stuck ? new Promise(() => undefined) : { outcome: 'approved', transaction: transaction() };
  void settleDueRefunds(rig.context);
  for (let turn = 0; turn < 1_000 && (await seen(rig, other))[1] === 0; turn += 1)
    await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await seen(rig, other), ['Captured', 300, 0]);
});
