import type { Money } from '../money.ts';
import type { Transaction } from '../transaction.ts';

/**
 * - `pending`: durable before the message leaves; the caller has not been answered. Past `settleAfter` its caller counts as gone.
 * - `unknown`: the caller was told `Failed`, the acquirer may have acted: it will be reversed, never adopted.
 * - `approved`, `declined`: the acquirer said so and the books hold it.
 * - `reversed`: the acquirer confirmed that no money moves, now or later.
 * - `failed`: nothing ever left the vault.
 */
export const chargeAttemptStates = ['pending', 'unknown', 'approved', 'declined', 'reversed', 'failed'] as const;
export type ChargeAttemptState = (typeof chargeAttemptStates)[number];

/** One try to move money, with the id that the acquirer knows it by. At most one per setup intent is live or approved. */
export type ChargeAttempt = {
  readonly id: string;
  readonly accountId: string;
  readonly paymentIntentId: string;
  readonly setupIntentId: string;
  readonly version: number;
  readonly state: ChargeAttemptState;
  readonly amount: Money;
  readonly startedAt: number;
  /** Real time after which a pending attempt's caller can no longer be answered, or the next try to settle an unknown one. */
  readonly settleAfter: number;
  /** How often settling has been tried. */
  readonly settleTries: number;
  readonly transaction: Transaction | null;
  /** The remembered answer that this attempt must complete, when the call carried an idempotency key. */
  readonly answerKey: string | null;
};
