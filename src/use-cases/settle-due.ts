import type { Store } from '../ports/store.ts';
import type { UseCaseContext } from './context.ts';
import { settleChargeAttempt } from './settle-charge-attempt.ts';
import { settleRefund } from './settle-refund.ts';

/** How many one round asks the acquirer about at the same time: a crowd of them must not flood an acquirer that is ill. */
const batchSize = 20;

/** A round that settles what is due; one that cannot be settled never keeps the others from it. Tells whether there may be more. */
const settleDue =
  <T>(
    what: string,
    find: (store: Store, now: number) => Promise<readonly T[]>,
    settle: (context: UseCaseContext, found: T) => Promise<void>,
  ) =>
  async (context: UseCaseContext): Promise<boolean> => {
    const due = await find(context.store, context.clock.now());
    const settled = await Promise.allSettled(due.map((found) => settle(context, found)));
    for (const outcome of settled) {
      if (outcome.status === 'rejected') context.onFault(outcome.reason, `settle: ${what} could not be settled`);
    }
    return due.length === batchSize && settled.every((outcome) => outcome.status === 'fulfilled');
  };

/** Settles the attempts that nobody waits for any more: those left by a crash, and those told `Failed`. */
export const settleDueAttempts = settleDue(
  'an attempt',
  (store, now) => store.unsettledAttempts(now, batchSize),
  settleChargeAttempt,
);

/** Settles the refunds that nobody waits for any more: those left by a crash, and those that the acquirer did not answer. */
export const settleDueRefunds = settleDue(
  'a refund',
  (store, now) => store.unsettledRefunds(now, batchSize),
  settleRefund,
);
