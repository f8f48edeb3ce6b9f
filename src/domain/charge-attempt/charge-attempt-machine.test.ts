import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Transaction } from '../transaction.ts';
import { type ChargeAttempt, chargeAttemptStates } from './charge-attempt.ts';
import {
  applyToChargeAttempt,
  type ChargeAttemptCommand,
  chargeAttemptTable,
  settleDelayMs,
} from './charge-attempt-machine.ts';

const transaction: Transaction = { transactionId: 't', at: 5, responseCode: '00', authCode: '123456', avsResult: null };
const pending: ChargeAttempt = {
  id: 'att',
  accountId: 'acc',
  paymentIntentId: 'pi',
  setupIntentId: 'si',
  version: 1,
  state: 'pending',
  amount: { amountMinor: 1000, currency: 'GBP' },
  startedAt: 0,
  settleAfter: 3_000,
  settleTries: 0,
  transaction: null,
  answerKey: null,
};
const commands: readonly ChargeAttemptCommand[] = [
  { type: 'approve', transaction },
  { type: 'decline', transaction },
  { type: 'lose' },
  { type: 'reverse', transaction },
  { type: 'fail' },
  { type: 'postpone', settleAfter: 9_000 },
];

for (const state of chargeAttemptStates) {
  for (const command of commands) {
    const cell = chargeAttemptTable[state][command.type];
    const outcome =
      'refusal' in cell ? `refuses ${command.type}: ${cell.refusal}` : `becomes ${cell.to} on ${command.type}`;
    test(`a ${state} attempt ${outcome}`, () => {
      const moved = applyToChargeAttempt({ ...pending, state }, command, 5_000);
      if ('refusal' in cell) assert.deepEqual(moved, { ok: false, error: cell.refusal });
      else assert.equal(moved.ok && moved.value.state, cell.to);
    });
  }
}

test('an attempt whose caller was told Failed can only be reversed', () => {
  const ways = Object.values(chargeAttemptTable.unknown).flatMap((cell) => ('refusal' in cell ? [] : [cell.to]));
  assert.deepEqual(new Set(ways), new Set(['reversed', 'unknown']));
});

test('a lost attempt is due for settling at once', () => {
  const lost = applyToChargeAttempt(pending, { type: 'lose' }, 1_234);
  assert.equal(lost.ok && lost.value.settleAfter, 1_234);
});

test('the wait between tries doubles, and stops growing at five minutes', () => {
  assert.deepEqual([0, 1, 2].map(settleDelayMs), [500, 1000, 2000]);
  assert.equal(settleDelayMs(40), 300_000);
});
