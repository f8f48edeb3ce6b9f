import type { Account } from '../domain/account.ts';
import { idMadeAt, isPlainId } from '../domain/ids.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import {
  type NotificationName,
  type NotifiedEvent,
  type Notification,
  renderNotification,
} from '../domain/webhook/notification.ts';
import { type Problem, problem } from '../problems/problems.ts';
import type { UseCaseContext } from './context.ts';

/** A notification with its place in the account's stream. */
export type PlacedNotification = Notification & {
  readonly position: number;
  readonly part: number;
  readonly event: NotifiedEvent;
};

/** How far apart the making of an id and its commit, and the clocks of two nodes, may be. */
const clockSlackMs = 10_000;
const pageSize = 500;

/**
 * The place before the first event of which `isBefore` is not true, or the newest event's where there is none.
 * The events must be in the order that it asks about, as they are in time but for the differences of clocks.
 */
export const placeBefore = async (
  context: Pick<UseCaseContext, 'store'>,
  accountId: string,
  isBefore: (event: NotifiedEvent) => boolean,
): Promise<number> => {
  const last = await context.store.lastEventPosition();
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [event] = await context.store.notifiedEvents(accountId, middle, last, 1);
    if (event === undefined || !isBefore(event)) high = middle;
    else low = event.position;
  }
  return low;
};

/**
 * An account's notifications after a position, in order, for whoever follows the stream by itself.
 * @param horizon behind this position, an event may still appear before others, and all are kept back
 * @param names only these; all where there are none
 * @returns the position to go on from, also where no notification was of interest
 */
export const readNotifications = async (
  context: Pick<UseCaseContext, 'store'>,
  input: {
    readonly account: Account;
    /** `newest`: nothing but what happens from now on. */
    readonly after: number | 'newest';
    readonly horizon: number;
    readonly limit: number;
    readonly names: readonly NotificationName[];
  },
): Promise<{
  readonly notifications: readonly PlacedNotification[];
  readonly next: number;
  readonly isKeptBack: boolean;
}> => {
  const { store } = context;
  if (input.after === 'newest') return { notifications: [], next: await store.lastEventPosition(), isKeptBack: false };
  const rows = await store.notifiedEvents(input.account.id, input.after, Number.MAX_SAFE_INTEGER, input.limit);
  const events = rows.filter(({ position }) => position <= input.horizon);
  const notifications = events
    .flatMap(placed)
    .filter(({ name }) => input.names.length === 0 || input.names.includes(name));
  return { notifications, next: events.at(-1)?.position ?? input.after, isKeptBack: events.length < rows.length };
};

const placed = (event: NotifiedEvent): readonly PlacedNotification[] =>
  event.names.map((_name, part) => ({ ...renderNotification(event, part), position: event.position, part, event }));

/** A notification by its id. */
export const readNotification = async (
  context: Pick<UseCaseContext, 'store'>,
  { account, id }: { readonly account: Account; readonly id: string },
): Promise<Result<PlacedNotification, Problem>> => {
  if (!isPlainId('evt', id)) return refuse(problem('event-not-found'));
  const madeAt = idMadeAt(id);
  const last = await context.store.lastEventPosition();
  let after = await placeBefore(context, account.id, (event) => idMadeAt(event.id) < madeAt - clockSlackMs);
  for (;;) {
    const events = await context.store.notifiedEvents(account.id, after, last, pageSize);
    const found = events.flatMap(placed).find((notification) => notification.id === id);
    if (found !== undefined) return ok(found);
    const end = events.at(-1);
    if (end === undefined || events.length < pageSize || idMadeAt(end.id) > madeAt + clockSlackMs)
      return refuse(problem('event-not-found'));
    after = end.position;
  }
};
