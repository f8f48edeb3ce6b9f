import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readChargeBooks, reportAttempt } from './charge-books.ts';
import { chargePaymentIntent } from './charge-payment-intent.ts';
import { must, openRig } from './rig.fixture.ts';
import { settleDueAttempts } from './settle-due.ts';

test('an attempt that another process settles between the reads is seen settled, never live with ended intents', async (t) => {
  const rig = await openRig(t);
  const { context, account, cards } = rig;
  cards.chargeWith = () => Promise.resolve({ outcome: 'unknown', reason: 'timeout' });
  const id = await rig.payable(await rig.authorized());
  assert.equal(must(await chargePaymentIntent(context, { account, id, remember: null })).status, 'Failed');
  const attemptId = cards.asked.find((line) => line.startsWith('charge'))?.split(' ')[1] ?? '';
  const store = {
    ...context.store,
    setupIntent: async (setupIntentId: string) => {
      await settleDueAttempts(context);
      return context.store.setupIntent(setupIntentId);
    },
  };
  const books = await readChargeBooks({ ...context, store }, attemptId);
  assert.equal(books.setupIntent.liveAttemptId, null);
  assert.equal(books.attempt.state, 'reversed');
  assert.equal(reportAttempt(books.attempt)?.status, 'Failed');
});
