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
  refundCommand,
} from './payment-intent-machine.ts';
import { totalAmount } from './total-amount.ts';

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
      serviceChargeAmount: null,
      cashbackAmount: null,
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
  'begin-refund': { type: 'begin-refund', amountMinor: 400 },
  'refund-part': { type: 'refund-part', amountMinor: 400, transaction },
  'refund-rest': { type: 'refund-rest', amountMinor: 400, transaction },
  'note-declined-refund': { type: 'note-declined-refund', amountMinor: 400, transaction },
  'note-failed-refund': { type: 'note-failed-refund', amountMinor: 400 },
  'request-receipt': { type: 'request-receipt' },
  cancel: { type: 'cancel' },
  expire: { type: 'expire' },
  'refresh-session': { type: 'refresh-session', session },
};
const ofAnAttempt = (type: string) => type === 'capture' || /^note-.*-charge$/.test(type);
/** What a refund that is under way has reserved, and what others have given back before it. */
const reservedFor = (type: string): Partial<PaymentIntent> =>
  type === 'begin-refund'
    ? {}
    : {
        refundingAmountMinor: 400,
        refundedAmountMinor: type === 'refund-rest' ? 600 : 0,
        payment: { transaction, card },
      };

for (const status of paymentIntentStatuses) {
  for (const command of Object.values(commands)) {
    const rule = paymentIntentTable[status][command.type];
    const outcome =
      'refusal' in rule ? `refuses ${command.type} with ${rule.refusal}` : `goes to ${rule.to} on ${command.type}`;
    test(`${status} ${outcome}`, () => {
      const live = inStatus(status, ofAnAttempt(command.type) ? attemptId : null);
      const intent = { ...live, ...reservedFor(command.type) };
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

test('an unpaid intent can only be paid or canceled, a paid one only refunded', () => {
  const arrows = paymentIntentStatuses.flatMap((status) =>
    Object.values(paymentIntentTable[status]).flatMap((rule) =>
      'refusal' in rule || rule.to === status ? [] : [`${status}>${rule.to}`],
    ),
  );
  assert.deepEqual([...new Set(arrows)].sort(), ['Captured>Refunded', 'Created>Canceled', 'Created>Captured']);
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

const paid = (over: Partial<PaymentIntent> = {}): PaymentIntent => ({
  ...inStatus('Captured'),
  payment: { transaction, card },
  ...over,
});
const begin = (intent: PaymentIntent, amountMinor: number) =>
  applyToPaymentIntent(intent, { type: 'begin-refund', amountMinor }, late);

test('a refund reserves its amount, and what is reserved cannot be reserved again', () => {
  const moved = begin(paid({ refundedAmountMinor: 300 }), 600);
  assert.ok(moved.ok);
  assert.equal(moved.value.intent.refundingAmountMinor, 600);
  assert.deepEqual(moved.value.events, []);
  assert.ok(begin(moved.value.intent, 100).ok);
  assert.deepEqual(begin(moved.value.intent, 101), { ok: false, error: 'refund-pending' });
  assert.deepEqual(begin(moved.value.intent, 701), { ok: false, error: 'refund-too-large' });
});

test('what was paid on top of the amount can be given back', () => {
  const gbp = (amountMinor: number) => ({ amountMinor, currency: 'GBP' }) as const;
  const onTop = { tipsAmount: gbp(50), serviceChargeAmount: gbp(7), cashbackAmount: gbp(300) };
  const whole = paid({ terms: { ...created.terms, ...onTop } });
  assert.deepEqual(totalAmount(whole), gbp(1357));
  assert.ok(begin(whole, 1357).ok);
  assert.deepEqual(begin(whole, 1358), { ok: false, error: 'refund-too-large' });
});

test('giving back a part leaves it Captured, giving back the rest makes it Refunded', () => {
  const reserved = paid({ refundingAmountMinor: 1000 });
  const part = applyToPaymentIntent(reserved, refundCommand(reserved, 400, transaction), late);
  assert.ok(part.ok);
  const { status, refundedAmountMinor, refundingAmountMinor } = part.value.intent;
  assert.deepEqual([status, refundedAmountMinor, refundingAmountMinor], ['Captured', 400, 600]);
  assert.deepEqual(part.value.events[0]?.transaction, transaction);
  const rest = applyToPaymentIntent(part.value.intent, refundCommand(part.value.intent, 600, transaction), late);
  assert.ok(rest.ok);
  assert.deepEqual([rest.value.intent.status, rest.value.intent.refundedAmountMinor], ['Refunded', 1000]);
});

test('a part cannot pass for the rest, nor the rest for a part', () => {
  const reserved = paid({ refundingAmountMinor: 1000 });
  for (const [type, amountMinor] of [
    ['refund-rest', 400],
    ['refund-part', 1000],
  ] as const)
    assert.deepEqual(applyToPaymentIntent(reserved, { type, amountMinor, transaction }, late), {
      ok: false,
      error: 'refund-not-reserved',
    });
});

test('a refund that was declined or never sent frees what it had reserved', () => {
  for (const type of ['note-declined-refund', 'note-failed-refund'] as const) {
    const moved = applyToPaymentIntent(paid({ refundingAmountMinor: 1000 }), commands[type], late);
    assert.ok(moved.ok);
    assert.deepEqual([moved.value.intent.refundingAmountMinor, moved.value.intent.refundedAmountMinor], [600, 0]);
    assert.ok(begin(moved.value.intent, 400).ok);
  }
});

test('refuses the end of a refund that reserved nothing', () => {
  for (const command of [commands['refund-part'], commands['note-declined-refund'], commands['note-failed-refund']])
    assert.deepEqual(applyToPaymentIntent(paid(), command, late), { ok: false, error: 'refund-not-reserved' });
});
