import type { UseCaseContext } from './context.ts';
import { settleRefund } from './settle-refund.ts';

/** As for charges: a crowd must not flood an acquirer that is ill. */
const batchSize = 20;

/**
 * Settles the refunds that nobody waits for any more: those left by a crash, and those that the acquirer did not answer.
 * One that cannot be settled never keeps the others from it.
 * @returns whether there may be more
 */
export const settleDueRefunds = async (context: UseCaseContext): Promise<boolean> => {
  const refunds = await context.store.unsettledRefunds(context.clock.now(), batchSize);
  const settled = await Promise.allSettled(refunds.map((refund) => settleRefund(context, refund)));
  for (const outcome of settled) {
    if (outcome.status === 'rejected') context.onFault(outcome.reason, 'settle: a refund could not be settled');
  }
  return refunds.length === batchSize && settled.every((outcome) => outcome.status === 'fulfilled');
};
