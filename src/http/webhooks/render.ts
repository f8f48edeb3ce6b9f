import { type DeliveryRecord, deliveryId, type ParkedDelivery, type Replay } from '../../domain/webhook/delivery.ts';
import { notificationId } from '../../domain/webhook/notification.ts';
import type { Subscription, SubscriptionSecret } from '../../domain/webhook/subscription.ts';
import type { Answer } from '../../use-cases/context.ts';
import type { DeliveriesView } from '../../use-cases/read-deliveries.ts';
import type { PlacedNotification } from '../../use-cases/read-notifications.ts';
import { momentShown } from '../versions/shown-fields.ts';

const answer = (value: unknown): Answer => ({ status: 200, body: JSON.stringify(value) });

/** Its value is shown as often as it is asked for, as the API does: receivers are set up by whoever holds the key. */
const secretShown = ({ id, value, createdAt, isActive }: SubscriptionSecret) => ({
  id,
  value,
  createdAt: momentShown(createdAt),
  isActive,
});

const subscriptionShown = (subscription: Subscription) => ({
  id: subscription.id,
  accountId: subscription.accountId,
  events: subscription.events,
  url: subscription.url,
  description: subscription.description ?? undefined,
  secrets: subscription.secrets.map(secretShown),
  createdAt: momentShown(subscription.createdAt),
  updatedAt: momentShown(subscription.updatedAt),
});

/** 200 with a subscription, its secrets included. */
export const renderSubscription = (subscription: Subscription): Answer => answer(subscriptionShown(subscription));

/** 200 with an account's subscriptions. */
export const renderSubscriptions = (subscriptions: readonly Subscription[]): Answer =>
  answer(subscriptions.map(subscriptionShown));

/** 200 with a subscription's secrets and nothing else of it. */
export const renderSecrets = ({ id, secrets }: Subscription): Answer =>
  answer({ id, secrets: secrets.map(secretShown) });

const results = { delivered: 'Delivered', failed: 'Failed', 'given-up': 'GivenUp' } as const;

const recordShown = (record: DeliveryRecord) => ({
  id: deliveryId(record.position, record.part),
  eventId: notificationId(record.eventId, record.part),
  event: record.name,
  status: results[record.result],
  attempt: record.attempt,
  responseStatus: record.status ?? undefined,
  failure: record.failure ?? undefined,
  durationMs: record.durationMs,
  at: momentShown(record.at),
});

const waitingShown = ({ delivery, event }: DeliveriesView['waiting'][number]) => ({
  id: deliveryId(delivery.position, delivery.part),
  eventId: notificationId(event.id, delivery.part),
  event: event.names[delivery.part],
  status: delivery.kind === 'held' ? 'Held' : 'Waiting',
  attempt: delivery.tries,
  responseStatus: delivery.lastStatus ?? undefined,
  failure: delivery.lastFailure ?? undefined,
  nextAttemptAt: delivery.kind === 'held' ? undefined : momentShown(delivery.dueAt),
});

/** 200 with how a subscription fares: what waits, then a page of what was done. */
export const renderDeliveries = ({ progress, behind, waiting, records, next }: DeliveriesView): Answer => {
  const { state, failingSince, pausedAt, subscriptionId } = progress;
  return answer({
    subscriptionId,
    status: state === 'paused' ? 'Paused' : failingSince === null ? 'Active' : 'Failing',
    failingSince: failingSince === null ? undefined : momentShown(failingSince),
    pausedAt: pausedAt === null ? undefined : momentShown(pausedAt),
    behind,
    deliveries: [...waiting.map(waitingShown), ...records.map(recordShown)],
    next: next === null ? undefined : String(next),
  });
};

/** 200 with a delivery that waits for its turn again. */
export const renderRedelivery = ({ subscriptionId, position, part, dueAt }: ParkedDelivery): Answer =>
  answer({
    id: deliveryId(position, part),
    subscriptionId,
    status: 'Waiting',
    nextAttemptAt: momentShown(dueAt),
  });

/** 200 with a replay that has begun. */
export const renderReplay = ({ id, subscriptionId, from, to }: Replay): Answer =>
  answer({ id, subscriptionId, from: momentShown(from), to: momentShown(to) });

const notificationShown = ({ id, name, body, position, event }: PlacedNotification) => ({
  id,
  event: name,
  createdAt: momentShown(event.at),
  intentId: event.intentId,
  sequence: event.sequence,
  cursor: String(position),
  body,
});

/** 200 with one notification, its body as subscribers get it. */
export const renderNotification = (notification: PlacedNotification): Answer => answer(notificationShown(notification));

/** 200 with a page of notifications. @param page `next` is where the page behind it begins */
export const renderNotifications = (page: {
  readonly notifications: readonly PlacedNotification[];
  readonly next: number;
}): Answer => answer({ events: page.notifications.map(notificationShown), next: String(page.next) });
