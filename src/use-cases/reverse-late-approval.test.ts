import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChargeOutcome } from '../ports/card-processor.ts';
import { chargePaymentIntent } from './charge-payment-intent.ts';
import { reverseLateApproval } from './reverse-late-approval.ts';
import { must, openRig, type Rig, transaction } from './rig.fixture.ts';
import { settleDueAttempts } from './settle-due.ts';

const approved: ChargeOutcome = { outcome: 'approved', transaction: transaction() };
const asked = ({ cards }: Rig, what: string) => cards.asked.filter((line) => line.startsWith(what));

/** A charge that ends as the test says; the answer is what reverses its approval if it comes later. */
const charged = async (rig: Rig, outcome: ChargeOutcome) => {
  const id = await rig.payable(await rig.authorized());
  rig.cards.chargeWith = async () => outcome;
  const report = must(await chargePaymentIntent(rig.context, { account: rig.account, id, remember: null }));
  const attemptId = asked(rig, 'charge').at(-1)?.split(' ')[1] ?? '';
  const amount = { amountMinor: 1000, currency: 'GBP' } as const;
  const request = { attemptId, accountId: rig.account.id, paymentIntentId: id, amount, now: rig.context.clock.now() };
  return { report, request };
};

test('an approval that comes after a worker has reversed the attempt is taken back, and the caller hears Failed', async (t) => {
  const rig = await openRig(t);
  const id = await rig.payable(await rig.authorized());
  rig.cards.chargeWith = async () => {
    rig.pass(3_001);
    await settleDueAttempts(rig.context);
    return approved;
  };
  const report = must(await chargePaymentIntent(rig.context, { account: rig.account, id, remember: null }));
  assert.equal(report.status, 'Failed');
  assert.equal(asked(rig, 'reverse').length, 2);
  assert.deepEqual(rig.faults, []);
});

test('an approval that a worker has adopted meanwhile is kept', async (t) => {
  const rig = await openRig(t);
  const id = await rig.payable(await rig.authorized());
  rig.cards.chargeWith = async () => {
    rig.pass(3_001);
    rig.cards.inquireWith = async () => ({ outcome: 'approved', transaction: transaction() });
    await settleDueAttempts(rig.context);
    return approved;
  };
  const report = must(await chargePaymentIntent(rig.context, { account: rig.account, id, remember: null }));
  assert.equal(report.status, 'Successful');
  assert.deepEqual(asked(rig, 'reverse'), []);
});

test('a caller hears Failed even where taking the late approval back breaks down, and the fault is told', async (t) => {
  const rig = await openRig(t);
  const id = await rig.payable(await rig.authorized());
  rig.cards.chargeWith = async () => {
    rig.pass(3_001);
    await settleDueAttempts(rig.context);
    rig.cards.reverseWith = () => Promise.reject(new Error('down'));
    return approved;
  };
  const report = must(await chargePaymentIntent(rig.context, { account: rig.account, id, remember: null }));
  assert.equal(report.status, 'Failed');
  assert.deepEqual(rig.faults, ['charge: a late approval is not known to be reversed']);
});

test('an approval later than the time limit is taken back, before and after the attempt was settled', async (t) => {
  const rig = await openRig(t);
  const { report, request } = await charged(rig, { outcome: 'unknown', reason: 'timeout' });
  assert.equal(report.status, 'Failed');
  await reverseLateApproval(rig.context, request);
  assert.equal(asked(rig, 'reverse').length, 1);
  await settleDueAttempts(rig.context);
  await reverseLateApproval(rig.context, request);
  assert.equal(asked(rig, 'reverse').length, 3);
});

test('nothing is taken back from an attempt that the books hold as approved', async (t) => {
  const rig = await openRig(t);
  const { request } = await charged(rig, approved);
  await reverseLateApproval(rig.context, request);
  assert.deepEqual(asked(rig, 'reverse'), []);
});

test('a reversal of a settled attempt that is not confirmed is told as a fault; of an unknown one the worker tries again', async (t) => {
  const rig = await openRig(t);
  const { request } = await charged(rig, { outcome: 'unknown', reason: 'timeout' });
  rig.cards.reverseWith = async () => ({ outcome: 'unknown', reason: 'timeout' });
  await reverseLateApproval(rig.context, request);
  assert.deepEqual(rig.faults, []);
  rig.cards.reverseWith = async () => ({ outcome: 'reversed', hadApproved: false, transaction: transaction() });
  await settleDueAttempts(rig.context);
  rig.cards.reverseWith = async () => ({ outcome: 'unknown', reason: 'timeout' });
  await reverseLateApproval(rig.context, request);
  assert.equal(rig.faults.length, 1);
});
