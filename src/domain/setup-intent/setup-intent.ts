import type { CardSummary } from '../card-summary.ts';
import type { ClientSession } from '../client-session.ts';
import type { Money } from '../money.ts';
import type { Transaction } from '../transaction.ts';
import type { DeclinedCharge } from './retry-rules.ts';

export const setupIntentStatuses = [
  'Created',
  'Authorized',
  'Expired',
  'CardExpired',
  'Canceled',
  'Completed',
  'Closed',
] as const;
export type SetupIntentStatus = (typeof setupIntentStatuses)[number];

/** What the merchant asked for, kept as it was sent and validated; nothing in here decides anything. */
export type SetupIntentTerms = {
  readonly reference: string;
  readonly terms: string;
  readonly merchantInitiatedTransactionType: 'NoShow' | 'Unscheduled';
  readonly intendedAmount: Money | null;
  /** Fields that are only given back: customer, billingAddress, shippingDetails, config, metadata, … */
  readonly echo: Readonly<Record<string, unknown>>;
};

/** A card on file in the making: a customer's consent to one later charge. Times are milliseconds since 1970, in the account's time. */
export type SetupIntent = {
  readonly id: string;
  readonly accountId: string;
  /** Counts the saves; a save names the version it read. */
  readonly version: number;
  /** Counts the events; the next event takes the next number. */
  readonly eventCount: number;
  readonly status: SetupIntentStatus;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expireAt: number;
  readonly session: ClientSession;
  readonly terms: SetupIntentTerms;
  /** The kept card, from authorisation until the vault is told to forget it. */
  readonly cardReference: string | null;
  readonly card: CardSummary | null;
  /** The verification that authorised it. */
  readonly authorization: Transaction | null;
  /** The one charge attempt that is under way or unknown; while set, nothing else may happen to the intent. */
  readonly liveAttemptId: string | null;
  /** What the schemes' rules on retrying look at, oldest first. */
  readonly declinedCharges: readonly DeclinedCharge[];
};

/** 30 days, where the merchant names no `expireAt` (the guide). */
export const setupIntentLifetimeMs = 30 * 24 * 60 * 60 * 1000;
