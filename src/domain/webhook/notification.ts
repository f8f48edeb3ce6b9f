import type { IntentEvent } from '../intent-event.ts';

/** What can be subscribed to, by the kind of object that it tells of: the API's documentation, and ours for what it lacks. */
export const notificationModels = [
  {
    model: 'PaymentIntent',
    events: ['payment_intent.created', 'payment_intent.status_updated', 'payment_intent.send-receipt'],
  },
  { model: 'SetupIntent', events: ['setup_intent.created', 'setup_intent.status_updated'] },
  { model: 'Refund', events: ['refund.created'] },
  { model: 'Charge', events: ['charge.unknown', 'charge.settled'] },
] as const;

export type NotificationName = (typeof notificationModels)[number]['events'][number];

/** All of them, in the order of the models. */
export const notificationNames: readonly NotificationName[] = notificationModels.flatMap(({ events }) => [...events]);

/** What a notification says beside the intent, under the API's own field names. */
export type NoticeData = Readonly<Record<string, unknown>>;

/** What an event tells subscribers, decided when it happens and kept with it. */
export type EventNotice = {
  readonly names: readonly NotificationName[];
  /** For the names that say more than the intent's status: the refund, or where a receipt goes. */
  readonly data: NoticeData | null;
  /** Of a payment intent, whose notifications say it; null for a setup intent. */
  readonly captureMode: 'Auto' | 'Manual' | null;
};

/** An event of an account that somebody may have to be told of, as the outbox holds it. */
export type NotifiedEvent = {
  /** Rises with every event of the server. */
  readonly position: number;
  readonly id: string;
  readonly accountId: string;
  readonly intentId: string;
  readonly sequence: number;
  readonly names: readonly NotificationName[];
  readonly status: string;
  readonly captureMode: 'Auto' | 'Manual' | null;
  readonly data: NoticeData | null;
  /** In the account's time. */
  readonly at: number;
};

/**
 * What a payment intent's event tells. A charge's uncertainty is told here and not again by its setup intent.
 * @param data what is said beside the intent, where the event is about something of its own
 */
export const noticeOfPaymentIntent = (
  { type, sequence, statusChanged }: IntentEvent,
  captureMode: 'Auto' | 'Manual',
  data: NoticeData | null = null,
): EventNotice | null => {
  const names: NotificationName[] = [];
  if (sequence === 1) names.push('payment_intent.created');
  else if (statusChanged) names.push('payment_intent.status_updated');
  if (type === 'Refunded') names.push('refund.created');
  if (type === 'ReceiptRequested') names.push('payment_intent.send-receipt');
  if (type === 'Unknown') names.push('charge.unknown');
  // A reversal that leaves the status is the end of a charge whose outcome was unknown.
  if (type === 'Reversed' && !statusChanged) names.push('charge.settled');
  return names.length === 0 ? null : { names, captureMode, data };
};

/** What a setup intent's event tells; null where nobody is told of it. */
export const noticeOfSetupIntent = ({ sequence, statusChanged }: IntentEvent): EventNotice | null => {
  if (sequence === 1) return { names: ['setup_intent.created'], captureMode: null, data: null };
  return statusChanged ? { names: ['setup_intent.status_updated'], captureMode: null, data: null } : null;
};

/** The bodies of the other names are the API's, field for field. */
const saysMore: ReadonlySet<NotificationName> = new Set(['refund.created', 'payment_intent.send-receipt']);

/** One thing to tell: receivers know repeated deliveries by its id. */
export type Notification = { readonly id: string; readonly name: NotificationName; readonly body: string };

/** Where the id of an event says which version of UUID it is: 7, as every id of ours (RFC 9562, 4.2). */
const versionByte = 6;
const versionOfEvents = 0x70;
const versionStep = 0x10;

const eventIdBytes = (id: string): Buffer => Buffer.from(id.slice('evt_'.length), 'base64url');

/**
 * What receivers know the `part`-th notification of an event by: the event's own id, for further parts with the next version
 * of UUID in it. No event has that, so the id is nobody else's, and it has the form of every id.
 */
export const notificationId = (eventId: string, part: number): string => {
  if (part === 0) return eventId;
  const bytes = eventIdBytes(eventId);
  bytes.writeUInt8(bytes.readUInt8(versionByte) + part * versionStep, versionByte);
  return `evt_${bytes.toString('base64url')}`;
};

/** Which part of its event a notification tells, by its id. */
export const notificationPart = (id: string): number =>
  Math.floor((eventIdBytes(id).readUInt8(versionByte) - versionOfEvents) / versionStep);

/**
 * The `part`-th notification of an event: the bytes are a function of a row that never changes, so every delivery of it
 * is the same, on any node and after any restart.
 */
export const renderNotification = (event: NotifiedEvent, part: number): Notification => {
  const name = event.names[part];
  if (name === undefined) throw new RangeError(`an event has no notification ${part}`);
  const id = notificationId(event.id, part);
  const data = name.startsWith('setup_intent.')
    ? { setupIntentId: event.intentId, setupIntentStatus: event.status }
    : {
        paymentIntentId: event.intentId,
        paymentStatus: event.status,
        captureMode: event.captureMode ?? 'Auto',
        ...(saysMore.has(name) ? event.data : null),
      };
  const createdAt = new Date(event.at).toISOString();
  return { id, name, body: JSON.stringify({ id, event: name, accountId: event.accountId, createdAt, data }) };
};
