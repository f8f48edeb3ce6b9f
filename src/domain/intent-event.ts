import type { CardSummary } from './card-summary.ts';
import type { Transaction } from './transaction.ts';

/** The API's names for what can happen to an intent (`setupEvents[].eventType`), and one of ours that no answer shows. */
export const intentEventTypes = [
  'Created',
  'Authorized',
  'Captured',
  'Reversed',
  'Refunded',
  'Canceled',
  'AuthChallenged',
  'Declined',
  'ManualAuthReady',
  'Error',
  'Unknown',
  'ReceiptRequested',
] as const;
export type IntentEventType = (typeof intentEventTypes)[number];

/**
 * One thing that happened to one intent. Commits with the change that caused it; never changed afterwards.
 * `Canceled` is also the type of the ends that the API has no event for: the `status` beside it says which.
 */
export type IntentEvent = {
  /** 1, 2, 3 … without a gap within the intent. */
  readonly sequence: number;
  readonly type: IntentEventType;
  /** The intent's status after it; differs from the one before exactly when `statusChanged`. */
  readonly status: string;
  readonly statusChanged: boolean;
  /** Milliseconds since 1970, in the account's time. */
  readonly at: number;
  readonly transaction: Transaction | null;
  readonly card: CardSummary | null;
};
