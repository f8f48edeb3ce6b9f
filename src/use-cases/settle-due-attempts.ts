import type { UseCaseContext } from './context.ts';
import { settleChargeAttempt } from './settle-charge-attempt.ts';

/** How many attempts one round asks the acquirer about at the same time: a crowd of them must not flood an acquirer that is ill. */
const batchSize = 20;

/**
 * Settles the attempts that nobody waits for any more: those left by a crash, and those told `Failed`.
 * One that cannot be settled never keeps the others from it.
 * @returns whether there may be more
 */
export const settleDueAttempts = async (context: UseCaseContext): Promise<boolean> => {
  const attempts = await context.store.unsettledAttempts(context.clock.now(), batchSize);
  const settled = await Promise.allSettled(attempts.map((attempt) => settleChargeAttempt(context, attempt)));
  for (const outcome of settled) {
    if (outcome.status === 'rejected') context.onFault(outcome.reason, 'settle: an attempt could not be settled');
  }
  return attempts.length === batchSize && settled.every((outcome) => outcome.status === 'fulfilled');
};
