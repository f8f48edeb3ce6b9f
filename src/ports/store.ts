import type { Account, ApiKey } from '../domain/account.ts';
import type { ChargeAttempt } from '../domain/charge-attempt/charge-attempt.ts';
import type { IntentEvent } from '../domain/intent-event.ts';
import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import type { Result } from '../domain/result.ts';
import type { Refund } from '../domain/refund/refund.ts';
import type { SetupIntent } from '../domain/setup-intent/setup-intent.ts';
import type { EventNotice } from '../domain/webhook/notification.ts';
import type { WebhookChange, WebhookReads } from './webhook-store.ts';

/**
 * Durable state. Reads see only what is committed. A write is a list of changes that happen together or not at all;
 * there is no open transaction to hold, so no network call can happen inside one.
 */
export type Store = WebhookReads & {
  setupIntent(id: string): Promise<SetupIntent | undefined>;
  paymentIntent(id: string): Promise<PaymentIntent | undefined>;
  chargeAttempt(id: string): Promise<ChargeAttempt | undefined>;
  /** The one attempt on a setup intent that is live or approved. */
  heldOrPaidAttempt(setupIntentId: string): Promise<ChargeAttempt | undefined>;
  refund(id: string): Promise<Refund | undefined>;
  /** Oldest first. */
  intentEvents(intentId: string): Promise<readonly IntentEvent[]>;
  /** The key with this SHA-256 (hex) and its account; revoked keys are not found. */
  apiKeyByHash(hash: string): Promise<{ readonly key: ApiKey; readonly account: Account } | undefined>;
  account(id: string): Promise<Account | undefined>;
  accounts(): Promise<readonly Account[]>;
  apiKeys(accountId: string): Promise<readonly ApiKey[]>;
  rememberedAnswer(key: string): Promise<RememberedAnswer | undefined>;
  /** Whether any that is complete was created before that. */
  hasAnswersBefore(createdBefore: number): Promise<boolean>;
  /** Ids of intents whose next due moment has passed in their account's time, soonest first. */
  dueSetupIntentIds(now: number, limit: number): Promise<readonly string[]>;
  duePaymentIntentIds(now: number, limit: number): Promise<readonly string[]>;
  /** The soonest moment, in the account's time, at which an intent of this account moves by itself; null when none will. */
  nextDueIntentAt(accountId: string): Promise<number | null>;
  /** As the two before, of one account and by its own time. */
  dueIntentIdsOf(
    accountId: string,
    now: number,
    limit: number,
  ): Promise<{ readonly setupIntentIds: readonly string[]; readonly paymentIntentIds: readonly string[] }>;
  /** The cards that the vault keeps for an account, in no order. */
  cardReferencesOf(accountId: string): Promise<readonly string[]>;
  /** Attempts that are pending or unknown and whose `settleAfter` has passed in real time, soonest first. */
  unsettledAttempts(now: number, limit: number): Promise<readonly ChargeAttempt[]>;
  /** The same of refunds. */
  unsettledRefunds(now: number, limit: number): Promise<readonly Refund[]>;
  /** Ended setup intents whose card the vault still keeps. */
  endedSetupIntentsWithCard(limit: number): Promise<readonly SetupIntent[]>;

  /**
   * Applies all changes in one durable transaction, after its fsync answers. A conflict means that nothing was applied.
   * Throws `StoreUnavailable` when the database cannot be reached or written.
   */
  commit(changes: readonly Change[]): Promise<Result<void, CommitConflict>>;
  /**
   * Makes the partitions that are about to be needed and drops what has passed its time. Absent where tables are not in
   * partitions, and rows are deleted instead.
   */
  keepPartitions?(times: PartitionTimes): Promise<PartitionsKept>;
  /** Answers when the database can be read and written; throws `StoreUnavailable` otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
};

/** Real time, in milliseconds since 1970. */
export type PartitionTimes = {
  readonly now: number;
  /** Notes of deliveries from before may go. */
  readonly notesBefore: number;
  /** Events may go where all of a month's intents had none since; null: none ever. */
  readonly eventsBefore: number | null;
};

export type PartitionsKept = {
  readonly added: readonly string[];
  /** How many rows (of a thousand at most in each table) had come where no partition was made for them. They have one now. */
  readonly strays: number;
};

/**
 * - `stale`: an object was saved by somebody else since it was read; read again and decide anew.
 * - `live-attempt`: the setup intent already has an attempt that is live or approved.
 * - `answer-exists`: another request with this idempotency key got here first.
 * - `account-name-taken`: another account has this name.
 * - `target-taken`: another subscription of the account has this address and event.
 */
export type CommitConflict = 'stale' | 'live-attempt' | 'answer-exists' | 'account-name-taken' | 'target-taken';

export type Change =
  | WebhookChange
  | { readonly kind: 'insert-setup-intent'; readonly setupIntent: SetupIntent }
  /** `version` is already the new one; the row must still have the one before. So for every `save-…`. */
  | { readonly kind: 'save-setup-intent'; readonly setupIntent: SetupIntent }
  | { readonly kind: 'insert-payment-intent'; readonly paymentIntent: PaymentIntent }
  | { readonly kind: 'save-payment-intent'; readonly paymentIntent: PaymentIntent }
  | { readonly kind: 'insert-charge-attempt'; readonly chargeAttempt: ChargeAttempt }
  | { readonly kind: 'save-charge-attempt'; readonly chargeAttempt: ChargeAttempt }
  | { readonly kind: 'insert-refund'; readonly refund: Refund }
  | { readonly kind: 'save-refund'; readonly refund: Refund }
  | {
      readonly kind: 'append-event';
      readonly eventId: string;
      readonly accountId: string;
      readonly intentId: string;
      readonly event: IntentEvent /** What subscribers are told of it. */;
      readonly notice: EventNotice | null;
    }
  | { readonly kind: 'insert-answer'; readonly answer: RememberedAnswer }
  /** Fills in the answer of a key that was inserted without one. */
  | { readonly kind: 'complete-answer'; readonly key: string; readonly status: number; readonly body: string }
  /** Frees a key that was inserted without an answer; no error when it has one. Only where nothing was done under it. */
  | { readonly kind: 'release-answer'; readonly key: string }
  /** Makes room for a key that lapsed; no error when it is gone already. */
  | { readonly kind: 'delete-answer'; readonly key: string; readonly createdBefore: number }
  | { readonly kind: 'delete-answers-before'; readonly createdBefore: number; readonly limit: number }
  | { readonly kind: 'insert-account'; readonly account: Account }
  /** Moves a sandbox clock on; `stale` when it is further already, for time never goes back. */
  | { readonly kind: 'advance-account-clock'; readonly accountId: string; readonly clockAheadMs: number }
  /** Sets a sandbox clock to real time; `stale` while an attempt or a refund of the account is live. For emptying an account only. */
  | { readonly kind: 'reset-account-clock'; readonly accountId: string }
  /** Deletes every such object of an account; what refers to others goes before them. */
  | { readonly kind: 'delete-of-account'; readonly accountId: string; readonly what: ObjectsOfAccount }
  | { readonly kind: 'insert-api-key'; readonly apiKey: ApiKey }
  | { readonly kind: 'revoke-api-key'; readonly id: string; readonly revokedAt: number };

/** In the order in which they can be deleted. */
export const objectsOfAccount = [
  'answers',
  'intent-events',
  'notifications',
  'refunds',
  'charge-attempts',
  'payment-intents',
  'setup-intents',
] as const;
export type ObjectsOfAccount = (typeof objectsOfAccount)[number];

/** What an idempotency key was used for, and what was answered. `status` and `body` are null while its charge or refund is under way. */
export type RememberedAnswer = {
  /** Account, operation and the caller's key in one text. */
  readonly key: string;
  /** The SHA-256 of the request (hex), so that another body under the same key is noticed. */
  readonly fingerprint: string;
  readonly status: number | null;
  readonly body: string | null;
  /** In the account's time. */
  readonly createdAt: number;
};

/**
 * The database cannot be reached or written. Whether a write that fails so took place, only a read can tell: the connection
 * may have ended behind its COMMIT.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
