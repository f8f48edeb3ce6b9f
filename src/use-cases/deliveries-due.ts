import type { Subscription } from '../domain/webhook/subscription.ts';
import { accountNow, type UseCaseContext } from './context.ts';
import type { DueWork } from './due-work.ts';

/** Real time between two looks at what the relay has done: a part of what it takes to notice that something is due. */
const lookMs = 25;
/** Longer than the slowest answer of a receiver (10 s) and the relay's own steps before and after it. */
const patienceMs = 12_000;
const pageSize = 500;

/** What is due to a subscription at once, whatever the clock says. */
const overdue = 0;

/**
 * Webhook deliveries, as the account's time makes them due. The relay delivers, on whichever node it runs; this waits until
 * it has, so that a clock that is moved on does not run past first attempts and retries.
 * @param pause lets real time pass
 */
export const deliveriesDue = (pause: (ms: number) => Promise<void>): DueWork => ({
  nextDueAt,
  runDue: async (context, account) => {
    const now = accountNow(context, account);
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += lookMs) {
      const next = await nextDueAt(context, account.id);
      if (next === null || next > now) return waitedMs === 0 ? 0 : 1;
      await pause(lookMs);
    }
    return 0;
  },
});

const nextDueAt = async (context: UseCaseContext, accountId: string): Promise<number | null> => {
  const subscriptions = await context.store.webhookSubscriptions(accountId);
  if (subscriptions.length === 0) return null;
  for (const subscription of subscriptions) if (await isBehind(context, subscription)) return overdue;
  return context.store.nextDeliveryDueAt(accountId);
};

/** Whether something happened that an active subscription is to be told and that is neither told nor put off. */
const isBehind = async ({ store }: UseCaseContext, subscription: Subscription): Promise<boolean> => {
  const progress = await store.webhookProgress(subscription.id);
  if (progress?.state !== 'active') return false;
  for (let after = progress.position; ; ) {
    const events = await store.notifiedEvents(subscription.accountId, after, Number.MAX_SAFE_INTEGER, pageSize);
    if (events.some(({ names }) => names.some((name) => subscription.events.includes(name)))) return true;
    if (events.length < pageSize) return false;
    after = events.at(-1)?.position ?? after;
  }
};
