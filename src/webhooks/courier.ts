import type { Account } from '../domain/account.ts';
import { Breaker } from '../domain/breaker.ts';
import {
  type AttemptOutcome,
  type DeliveryRecord,
  type ParkedDelivery,
  replaysMax,
  type SubscriptionProgress,
} from '../domain/webhook/delivery.ts';
import { type Notification, type NotifiedEvent, renderNotification } from '../domain/webhook/notification.ts';
import { type RetrySchedule, retryDelayMs } from '../domain/webhook/retry-schedule.ts';
import { type Subscription, signingSecrets } from '../domain/webhook/subscription.ts';
import type { Logger } from '../ports/logger.ts';
import type { WebhookSender } from '../ports/webhook-sender.ts';
import { accountNow, type UseCaseContext } from '../use-cases/context.ts';
import type { Blockades } from './blockades.ts';
import { type DeliveryBooks, heldDueAt } from './delivery-books.ts';
import { type DeliveryItem, freshItem, isAgain, ItemQueues, recordOf } from './delivery-item.ts';
import type { HostLanes } from './host-lanes.ts';
import { ReplayFeed } from './replay-feed.ts';

export type CourierDeps = {
  readonly context: Pick<UseCaseContext, 'store' | 'clock' | 'random' | 'onFault'>;
  readonly sender: WebhookSender;
  readonly lanes: HostLanes;
  readonly schedule: RetrySchedule;
  readonly logger: Logger;
};

type Timed = AttemptOutcome & { readonly durationMs: number };

/** How far a courier reads ahead of what is done: enough to keep every lane busy, little enough to hold in memory. */
const windowMax = 512;
const pageSize = 256;
/** Above so many deliveries that hold back others, the stream waits: they are rows, and each one costs. */
const blockedMax = 5_000;
/** So many failures in a row close the stream of new events; each probe takes an event of its own, so that none keeps it closed. */
const failuresMax = 16;
/** So many are worth another look at all that failed, once something succeeds. */
const failuresOfAnOutage = 5;
/** How often what was done is written down: a crash repeats what was delivered in this time. */
export const writeIntervalMs = 100;

/**
 * Delivers one subscription's notifications, in the order of each intent's events and for many intents at once.
 * The stream is followed by position; only what fails gets a row, and holds back its own intent alone.
 */
export class Courier {
  readonly #deps: CourierDeps;
  readonly #books: DeliveryBooks;
  readonly #breaker: Breaker;
  #subscription: Subscription;
  #account: Account;
  #progress: SubscriptionProgress;
  #host: string;
  #readPosition: number;
  /** Positions that were read and are not done, oldest first, with how many notifications of each are left. */
  readonly #outstanding = new Map<number, number>();
  readonly #queues = new ItemQueues();
  readonly #readyLive: DeliveryItem[] = [];
  readonly #readyAgain: DeliveryItem[] = [];
  readonly #blocked: Blockades;
  readonly #replays: ReplayFeed;
  readonly #underWay = new Set<Promise<void>>();
  /** The same function at every asking, so that this courier waits for room once, however often it finds none. */
  readonly #onRoom = (): void => this.#pump();
  #isReading = false;
  #isStopping = false;
  #writtenAt = 0;

  constructor(
    deps: CourierDeps,
    books: DeliveryBooks,
    state: {
      readonly subscription: Subscription;
      readonly account: Account;
      readonly progress: SubscriptionProgress;
      readonly blocked: Blockades;
    },
  ) {
    this.#deps = deps;
    this.#books = books;
    this.#breaker = new Breaker({ ...deps.schedule, failuresMax });
    this.#replays = new ReplayFeed(deps.context.store, books);
    this.#subscription = state.subscription;
    this.#account = state.account;
    this.#progress = state.progress;
    this.#host = new URL(state.subscription.url).host;
    this.#readPosition = state.progress.position;
    this.#blocked = state.blocked;
  }

  get accountId(): string {
    return this.#progress.accountId;
  }
  get version(): number {
    return this.#subscription.version;
  }
  get isPaused(): boolean {
    return this.#progress.state === 'paused';
  }

  /** Another address or other secrets. What failed at the old address is tried at the new one at once. */
  change(subscription: Subscription): void {
    const isMoved = subscription.url !== this.#subscription.url;
    this.#subscription = subscription;
    this.#host = new URL(subscription.url).host;
    if (!isMoved) return;
    this.#breaker.succeeded();
    this.#books.change({ kind: 'hasten-retries', subscriptionId: subscription.id, now: this.#now() });
  }

  /** Takes events that were just read for everybody, where this courier has come as far. */
  offer(events: readonly NotifiedEvent[], after: number, upTo: number): void {
    const isAsFar = this.#readPosition >= after && this.#readPosition < upTo && !this.#isReading;
    if (!isAsFar || (events.length > 0 && !this.#hasRoom(events.length))) return;
    for (const event of events) if (event.position > this.#readPosition) this.#admit(event);
    this.#readPosition = upTo;
    this.#pump();
  }

  /** Reads what it has missed, sends what it may, writes down what was done. @param horizon the newest safe position */
  async turn(horizon: number, writeEveryMs: number): Promise<boolean> {
    this.#pump();
    if (this.#readPosition < horizon && !this.#isReading && this.#hasRoom(pageSize)) await this.#catchUp(horizon);
    await this.#advanceReplay();
    const now = this.#deps.context.clock.now();
    const isTime = now - this.#writtenAt >= writeEveryMs || this.#books.isFull || this.isPaused;
    if (!this.#books.isDirty || !isTime) return true;
    this.#writtenAt = now;
    return this.#write();
  }

  /** Looks for what is due again, and for what was asked for elsewhere. */
  async refresh(account: Account): Promise<void> {
    this.#account = account;
    const { store } = this.#deps.context;
    const due = await store.dueDeliveries(this.#subscription.id, this.#now(), 100);
    for (const parked of due) if (!this.#books.isInHand(parked)) await this.#takeParked(parked);
    if (this.#replays.isIdle) this.#replays.begin(await store.webhookReplays(this.#subscription.id, replaysMax));
    this.#pump();
  }

  /** Sends nothing new, waits for what is under way until `cutOff`, and writes it down. */
  async stop(cutOff: Promise<void>): Promise<void> {
    this.#isStopping = true;
    await Promise.race([Promise.all(this.#underWay), cutOff]);
    if (this.#books.isDirty) await this.#write();
  }

  #now(): number {
    return accountNow(this.#deps.context, this.#account);
  }

  #hasRoom(count: number): boolean {
    return (
      this.#outstanding.size + count <= windowMax &&
      this.#blocked.size < blockedMax &&
      !(this.#breaker.isOpen && this.#readyLive.length > 0)
    );
  }

  async #catchUp(horizon: number): Promise<void> {
    this.#isReading = true;
    try {
      const after = this.#readPosition;
      const events = await this.#deps.context.store.notifiedEvents(this.accountId, after, horizon, pageSize);
      for (const event of events) this.#admit(event);
      this.#readPosition = events.length < pageSize ? horizon : (events.at(-1)?.position ?? horizon);
      this.#books.touch();
    } finally {
      this.#isReading = false;
    }
    this.#pump();
  }

  /** An event of the stream: of no interest, held back behind a failed one, or next of its intent. */
  #admit(event: NotifiedEvent): void {
    if (this.#blocked.covers(event)) return;
    const isBlocked = this.#blocked.has(event.intentId);
    event.names.forEach((name, part) => {
      if (!this.#subscription.events.includes(name)) return;
      const item = freshItem(event, part, 'live');
      if (isBlocked) return this.#hold(item);
      this.#outstanding.set(event.position, (this.#outstanding.get(event.position) ?? 0) + 1);
      this.#enqueue(item);
    });
  }

  #enqueue(item: DeliveryItem): void {
    if (this.#queues.add(item)) this.#makeReady(item);
  }

  #makeReady(item: DeliveryItem): void {
    (item.origin === 'live' ? this.#readyLive : this.#readyAgain).push(item);
  }

  async #takeParked(parked: ParkedDelivery): Promise<void> {
    this.#books.take(parked);
    const { position, part, kind, tries, firstFailedAt, intentId } = parked;
    const event = await this.#deps.context.store.notifiedEvent(this.accountId, position);
    const item =
      event === undefined
        ? undefined
        : ({ event, part, origin: 'parked', kind, tries, firstFailedAt } satisfies DeliveryItem);
    if (item !== undefined && item.event.names[part] !== undefined) return this.#enqueue(item);
    // Its event was deleted together with everything else of the account.
    this.#unpark(parked, kind, intentId);
  }

  async #advanceReplay(): Promise<void> {
    if (this.#replays.isIdle || this.#breaker.isOpen || this.#isStopping) return;
    for (const [event, part] of await this.#replays.next(this.accountId, this.#subscription.events)) {
      this.#enqueue(freshItem(event, part, 'replay'));
    }
    this.#pump();
  }

  /** Starts whatever may start: what was asked for or failed before first, then the stream. */
  #pump(): void {
    if (this.#isStopping || this.isPaused) return;
    while (this.#readyAgain.length > 0 && this.#start(this.#readyAgain));
    while (this.#readyLive.length > 0 && this.#breaker.allows(this.#deps.context.clock.now())) {
      if (!this.#start(this.#readyLive)) return;
      this.#breaker.noteAttempt(this.#deps.context.clock.now());
    }
  }

  #start(ready: DeliveryItem[]): boolean {
    const [item] = ready;
    if (item === undefined || !this.#deps.lanes.enter(this.#host, this.#onRoom)) return false;
    ready.shift();
    const sending = this.#send(item, this.#host).catch((error: unknown) =>
      this.#deps.context.onFault(error, 'webhooks: a delivery could not be handled'),
    );
    this.#underWay.add(sending);
    void sending.finally(() => this.#underWay.delete(sending));
    return true;
  }

  async #send(item: DeliveryItem, host: string): Promise<void> {
    const { clock } = this.#deps.context;
    const notification = renderNotification(item.event, item.part);
    const startedAt = clock.now();
    const sent = await this.#deps.sender.send({
      url: this.#subscription.url,
      notificationId: notification.id,
      body: notification.body,
      secrets: signingSecrets(this.#subscription, this.#now()),
      timestamp: Math.floor(startedAt / 1000),
    });
    const durationMs = clock.now() - startedAt;
    const outcome = { ...sent, durationMs };
    const isSuccess = outcome.failure === null;
    if (isSuccess) this.#succeeded(item, notification, outcome);
    else this.#failed(item, notification, outcome);
    this.#deps.lanes.leave(host, isSuccess, durationMs);
    this.#pump();
  }

  #succeeded(item: DeliveryItem, notification: Notification, outcome: Timed): void {
    this.#record(item, notification, outcome, 'delivered');
    if (this.#progress.failingSince !== null) this.#progress = { ...this.#progress, failingSince: null };
    const ended = this.#breaker.succeeded();
    const subscriptionId = this.#subscription.id;
    if (ended.failures >= failuresOfAnOutage)
      this.#books.change({ kind: 'hasten-retries', subscriptionId, now: this.#now() });
    if (ended.wasOpen)
      this.#deps.logger.info({ subscriptionId, host: this.#host }, 'webhooks: the receiver answers again');
    this.#done(item);
    this.#next(item);
  }

  #failed(item: DeliveryItem, notification: Notification, outcome: Timed): void {
    const now = this.#now();
    const { schedule, context } = this.#deps;
    const firstFailedAt = item.firstFailedAt ?? now;
    const failingSince = this.#progress.failingSince ?? now;
    this.#progress = { ...this.#progress, failingSince };
    this.#books.touch();
    this.#breakAfterFailure(outcome);
    const isOver = now - firstFailedAt >= schedule.windowMs;
    if (now - failingSince >= schedule.windowMs) this.#pause(now);
    else if (isOver) {
      this.#record(item, notification, outcome, 'given-up');
      this.#done(item);
      return this.#next(item);
    }
    this.#record(item, notification, outcome, 'failed');
    const tries = item.tries + 1;
    const delayMs = retryDelayMs(schedule, tries, context.random.bytes(1)[0] ?? 0);
    const dueAt = Math.max(now + 1, Math.min(now + delayMs, firstFailedAt + schedule.windowMs));
    this.#park(item, { kind: isAgain(item) ? 'resend' : 'retry', tries, dueAt, firstFailedAt }, outcome);
    if (isAgain(item)) return this.#next(item);
    for (const waiting of this.#queues.cut(item)) this.#hold(waiting);
  }

  #breakAfterFailure(outcome: AttemptOutcome): void {
    if (!this.#breaker.failed(this.#deps.context.clock.now())) return;
    const fields = {
      subscriptionId: this.#subscription.id,
      host: this.#host,
      status: outcome.status,
      failure: outcome.failure,
    };
    this.#deps.logger.warn(fields, 'webhooks: the receiver does not answer; only probing it');
  }

  #pause(now: number): void {
    if (this.isPaused) return;
    this.#progress = { ...this.#progress, state: 'paused', pausedAt: now };
    const fields = { subscriptionId: this.#subscription.id, accountId: this.accountId, host: this.#host };
    this.#deps.logger.warn(fields, 'webhooks: a subscription is paused, because every delivery failed for too long');
  }

  /** Waits behind another of its intent. */
  #hold(item: DeliveryItem): void {
    const { tries, firstFailedAt } = item;
    this.#park(item, { kind: 'held', tries, dueAt: heldDueAt, firstFailedAt }, { status: null, failure: null });
  }

  #park(
    item: DeliveryItem,
    how: Pick<ParkedDelivery, 'kind' | 'tries' | 'dueAt' | 'firstFailedAt'>,
    outcome: AttemptOutcome,
  ): void {
    const { event, part, origin } = item;
    const { position, intentId } = event;
    const subscriptionId = this.#subscription.id;
    this.#books.park({
      subscriptionId,
      position,
      part,
      intentId,
      ...how,
      lastStatus: outcome.status,
      lastFailure: outcome.failure,
    });
    if (how.kind !== 'resend' && origin === 'live') this.#blocked.add(intentId);
    if (origin === 'parked') this.#books.settle({ position, part });
    if (origin === 'live') this.#leaveStream(position);
    if (origin === 'replay') this.#replays.done();
  }

  /** Delivered or given up. */
  #done(item: DeliveryItem): void {
    if (item.origin === 'live') return this.#leaveStream(item.event.position);
    if (item.origin === 'replay') this.#replays.done();
    if (item.kind === null) return;
    this.#unpark({ position: item.event.position, part: item.part }, item.kind, item.event.intentId);
  }

  #unpark(
    { position, part }: { readonly position: number; readonly part: number },
    kind: ParkedDelivery['kind'],
    intentId: string,
  ): void {
    const subscriptionId = this.#subscription.id;
    this.#books.change({ kind: 'unpark-delivery', subscriptionId, position, part });
    this.#books.settle({ position, part });
    if (kind === 'resend') return;
    if (!this.#blocked.remove(intentId)) return;
    if (!this.#queues.hasBehind(intentId))
      this.#books.change({ kind: 'release-held', subscriptionId, intentId, now: this.#now() });
  }

  #next(head: DeliveryItem): void {
    const next = this.#queues.next(head);
    if (next !== undefined) this.#makeReady(next);
  }

  #leaveStream(position: number): void {
    const left = (this.#outstanding.get(position) ?? 0) - 1;
    if (left > 0) this.#outstanding.set(position, left);
    else this.#outstanding.delete(position);
    this.#books.touch();
  }

  #record(item: DeliveryItem, notification: Notification, outcome: Timed, result: DeliveryRecord['result']): void {
    const record = recordOf(item, notification, outcome, result, this.#now());
    this.#books.note(record);
    if (result === 'delivered') return;
    const { name, attempt, status, failure, durationMs } = record;
    const told = { subscriptionId: this.#subscription.id, eventId: notification.id, event: name };
    const message = result === 'failed' ? 'webhooks: a delivery failed' : 'webhooks: a delivery was given up';
    this.#deps.logger.info({ ...told, attempt, status, failure, durationMs }, message);
  }

  #write(): Promise<boolean> {
    const [oldest] = this.#outstanding.keys();
    this.#progress = { ...this.#progress, position: oldest === undefined ? this.#readPosition : oldest - 1 };
    return this.#books.write(this.#progress, this.#deps.context.clock.now());
  }
}
