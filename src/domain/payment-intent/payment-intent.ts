import type { CardSummary } from '../card-summary.ts';
import type { ClientSession } from '../client-session.ts';
import type { Money } from '../money.ts';
import type { Transaction } from '../transaction.ts';

export const paymentIntentStatuses = ['Created', 'Authorized', 'Captured', 'Reversed', 'Refunded', 'Canceled'] as const;
export type PaymentIntentStatus = (typeof paymentIntentStatuses)[number];

/** What the merchant asked for, kept as it was sent and validated. */
export type PaymentIntentTerms = {
  readonly reference: string;
  readonly amount: Money;
  /** Paid on top of the amount, in its currency, as the two below. */
  readonly tipsAmount: Money | null;
  readonly serviceChargeAmount: Money | null;
  readonly cashbackAmount: Money | null;
  readonly captureMode: 'Auto' | 'Manual';
  /** Only with `captureMode: Manual`: how long an authorisation waits for its capture, and what happens then. */
  readonly autoExpire: { readonly inMs: number; readonly action: 'Release' | 'Capture' } | null;
  /** Fields that are only given back: customer, itemLines, config, metadata, … */
  readonly echo: Readonly<Record<string, unknown>>;
};

/** A wish to be paid once. Times are milliseconds since 1970, in the account's time. */
export type PaymentIntent = {
  readonly id: string;
  readonly accountId: string;
  /** Counts the saves; a save names the version it read. */
  readonly version: number;
  /** Counts the events; the next event takes the next number. */
  readonly eventCount: number;
  readonly status: PaymentIntentStatus;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expireAt: number;
  readonly session: ClientSession;
  readonly terms: PaymentIntentTerms;
  /** The card on file that pays it, for a merchant-initiated charge. */
  readonly setupIntentId: string | null;
  /** The approved charge and the card that paid. */
  readonly payment: { readonly transaction: Transaction; readonly card: CardSummary } | null;
  /** What was given back. */
  readonly refundedAmountMinor: number;
  /** What refunds that are not settled yet hold: together with what was given back, never more than was captured. */
  readonly refundingAmountMinor: number;
  /** The one charge attempt that is under way or unknown; while set, nothing else may happen to the intent. */
  readonly liveAttemptId: string | null;
};

/** 30 days, where the merchant names no `expireAt` (the API's documentation). */
export const paymentIntentLifetimeMs = 30 * 24 * 60 * 60 * 1000;
