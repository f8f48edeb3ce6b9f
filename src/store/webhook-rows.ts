import {
  attemptFailures,
  type DeliveryRecord,
  type ParkedDelivery,
  parkedKinds,
  type Replay,
  type SubscriptionProgress,
} from '../domain/webhook/delivery.ts';
import {
  type NoticeData,
  type NotificationName,
  notificationNames,
  type NotifiedEvent,
} from '../domain/webhook/notification.ts';
import type { Subscription } from '../domain/webhook/subscription.ts';
import type { DeliveryPage } from '../ports/webhook-store.ts';
import type { SqlRow } from './engine.ts';
import { document, type Fields, impossible, oneOf, text, whole, wholeOrNull } from './rows.ts';

export type SubscriptionDoc = Pick<Subscription, 'events' | 'description' | 'secrets' | 'createdAt' | 'updatedAt'>;
const subscriptionFields = Object.keys({
  events: true,
  description: true,
  secrets: true,
  createdAt: true,
  updatedAt: true,
} satisfies Fields<SubscriptionDoc>);

export const subscriptionFrom = (row: SqlRow): Subscription => ({
  ...document<SubscriptionDoc>(row, subscriptionFields),
  id: text(row, 'id'),
  accountId: text(row, 'account_id'),
  version: whole(row, 'version'),
  url: text(row, 'url'),
});

export const progressFrom = (row: SqlRow): SubscriptionProgress => ({
  subscriptionId: text(row, 'subscription_id'),
  accountId: text(row, 'account_id'),
  position: whole(row, 'position'),
  state: oneOf(row, 'state', ['active', 'paused']),
  failingSince: wholeOrNull(row, 'failing_since'),
  pausedAt: wholeOrNull(row, 'paused_at'),
});

const known: ReadonlySet<string> = new Set(notificationNames);
const captureModes = ['Auto', 'Manual'] as const;
const none: readonly NotificationName[] = [];

/** Most events have one name or none, so most rows cost no split. */
const namesFrom = (row: SqlRow): readonly NotificationName[] => {
  const value = row['notification'];
  if (value === null) return none;
  const names = typeof value === 'string' ? (value.includes(',') ? value.split(',') : [value]) : [];
  if (names.length === 0 || !names.every((name) => known.has(name))) throw impossible('notification');
  return names as readonly NotificationName[];
};

const dataFrom = (row: SqlRow): NoticeData | null => {
  if (row['notification_data'] === null) return null;
  const value: unknown = JSON.parse(text(row, 'notification_data'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw impossible('notification_data');
  return value as NoticeData;
};

export const notifiedEventFrom = (row: SqlRow): NotifiedEvent => ({
  position: whole(row, 'position'),
  id: text(row, 'id'),
  accountId: text(row, 'account_id'),
  intentId: text(row, 'intent_id'),
  sequence: whole(row, 'sequence'),
  names: namesFrom(row),
  status: text(row, 'status'),
  captureMode: row['capture_mode'] === null ? null : oneOf(row, 'capture_mode', captureModes),
  data: dataFrom(row),
  at: whole(row, 'at'),
});

export const parkedDeliveryFrom = (row: SqlRow): ParkedDelivery => ({
  subscriptionId: text(row, 'subscription_id'),
  position: whole(row, 'position'),
  part: whole(row, 'part'),
  intentId: text(row, 'intent_id'),
  kind: oneOf(row, 'kind', parkedKinds),
  tries: whole(row, 'tries'),
  dueAt: whole(row, 'due_at'),
  firstFailedAt: wholeOrNull(row, 'first_failed_at'),
  lastStatus: wholeOrNull(row, 'last_status'),
  lastFailure: row['last_failure'] === null ? null : oneOf(row, 'last_failure', attemptFailures),
});

export const replayFrom = (row: SqlRow): Replay => ({
  id: text(row, 'id'),
  subscriptionId: text(row, 'subscription_id'),
  position: whole(row, 'position'),
  upTo: whole(row, 'up_to'),
  from: whole(row, 'from_at'),
  to: whole(row, 'to_at'),
});

export const deliveryPageFrom = (row: SqlRow): DeliveryPage => {
  const records: unknown = JSON.parse(text(row, 'doc'));
  if (!Array.isArray(records)) throw impossible('doc');
  return { id: whole(row, 'id'), records: records as readonly DeliveryRecord[] };
};

export const positionFrom = (row: SqlRow): number => whole(row, 'position');
export const claimableFrom = (row: SqlRow): string => text(row, 'subscription_id');
export const heldFrom = (row: SqlRow) => ({
  subscriptionId: text(row, 'subscription_id'),
  version: whole(row, 'version'),
});
export const blockedFrom = (row: SqlRow) => ({
  intentId: text(row, 'intent_id'),
  count: whole(row, 'deliveries'),
  upTo: whole(row, 'up_to'),
  dueAt: whole(row, 'due_at'),
});
export const dueAtFrom = (row: SqlRow | undefined): number | null =>
  row === undefined ? null : wholeOrNull(row, 'due_at');
