import type { Account } from '../domain/account.ts';
import { ok, type Result } from '../domain/result.ts';
import type { DeliveryRecord, ParkedDelivery, SubscriptionProgress } from '../domain/webhook/delivery.ts';
import type { NotifiedEvent } from '../domain/webhook/notification.ts';
import type { Problem } from '../problems/problems.ts';
import type { UseCaseContext } from './context.ts';
import { readSubscription } from './read-subscriptions.ts';

/** What is left to do for a subscription, and what was done lately. */
export type DeliveriesView = {
  readonly progress: SubscriptionProgress;
  /** How many of its events it has not come to yet, counted up to a thousand. */
  readonly behind: number;
  readonly waiting: readonly { readonly delivery: ParkedDelivery; readonly event: NotifiedEvent }[];
  /** Newest first. */
  readonly records: readonly DeliveryRecord[];
  /** Where to go on reading, or null at the end. */
  readonly next: number | null;
};

const behindMax = 1_000;
const pagesMax = 20;
const waitingMax = 100;

/** Reads whole pages until there are enough records: a cursor names a page, so none is read twice. */
export const readDeliveries = async (
  context: Pick<UseCaseContext, 'store'>,
  input: { readonly account: Account; readonly id: string; readonly before: number | null; readonly limit: number },
): Promise<Result<DeliveriesView, Problem>> => {
  const { store } = context;
  const subscription = await readSubscription(context, input);
  if (!subscription.ok) return subscription;
  const progress = await store.webhookProgress(input.id);
  if (progress === undefined) throw new Error('a subscription has no progress');
  const records: DeliveryRecord[] = [];
  let before = input.before ?? Number.MAX_SAFE_INTEGER;
  let isEnd = false;
  for (let pages = 0; pages < pagesMax && records.length < input.limit && !isEnd; pages++) {
    const [page] = await store.deliveryPages(input.id, before, 1);
    isEnd = page === undefined;
    if (page === undefined) break;
    records.push(...page.records.toReversed());
    before = page.id;
  }
  const isFirstPage = input.before === null;
  const parked = isFirstPage ? await store.parkedDeliveries(input.id, waitingMax) : [];
  const waiting: { delivery: ParkedDelivery; event: NotifiedEvent }[] = [];
  for (const delivery of parked) {
    const event = await store.notifiedEvent(input.account.id, delivery.position);
    if (event !== undefined) waiting.push({ delivery, event });
  }
  const after = await store.notifiedEvents(input.account.id, progress.position, Number.MAX_SAFE_INTEGER, behindMax);
  const behind = after.filter(({ names }) => names.some((name) => subscription.value.events.includes(name))).length;
  return ok({ progress, behind, waiting, records, next: isEnd ? null : before });
};
