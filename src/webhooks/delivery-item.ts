import type { AttemptOutcome, DeliveryRecord, ParkedDelivery } from '../domain/webhook/delivery.ts';
import type { Notification, NotifiedEvent } from '../domain/webhook/notification.ts';

/** One thing to deliver, and where it came from: the stream, a parked row, or a replay. */
export type DeliveryItem = {
  readonly event: NotifiedEvent;
  readonly part: number;
  readonly origin: 'live' | 'parked' | 'replay';
  /** What its row says, where it has one. */
  readonly kind: ParkedDelivery['kind'] | null;
  readonly tries: number;
  readonly firstFailedAt: number | null;
};

export const freshItem = (event: NotifiedEvent, part: number, origin: 'live' | 'replay'): DeliveryItem => ({
  event,
  part,
  origin,
  kind: null,
  tries: 0,
  firstFailedAt: null,
});

/** Sent again on request: nothing waits behind it, and it waits behind nothing but its like. */
export const isAgain = ({ origin, kind }: DeliveryItem): boolean => origin === 'replay' || kind === 'resend';

const keyOf = (item: DeliveryItem): string => (isAgain(item) ? `again ${item.event.intentId}` : item.event.intentId);

/** What is kept of an attempt. @param at the account's time */
export const recordOf = (
  item: DeliveryItem,
  { name }: Notification,
  outcome: AttemptOutcome & { readonly durationMs: number },
  result: DeliveryRecord['result'],
  at: number,
): DeliveryRecord => {
  const { position, id: eventId } = item.event;
  return { position, part: item.part, eventId, name, attempt: item.tries + 1, result, ...outcome, at };
};

/** By intent, the one that is under way or may start, and what waits behind it. */
export class ItemQueues {
  readonly #queues = new Map<string, DeliveryItem[]>();

  /** True when nothing is before it. */
  add(item: DeliveryItem): boolean {
    const queue = this.#queues.get(keyOf(item));
    if (queue === undefined) this.#queues.set(keyOf(item), [item]);
    else queue.push(item);
    return queue === undefined;
  }

  /** The head is done with; the one that may start now. */
  next(head: DeliveryItem): DeliveryItem | undefined {
    const queue = this.#queues.get(keyOf(head));
    queue?.shift();
    const next = queue?.[0];
    if (next === undefined) this.#queues.delete(keyOf(head));
    return next;
  }

  /** Ends a queue. @returns what waited behind its head */
  cut(head: DeliveryItem): readonly DeliveryItem[] {
    const [, ...behind] = this.#queues.get(keyOf(head)) ?? [];
    this.#queues.delete(keyOf(head));
    return behind;
  }

  /** Whether more than the head of an intent's own queue is here. */
  hasBehind(intentId: string): boolean {
    return (this.#queues.get(intentId)?.length ?? 0) > 1;
  }
}
