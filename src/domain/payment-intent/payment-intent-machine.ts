import type { CardSummary } from '../card-summary.ts';
import type { ClientSession } from '../client-session.ts';
import { type Result, refuse } from '../result.ts';
import type { Transaction } from '../transaction.ts';
import { createdEvent, follow, type Moved, type Rule } from '../transition.ts';
import type { PaymentIntent, PaymentIntentStatus } from './payment-intent.ts';

/** What can be asked of a payment intent. The commands of a charge name the attempt that they belong to. */
export type PaymentIntentCommand =
  | { readonly type: 'begin-charge'; readonly attemptId: string }
  | {
      readonly type: 'capture';
      readonly attemptId: string;
      readonly transaction: Transaction;
      readonly card: CardSummary;
    }
  | {
      readonly type: 'note-declined-charge';
      readonly attemptId: string;
      readonly transaction: Transaction;
      readonly card: CardSummary;
    }
  | { readonly type: 'note-unknown-charge'; readonly attemptId: string; readonly card: CardSummary }
  | {
      readonly type: 'note-reversed-charge';
      readonly attemptId: string;
      readonly transaction: Transaction;
      readonly card: CardSummary;
    }
  | { readonly type: 'note-failed-charge'; readonly attemptId: string; readonly card: CardSummary }
  | { readonly type: 'cancel' }
  | { readonly type: 'expire' }
  | { readonly type: 'refresh-session'; readonly session: ClientSession };

export type PaymentIntentRefusal =
  | 'payment-intent-already-paid'
  | 'payment-intent-ended'
  | 'charge-pending'
  | 'not-due'
  | 'attempt-not-live';

/**
 * Why each exit exists:
 *
 * **Created** waits to be paid. An approved charge captures it, the full amount at once. A charge that was declined, lost,
 * reversed or never sent is noted and leaves it payable. The merchant may cancel it; `expireAt` voids it, which the API
 * shows as Canceled too, so that a forgotten intent cannot take money later.
 *
 * **Authorized** is reached by a manual capture mode only, at the checkout; a stored card is never charged in two steps.
 *
 * **Captured** has the money: it cannot be paid again, and only giving money back can move it.
 *
 * **Reversed, Refunded, Canceled** are ends.
 */
const ended = { refusal: 'payment-intent-ended' } as const;
const paid = { refusal: 'payment-intent-already-paid' } as const;

const end = {
  'begin-charge': ended,
  capture: ended,
  'note-declined-charge': ended,
  'note-unknown-charge': ended,
  'note-reversed-charge': ended,
  'note-failed-charge': ended,
  cancel: ended,
  expire: ended,
  'refresh-session': ended,
} as const satisfies Record<PaymentIntentCommand['type'], Rule<PaymentIntentStatus, PaymentIntentRefusal>>;

export const paymentIntentTable: Record<
  PaymentIntentStatus,
  Record<PaymentIntentCommand['type'], Rule<PaymentIntentStatus, PaymentIntentRefusal>>
> = {
  Created: {
    'begin-charge': { to: 'Created', event: null },
    capture: { to: 'Captured', event: 'Captured' },
    'note-declined-charge': { to: 'Created', event: 'Declined' },
    'note-unknown-charge': { to: 'Created', event: 'Unknown' },
    'note-reversed-charge': { to: 'Created', event: 'Reversed' },
    'note-failed-charge': { to: 'Created', event: 'Error' },
    cancel: { to: 'Canceled', event: 'Canceled' },
    expire: { to: 'Canceled', event: 'Canceled' },
    'refresh-session': { to: 'Created', event: null },
  },
  Authorized: { ...end, 'begin-charge': paid },
  Captured: { ...end, 'begin-charge': paid },
  Reversed: { ...end, 'begin-charge': paid },
  Refunded: { ...end, 'begin-charge': paid },
  Canceled: end,
};

/** The moment at which the intent is voided by itself, or null: when it is paid or ended, and while a charge holds it. */
export const paymentIntentDueAt = (intent: PaymentIntent): number | null =>
  intent.status === 'Created' && intent.liveAttemptId === null ? intent.expireAt : null;

/** The command that time itself gives, if its moment has come. */
export const duePaymentIntentCommand = (intent: PaymentIntent, now: number): PaymentIntentCommand | null => {
  const dueAt = paymentIntentDueAt(intent);
  return dueAt === null || now < dueAt ? null : { type: 'expire' };
};

/**
 * Moves a payment intent, or says why not. Pure; `now` is the account's time in milliseconds.
 * While an attempt is live, only its own commands and a new session secret are taken.
 */
export const applyToPaymentIntent = (
  intent: PaymentIntent,
  command: PaymentIntentCommand,
  now: number,
): Result<Moved<PaymentIntent>, PaymentIntentRefusal> => {
  const rule = paymentIntentTable[intent.status][command.type];
  if (isOutcomeOfCharge(command)) {
    if (!('refusal' in rule) && intent.liveAttemptId !== command.attemptId) return refuse('attempt-not-live');
    const transaction = 'transaction' in command ? command.transaction : null;
    const { card } = command;
    const live = command.type === 'note-unknown-charge' ? {} : { liveAttemptId: null };
    const payment = command.type === 'capture' ? { payment: { transaction: command.transaction, card } } : {};
    return follow(intent, rule, now, { ...live, ...payment }, { transaction, card });
  }
  if (command.type === 'refresh-session') return follow(intent, rule, now, { session: command.session }, {});
  if (intent.liveAttemptId !== null) return refuse('charge-pending');
  switch (command.type) {
    case 'begin-charge':
      return follow(intent, rule, now, { liveAttemptId: command.attemptId }, {});
    case 'cancel':
      return follow(intent, rule, now, {}, {});
    case 'expire':
      if (!('refusal' in rule) && duePaymentIntentCommand(intent, now) === null) return refuse('not-due');
      return follow(intent, rule, now, {}, {});
  }
};

type OutcomeCommand = Exclude<
  Extract<PaymentIntentCommand, { readonly attemptId: string }>,
  { readonly type: 'begin-charge' }
>;

const isOutcomeOfCharge = (command: PaymentIntentCommand): command is OutcomeCommand =>
  'attemptId' in command && command.type !== 'begin-charge';

/** A new payment intent, in status Created, with its first event. */
export const newPaymentIntent = (
  fields: Pick<PaymentIntent, 'id' | 'accountId' | 'expireAt' | 'session' | 'terms' | 'setupIntentId'>,
  now: number,
): Moved<PaymentIntent> => {
  const intent: PaymentIntent = {
    ...fields,
    version: 1,
    eventCount: 1,
    status: 'Created',
    createdAt: now,
    updatedAt: now,
    payment: null,
    refundedAmountMinor: 0,
    liveAttemptId: null,
  };
  return { intent, events: [createdEvent(now)] };
};
