import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Transaction } from '../transaction.ts';
import { type Refund, refundStates } from './refund.ts';
import { applyToRefund, isRefundLive, type RefundCommand, refundTable } from './refund-machine.ts';

const transaction: Transaction = { transactionId: 't', at: 5, responseCode: '00', authCode: null, avsResult: null };
const refund: Refund = {
  id: 'rfnd_1',
  accountId: 'acc',
  paymentIntentId: 'pi',
  version: 1,
  state: 'pending',
  attemptId: 'att_1',
  amount: { amountMinor: 400, currency: 'GBP' },
  reason: null,
  notes: null,
  startedAt: 0,
  settleAfter: 3_000,
  settleTries: 0,
  transaction: null,
  answerKey: null,
  traceId: 'trace',
};
const commands: { readonly [type in RefundCommand['type']]: RefundCommand } = {
  approve: { type: 'approve', transaction },
  decline: { type: 'decline', transaction },
  lose: { type: 'lose' },
  fail: { type: 'fail' },
  postpone: { type: 'postpone', settleAfter: 9_000 },
};

for (const state of refundStates) {
  for (const command of Object.values(commands)) {
    const cell = refundTable[state][command.type];
    const outcome = 'refusal' in cell ? `refuses ${command.type}` : `goes to ${cell.to} on ${command.type}`;
    test(`${state} ${outcome}`, () => {
      const moved = applyToRefund({ ...refund, state }, command, 5_000);
      if ('refusal' in cell) assert.deepEqual(moved, { ok: false, error: cell.refusal });
      else {
        assert.ok(moved.ok);
        assert.equal(moved.value.state, cell.to);
        assert.equal(moved.value.version, 2);
      }
    });
  }
}

test('what may have left can only be settled by the word of the acquirer', () => {
  const exits = Object.entries(refundTable.unknown).flatMap(([type, cell]) =>
    'to' in cell && !isRefundLive(cell.to) ? [type] : [],
  );
  assert.deepEqual(exits, ['approve', 'decline']);
});

test('keeps what the acquirer said, and counts the tries to settle', () => {
  const approved = applyToRefund(refund, commands.approve, 5_000);
  assert.ok(approved.ok);
  assert.deepEqual(approved.value.transaction, transaction);
  const lost = applyToRefund(refund, commands.lose, 5_000);
  assert.ok(lost.ok);
  assert.equal(lost.value.settleAfter, 5_000);
  const later = applyToRefund(lost.value, commands.postpone, 5_000);
  assert.ok(later.ok);
  assert.deepEqual([later.value.settleAfter, later.value.settleTries], [9_000, 1]);
});
