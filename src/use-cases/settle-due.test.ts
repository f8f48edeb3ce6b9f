import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chargePaymentIntent } from './charge-payment-intent.ts';
import { refundPaymentIntent } from './refund-payment-intent.ts';
import { openRig, type Rig, transaction } from './rig.fixture.ts';
import { settleDueAttempts, settleDueRefunds } from './settle-due.ts';

/** More than one round takes. */
const stuckCount = 25;

const unknown = async () => ({ outcome: 'unknown', reason: 'timeout' }) as const;
const charge = ({ context, account }: Rig, id: string) => chargePaymentIntent(context, { account, id, remember: null });
const refund = ({ context, account }: Rig, id: string) => {
  const order = { amountMinor: 300, reason: null, notes: null, previousTransactionId: null };
  return refundPaymentIntent(context, { account, id, order, traceId: '', remember: null });
};

for (const [what, { begin, settleDue, answerWith }] of Object.entries({
  attempts: {
    begin: async (rig: Rig, id: string) => {
      rig.cards.chargeWith = unknown;
      await charge(rig, id);
    },
    settleDue: settleDueAttempts,
    answerWith: (rig: Rig, hear: (id: string) => void) => {
      rig.cards.reverseWith = async ({ paymentIntentId }) => {
        hear(paymentIntentId);
        return { outcome: 'reversed', hadApproved: false, transaction: transaction() };
      };
    },
  },
  refunds: {
    begin: async (rig: Rig, id: string) => {
      await charge(rig, id);
      rig.cards.refundWith = unknown;
      await refund(rig, id);
    },
    settleDue: settleDueRefunds,
    answerWith: (rig: Rig, hear: (id: string) => void) => {
      rig.cards.refundWith = async ({ paymentIntentId }) => {
        hear(paymentIntentId);
        return { outcome: 'approved', transaction: transaction() };
      };
    },
  },
}))
  test(`${what} whose question breaks the processor are asked about more rarely, and keep no later one from being settled`, async (t) => {
    const rig = await openRig(t);
    const ids: string[] = [];
    for (let made = 0; made <= stuckCount; made++) {
      const id = await rig.payable(await rig.authorized());
      await begin(rig, id);
      ids.push(id);
      rig.pass(1);
    }
    const settled: string[] = [];
    answerWith(rig, (id) => {
      if (id !== ids.at(-1)) throw new Error('The vault answered 500.');
      settled.push(id);
    });
    for (let rounds = 0; rounds < 3; rounds++) await settleDue(rig.context);
    assert.deepEqual(settled, ids.slice(-1));
    assert.equal(rig.faults.length, stuckCount);
  });
