import type { CardSummary } from '../card-summary.ts';
import type { ClientSession } from '../client-session.ts';
import { type Result, refuse } from '../result.ts';
import type { Transaction } from '../transaction.ts';
import { createdEvent, follow, type Moved, type Rule } from '../transition.ts';
import type { PaymentIntent, PaymentIntentStatus } from './payment-intent.ts';
import { totalAmount } from './total-amount.ts';

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
  | { readonly type: 'begin-refund'; readonly amountMinor: number }
  /** `refund-rest` gives back all that was left; the two are told apart by `refundCommand`. */
  | { readonly type: 'refund-part' | 'refund-rest'; readonly amountMinor: number; readonly transaction: Transaction }
  | { readonly type: 'note-declined-refund'; readonly amountMinor: number; readonly transaction: Transaction }
  | { readonly type: 'note-failed-refund'; readonly amountMinor: number }
  | { readonly type: 'request-receipt' }
  | { readonly type: 'cancel' }
  | { readonly type: 'expire' }
  | { readonly type: 'refresh-session'; readonly session: ClientSession };

export type PaymentIntentRefusal =
  | 'payment-intent-already-paid'
  | 'payment-intent-ended'
  | 'payment-intent-not-paid'
  | 'payment-intent-refunded'
  | 'refund-too-large'
  | 'refund-pending'
  | 'charge-pending'
  | 'not-due'
  | 'attempt-not-live'
  | 'refund-not-reserved';

/** Refusals that no caller can bring about. */
type BugRefusal = Extract<PaymentIntentRefusal, 'not-due' | 'attempt-not-live' | 'refund-not-reserved'>;

/** Whether a refusal has to be thrown: a use case that meets one asked what it should not have. */
export const isBug = (refusal: string): refusal is BugRefusal =>
  refusal === 'not-due' || refusal === 'attempt-not-live' || refusal === 'refund-not-reserved';

/**
 * Why each exit exists:
 *
 * **Created** waits to be paid. An approved charge captures it, the full amount at once. A charge that was declined, lost,
 * reversed or never sent is noted and leaves it payable. The merchant may cancel it; `expireAt` voids it, which the API
 * shows as Canceled too, so that a forgotten intent cannot take money later.
 *
 * **Authorized** is reached by a manual capture mode only, at the checkout; a stored card is never charged in two steps.
 *
 * **Captured** has the money: it cannot be paid again, and only giving money back can move it. A refund reserves its amount
 * before anything leaves and ends the reservation when it is settled; a part that is given back leaves it Captured, with more
 * to refund, and the last part moves it. A receipt can be asked for as often as the customer wants one.
 *
 * **Refunded** has given everything back; the customer may still want a receipt of what was paid.
 *
 * **Reversed, Canceled** are ends.
 */
const ended = { refusal: 'payment-intent-ended' } as const;
const paid = { refusal: 'payment-intent-already-paid' } as const;
const unpaid = { refusal: 'payment-intent-not-paid' } as const;
const refunded = { refusal: 'payment-intent-refunded' } as const;
const unreserved = { refusal: 'refund-not-reserved' } as const;
const receipt = { event: 'ReceiptRequested' } as const;

const end = {
  'begin-charge': ended,
  capture: ended,
  'note-declined-charge': ended,
  'note-unknown-charge': ended,
  'note-reversed-charge': ended,
  'note-failed-charge': ended,
  'begin-refund': ended,
  'refund-part': unreserved,
  'refund-rest': unreserved,
  'note-declined-refund': unreserved,
  'note-failed-refund': unreserved,
  'request-receipt': ended,
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
    'begin-refund': unpaid,
    'refund-part': unreserved,
    'refund-rest': unreserved,
    'note-declined-refund': unreserved,
    'note-failed-refund': unreserved,
    'request-receipt': unpaid,
    cancel: { to: 'Canceled', event: 'Canceled' },
    expire: { to: 'Canceled', event: 'Canceled' },
    'refresh-session': { to: 'Created', event: null },
  },
  Authorized: { ...end, 'begin-charge': paid, 'begin-refund': unpaid, 'request-receipt': unpaid },
  Captured: {
    ...end,
    'begin-charge': paid,
    'begin-refund': { to: 'Captured', event: null },
    'refund-part': { to: 'Captured', event: 'Refunded' },
    'refund-rest': { to: 'Refunded', event: 'Refunded' },
    'note-declined-refund': { to: 'Captured', event: 'Declined' },
    'note-failed-refund': { to: 'Captured', event: 'Error' },
    'request-receipt': { to: 'Captured', ...receipt },
  },
  Reversed: { ...end, 'begin-charge': paid },
  Refunded: {
    ...end,
    'begin-charge': paid,
    'begin-refund': refunded,
    'request-receipt': { to: 'Refunded', ...receipt },
  },
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
  if (isOfRefund(command)) return applyRefund(intent, command, rule, now);
  switch (command.type) {
    case 'begin-charge':
      return follow(intent, rule, now, { liveAttemptId: command.attemptId }, {});
    case 'cancel':
    case 'request-receipt':
      return follow(intent, rule, now, {}, {});
    case 'expire':
      if (!('refusal' in rule) && duePaymentIntentCommand(intent, now) === null) return refuse('not-due');
      return follow(intent, rule, now, {}, {});
  }
};

type RefundCommand = Extract<PaymentIntentCommand, { readonly amountMinor: number }>;

const isOfRefund = (command: PaymentIntentCommand): command is RefundCommand => 'amountMinor' in command;

/**
 * Reserves, or ends a reservation. What is given back and what is reserved are never more than was captured, together: the
 * save that this leads to names the version that it was decided on, so no node can reserve beside another.
 */
const applyRefund = (
  intent: PaymentIntent,
  command: RefundCommand,
  rule: Rule<PaymentIntentStatus, PaymentIntentRefusal>,
  now: number,
): Result<Moved<PaymentIntent>, PaymentIntentRefusal> => {
  if ('refusal' in rule) return refuse(rule.refusal);
  const { refundedAmountMinor: given, refundingAmountMinor: reserved } = intent;
  const { amountMinor } = command;
  if (command.type === 'begin-refund') {
    const left = totalAmount(intent).amountMinor - given;
    if (amountMinor > left) return refuse('refund-too-large');
    if (amountMinor > left - reserved) return refuse('refund-pending');
    return follow(intent, rule, now, { refundingAmountMinor: reserved + amountMinor }, {});
  }
  if (amountMinor > reserved) return refuse('refund-not-reserved');
  const released = { refundingAmountMinor: reserved - amountMinor };
  const transaction = 'transaction' in command ? command.transaction : null;
  const evidence = { transaction, card: intent.payment?.card ?? null };
  if (command.type === 'note-declined-refund' || command.type === 'note-failed-refund')
    return follow(intent, rule, now, released, evidence);
  if (command.type !== refundCommandType(intent, amountMinor)) return refuse('refund-not-reserved');
  return follow(intent, rule, now, { ...released, refundedAmountMinor: given + amountMinor }, evidence);
};

const refundCommandType = (intent: PaymentIntent, amountMinor: number): 'refund-part' | 'refund-rest' =>
  intent.refundedAmountMinor + amountMinor === totalAmount(intent).amountMinor ? 'refund-rest' : 'refund-part';

/** The command of an approved refund: giving back the last of the money is an end, giving back a part is not. */
export const refundCommand = (
  intent: PaymentIntent,
  amountMinor: number,
  transaction: Transaction,
): PaymentIntentCommand => ({ type: refundCommandType(intent, amountMinor), amountMinor, transaction });

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
    refundingAmountMinor: 0,
    liveAttemptId: null,
  };
  return { intent, events: [createdEvent(now)] };
};
