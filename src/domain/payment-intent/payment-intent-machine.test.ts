import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CardSummary } from '../card-summary.ts';
import type { Transaction } from '../transaction.ts';
import { type PaymentIntent, type PaymentIntentStatus, paymentIntentStatuses } from './payment-intent.ts';
import {
  applyToPaymentIntent,
  duePaymentIntentCommand,
  newPaymentIntent,
  type PaymentIntentCommand,
  paymentIntentTable,
} from './payment-intent-machine.ts';

const card = { maskedNumber: '52000000****1005' } as CardSummary;
const transaction: Transaction = { transactionId: 't', at: 5, responseCode: '00', authCode: '123456', avsResult: null };
const session = { secret: 's', expiresAt: 99 };
const attemptId = 'att_1';
const late = 10_000;

const created = newPaymentIntent(
  {
    id: 'pi',
    accountId: 'acc',
    expireAt: 2_000,
    session,
    setupIntentId: 'si',
    terms: {
      reference: 'r',
      amount: { amountMinor: 1000, currency: 'GBP' },
      tipsAmount: null,
      captureMode: 'Auto',
      autoExpire: null,
      echo: {},
    },
  },
  1_000,
).intent;

const inStatus = (status: PaymentIntentStatus, liveAttemptId: string | null = null): PaymentIntent => ({
  ...created,
  status,
  liveAttemptId,
});

const commands: { readonly [type in PaymentIntentCommand['type']]: PaymentIntentCommand } = {
  'begin-charge': { type: 'begin-charge', attemptId },
  capture: { type: 'capture', attemptId, transaction, card },
  'note-declined-charge': { type: 'note-declined-charge', attemptId, transaction, card },
  'note-unknown-charge': { type: 'note-unknown-charge', attemptId, card },
  'note-reversed-charge': { type: 'note-reversed-charge', attemptId, transaction, card },
  'note-failed-charge': { type: 'note-failed-charge', attemptId, card },
  cancel: { type: 'cancel' },
  expire: { type: 'expire' },
  'refresh-session': { type: 'refresh-session', session },
};
const ofAnAttempt = (type: string) => type === 'capture' || type.startsWith('note-');

for (const status of paymentIntentStatuses) {
  for (const command of Object.values(commands)) {
    const rule = paymentIntentTable[status][command.type];
    const outcome =
      'refusal' in rule ? `refuses ${command.type} with ${rule.refusal}` : `goes to ${rule.to} on ${command.type}`;
    test(`${status} ${outcome}`, () => {
      const intent = inStatus(status, ofAnAttempt(command.type) ? attemptId : null);
      const moved = applyToPaymentIntent(intent, command, late);
      if ('refusal' in rule) {
        assert.deepEqual(moved, { ok: false, error: rule.refusal });
        return;
      }
      assert.ok(moved.ok);
      assert.equal(moved.value.intent.status, rule.to);
      assert.equal(moved.value.events[0]?.type ?? null, rule.event);
      assert.equal(moved.value.intent.eventCount, intent.eventCount + moved.value.events.length);
    });
  }
}

test('only an unpaid intent can move, and only to Captured or Canceled', () => {
  const arrows = paymentIntentStatuses.flatMap((status) =>
    Object.values(paymentIntentTable[status]).flatMap((rule) =>
      'refusal' in rule || rule.to === status ? [] : [`${status}>${rule.to}`],
    ),
  );
  assert.deepEqual([...new Set(arrows)].sort(), ['Created>Canceled', 'Created>Captured']);
});

test('while an attempt is live, it can be neither canceled, voided nor charged again', () => {
  for (const type of ['begin-charge', 'cancel', 'expire'] as const) {
    assert.deepEqual(applyToPaymentIntent(inStatus('Created', 'att_2'), commands[type], late), {
      ok: false,
      error: 'charge-pending',
    });
  }
});

test('refuses the outcome of an attempt that is not the live one', () => {
  for (const command of Object.values(commands).filter(({ type }) => ofAnAttempt(type))) {
    assert.deepEqual(applyToPaymentIntent(inStatus('Created', 'att_2'), command, late), {
      ok: false,
      error: 'attempt-not-live',
    });
  }
});

test('a capture keeps the transaction and the card that paid', () => {
  const moved = applyToPaymentIntent(inStatus('Created', attemptId), commands.capture, late);
  assert.ok(moved.ok);
  assert.deepEqual(moved.value.intent.payment, { transaction, card });
  assert.equal(moved.value.intent.liveAttemptId, null);
});

test('an unpaid intent is voided at its moment and not a millisecond before', () => {
  assert.equal(duePaymentIntentCommand(inStatus('Created'), 1_999), null);
  assert.deepEqual(duePaymentIntentCommand(inStatus('Created'), 2_000), { type: 'expire' });
  assert.equal(duePaymentIntentCommand(inStatus('Captured'), late), null);
  assert.equal(duePaymentIntentCommand(inStatus('Created', attemptId), late), null);
});
