import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chargePaymentIntent } from './charge-payment-intent.ts';
import { must, openRig, refusalOf, type Rig } from './rig.fixture.ts';
import { sendReceipt } from './send-receipt.ts';

const emails = ['guest@example.com', 'book@example.com'];
const receipts = async ({ context }: Rig) => {
  const events = await context.store.outbox(0, 100);
  return events.flatMap(({ names, data, status }) =>
    names.some((name) => name === 'payment_intent.send-receipt') ? [{ data, status }] : [],
  );
};

test('each call tells once where the receipt goes, and moves nothing', async (t) => {
  const rig = await openRig(t);
  const { context, account } = rig;
  const id = await rig.payable(await rig.authorized());
  must(await chargePaymentIntent(context, { account, id, remember: null }));
  must(await sendReceipt(context, { account, id, emails, remember: null }));
  const { status, eventCount } = must(await sendReceipt(context, { account, id, emails: ['x@y.de'], remember: null }));
  assert.deepEqual([status, eventCount], ['Captured', 4]);
  assert.deepEqual(await receipts(rig), [
    { data: { emails }, status: 'Captured' },
    { data: { emails: ['x@y.de'] }, status: 'Captured' },
  ]);
});

test('there is no receipt of what was not paid', async (t) => {
  const rig = await openRig(t);
  const { context, account } = rig;
  const id = await rig.payable(await rig.authorized());
  assert.equal(
    refusalOf(await sendReceipt(context, { account, id, emails, remember: null })),
    'payment-intent-not-paid',
  );
  assert.deepEqual(await receipts(rig), []);
});
