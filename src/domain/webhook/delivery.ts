/** Why an attempt was no success, in a word that can be logged: never anything that the receiver sent. */
export const attemptFailures = [
  'status',
  'timeout',
  'address-refused',
  'name-unresolved',
  'connection-refused',
  'connection-lost',
  'tls',
  'garbled',
  'failed',
] as const;
export type AttemptFailure = (typeof attemptFailures)[number];

/** What came of one attempt. `status` is null where no answer was read. */
export type AttemptOutcome = { readonly status: number | null; readonly failure: AttemptFailure | null };

/**
 * A delivery that is not done by moving along the stream of events:
 * - `retry`: it failed, and is tried again at `dueAt`; later events of its intent wait behind it.
 * - `held`: it waits behind one of its intent.
 * - `resend`: somebody asked for it again; nothing waits behind it.
 */
export const parkedKinds = ['retry', 'held', 'resend'] as const;
export type ParkedKind = (typeof parkedKinds)[number];

export type ParkedDelivery = {
  readonly subscriptionId: string;
  readonly position: number;
  readonly part: number;
  readonly intentId: string;
  readonly kind: ParkedKind;
  readonly tries: number;
  /** In the account's time, as `firstFailedAt` is. */
  readonly dueAt: number;
  readonly firstFailedAt: number | null;
  readonly lastStatus: number | null;
  readonly lastFailure: AttemptFailure | null;
};

/** One line of what was done for a subscription. */
export type DeliveryRecord = {
  readonly position: number;
  readonly part: number;
  readonly eventId: string;
  readonly name: string;
  readonly attempt: number;
  /** `given-up`: the last attempt of its time; nothing follows but a resend on request. */
  readonly result: 'delivered' | 'failed' | 'given-up';
  readonly status: number | null;
  readonly failure: AttemptFailure | null;
  readonly durationMs: number;
  readonly at: number;
};

/** How far a subscription has come, and how it fares. */
export type SubscriptionProgress = {
  readonly subscriptionId: string;
  readonly accountId: string;
  /** All events up to here are delivered, parked or of no interest. */
  readonly position: number;
  readonly state: 'active' | 'paused';
  /** Since when every attempt has failed; null after a success. In the account's time. */
  readonly failingSince: number | null;
  readonly pausedAt: number | null;
};

/** They are sent one after another, so more would only wait; and a receiver that is down ends none of them. */
export const replaysMax = 10;

/** Sent again on request: events `after` to `upTo`, those of a span of time. */
export type Replay = {
  readonly id: string;
  readonly subscriptionId: string;
  readonly position: number;
  readonly upTo: number;
  readonly from: number;
  readonly to: number;
};

const idBytes = 16;

/** A delivery's id is its place, so that none needs a row: position and part, in the 22 characters of every id. */
export const deliveryId = (position: number, part: number): string => {
  const bytes = Buffer.alloc(idBytes);
  bytes.writeBigUInt64BE(BigInt(position), 0);
  bytes.writeUInt8(part, 8);
  return `dlv_${bytes.toString('base64url')}`;
};

/** The place that a delivery's id names; `undefined` where the text is none. */
export const deliveryPlace = (id: string): { readonly position: number; readonly part: number } | undefined => {
  if (!/^dlv_[A-Za-z0-9_-]{22}$/.test(id)) return undefined;
  const bytes = Buffer.from(id.slice(4), 'base64url');
  const position = Number(bytes.readBigUInt64BE(0));
  const part = bytes.readUInt8(8);
  return Number.isSafeInteger(position) && deliveryId(position, part) === id ? { position, part } : undefined;
};
