import type { DeliveryRecord, ParkedDelivery, Replay, SubscriptionProgress } from '../domain/webhook/delivery.ts';
import type { NotifiedEvent } from '../domain/webhook/notification.ts';
import type { Subscription } from '../domain/webhook/subscription.ts';
import type { Wakes } from './wakes.ts';

/** A page of what was done: newest first when read back. */
export type DeliveryPage = { readonly id: number; readonly records: readonly DeliveryRecord[] };

export type BlockedIntent = {
  readonly intentId: string;
  readonly count: number;
  readonly upTo: number;
  readonly dueAt: number;
};

/** The durable side of webhooks: what the store reads. The outbox is the table of events itself. */
export type WebhookReads = {
  /** Whether an event can appear before one that was already seen, because its transaction began first and ended later. */
  readonly gapsMayFill: boolean;
  /**
   * Where gaps may fill: `next` is above every running writer's transaction number; all below `oldest` have ended. A gap
   * seen before `next` was read is permanent once `oldest >= next`.
   */
  writers(): Promise<{ readonly oldest: number; readonly next: number }>;
  /** Word of events that were committed, on any node. Absent where there is none to be had. */
  readonly wakes?: Wakes;
  /** Of the newest event; 0 where there is none. */
  lastEventPosition(): Promise<number>;
  /** The last position that no gap separates from this one, at most `limit` further; 0 where not even the next is there. */
  lastBeforeGap(after: number, limit: number): Promise<number>;
  webhookSubscription(id: string): Promise<Subscription | undefined>;
  /** Oldest first. */
  webhookSubscriptions(accountId: string): Promise<readonly Subscription[]>;
  webhookProgress(subscriptionId: string): Promise<SubscriptionProgress | undefined>;
  /** Active subscriptions that no node holds, or whose node has let its lease run out in real time. */
  claimableWebhooks(now: number, limit: number): Promise<readonly string[]>;
  /** What a node holds, with the versions of the subscriptions, so that it sees changes made elsewhere. */
  heldWebhooks(owner: string): Promise<readonly { readonly subscriptionId: string; readonly version: number }[]>;

  /** The events of all accounts after a position, also those that tell nothing: their positions show the gaps. */
  outbox(after: number, limit: number): Promise<readonly NotifiedEvent[]>;
  /** An account's events that tell something, in the order of their positions. */
  notifiedEvents(accountId: string, after: number, upTo: number, limit: number): Promise<readonly NotifiedEvent[]>;
  notifiedEvent(accountId: string, position: number): Promise<NotifiedEvent | undefined>;

  /** Soonest first, and in the order of positions where that is the same. */
  dueDeliveries(subscriptionId: string, now: number, limit: number): Promise<readonly ParkedDelivery[]>;
  parkedDelivery(subscriptionId: string, position: number, part: number): Promise<ParkedDelivery | undefined>;
  /** In the order of positions. */
  parkedDeliveries(subscriptionId: string, limit: number): Promise<readonly ParkedDelivery[]>;
  /** Which intents have deliveries that hold back later ones: how many, where the last of them stands, when the next is due. */
  blockedIntents(subscriptionId: string): Promise<readonly BlockedIntent[]>;
  /** When the next delivery of an account falls due, in its own time; null where none is parked. Paused subscriptions wait for nothing. */
  nextDeliveryDueAt(accountId: string): Promise<number | null>;
  webhookReplays(subscriptionId: string, limit: number): Promise<readonly Replay[]>;
  /** Newest first, from before a page's id. */
  deliveryPages(subscriptionId: string, before: number, limit: number): Promise<readonly DeliveryPage[]>;
};

/** The durable side of webhooks: what a commit may change. */
export type WebhookChange =
  /** Refused as `stale` where the account has `ofAccountMax` of them. */
  | { readonly kind: 'insert-subscription'; readonly subscription: Subscription; readonly ofAccountMax: number }
  /** `before`: what it was, so that what it no longer subscribes to is given free. */
  | { readonly kind: 'save-subscription'; readonly subscription: Subscription; readonly before: Subscription }
  | { readonly kind: 'delete-subscription'; readonly subscription: Subscription }
  /** Takes or keeps a lease until `leasedUntil`, in real time; refused as `stale` where another node holds it. */
  | {
      readonly kind: 'claim-webhooks';
      readonly subscriptionId: string;
      readonly owner: string;
      readonly now: number;
      readonly leasedUntil: number;
    }
  | { readonly kind: 'renew-webhooks'; readonly owner: string; readonly leasedUntil: number }
  | { readonly kind: 'release-webhooks'; readonly owner: string }
  /** Refused as `stale` where the owner lost its lease. */
  | { readonly kind: 'save-progress'; readonly progress: SubscriptionProgress; readonly owner: string }
  /** A paused subscription goes on where it stopped; no error where it is not paused. */
  | { readonly kind: 'resume-webhook'; readonly subscriptionId: string; readonly now: number }
  /** Inserts or replaces; a `resend` leaves a delivery alone that is parked for another reason. */
  | { readonly kind: 'park-delivery'; readonly delivery: ParkedDelivery; readonly accountId: string }
  /** Done or given up. */
  | {
      readonly kind: 'unpark-delivery';
      readonly subscriptionId: string;
      readonly position: number;
      readonly part: number;
    }
  /** What waited behind a delivery of this intent is due now. */
  | { readonly kind: 'release-held'; readonly subscriptionId: string; readonly intentId: string; readonly now: number }
  /** The receiver answers again: what failed is due now. */
  | { readonly kind: 'hasten-retries'; readonly subscriptionId: string; readonly now: number }
  | {
      readonly kind: 'note-deliveries';
      readonly subscriptionId: string;
      readonly at: number;
      readonly records: readonly DeliveryRecord[];
    }
  | { readonly kind: 'drop-delivery-notes'; readonly before: number; readonly limit: number }
  /** Refused as `stale` where the subscription has `underWayMax` of them. */
  | { readonly kind: 'insert-replay'; readonly replay: Replay; readonly underWayMax: number }
  | { readonly kind: 'save-replay'; readonly replay: Replay }
  | { readonly kind: 'delete-replay'; readonly id: string };
