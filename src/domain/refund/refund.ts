import type { Money } from '../money.ts';
import type { Transaction } from '../transaction.ts';

/**
 * - `pending`: durable before the message leaves; only its caller sends it, and waits.
 * - `unknown`: the acquirer may have it: its answer is missing, or a worker is asking in the place of a caller that is gone.
 * - `refunded`, `declined`: the acquirer said so and the books hold it.
 * - `failed`: nothing ever left the vault.
 */
export const refundStates = ['pending', 'unknown', 'refunded', 'declined', 'failed'] as const;
export type RefundState = (typeof refundStates)[number];

/** Money on its way back to a customer. Its id is what the acquirer knows it by: a message that comes again moves nothing more. */
export type Refund = {
  readonly id: string;
  readonly accountId: string;
  readonly paymentIntentId: string;
  /** Counts the saves; a save names the version it read. */
  readonly version: number;
  readonly state: RefundState;
  /** The charge that it gives back. */
  readonly attemptId: string;
  readonly amount: Money;
  readonly reason: string | null;
  readonly notes: string | null;
  readonly startedAt: number;
  /** Real time after which a pending refund's caller is gone, or the next try to settle an unknown one. */
  readonly settleAfter: number;
  /** How often settling has been tried. */
  readonly settleTries: number;
  readonly transaction: Transaction | null;
  /** The remembered answer that this refund must complete, when the call carried an idempotency key. */
  readonly answerKey: string | null;
  /** Of the call that asked for it (W3C trace context): whoever completes the answer, a refusal names the same trace. */
  readonly traceId: string;
};
