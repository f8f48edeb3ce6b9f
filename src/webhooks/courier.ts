import type { Account } from '../domain/account.ts';
import type { AttemptOutcome, ParkedDelivery, Replay, SubscriptionProgress } from '../domain/webhook/delivery.ts';
import { type Notification, type NotifiedEvent, renderNotification } from '../domain/webhook/notification.ts';
import { type RetrySchedule, retryDelayMs } from '../domain/webhook/retry-schedule.ts';
import { type Subscription, signingSecrets } from '../domain/webhook/subscription.ts';
import type { Logger } from '../ports/logger.ts';
import type { WebhookSender } from '../ports/webhook-sender.ts';
import { accountNow, type UseCaseContext } from '../use-cases/context.ts';
import { Breaker } from './breaker.ts';
import { type DeliveryBooks, heldDueAt } from './delivery-books.ts';
import type { HostLanes } from './host-lanes.ts';

export type CourierDeps = {
  readonly context: Pick<UseCaseContext, 'store' | 'clock' | 'random' | 'onFault'>;
  readonly sender: WebhookSender;
  readonly lanes: HostLanes;
  readonly schedule: RetrySchedule;
  readonly logger: Logger;
};

/** One thing to deliver, and where it came from: the stream, a parked row, or a replay. */
type Item = {
  readonly event: NotifiedEvent;
  readonly part: number;
  readonly origin: 'live' | 'parked' | 'replay';
  /** What its row says, where it has one. */
  readonly kind: ParkedDelivery['kind'] | null;
  readonly tries: number;
  readonly firstFailedAt: number | null;
};

/** How far a courier reads ahead of what is done: enough to keep every lane busy, little enough to hold in memory. */
const windowMax = 512;
const pageSize = 256;
/** Above so many deliveries that hold back others, the stream waits: they are rows, and each one costs. */
const blockedMax = 5_000;
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
  /** By intent, what is under way and what waits behind it. */
  readonly #queues = new Map<string, Item[]>();
  readonly #readyLive: Item[] = [];
  readonly #readyAgain: Item[] = [];
  /** By intent, how many parked deliveries hold back what comes. */
  readonly #blocked: Map<string, number>;
  #replay: { replay: Replay; left: number; upTo: number; isLast: boolean } | undefined;
  readonly #underWay = new Set<Promise<void>>();
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
      readonly blocked: ReadonlyMap<string, number>;
    },
  ) {
    this.#deps = deps;
    this.#books = books;
    this.#breaker = new Breaker(deps.schedule);
    this.#subscription = state.subscription;
    this.#account = state.account;
    this.#progress = state.progress;
    this.#host = new URL(state.subscription.url).host;
    this.#readPosition = state.progress.position;
    this.#blocked = new Map(state.blocked);
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
    if (this.#replay === undefined) {
      const [replay] = await store.webhookReplays(this.#subscription.id);
      if (replay !== undefined) this.#replay = { replay, left: 0, upTo: replay.position, isLast: false };
    }
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
    event.names.forEach((name, part) => {
      if (!this.#subscription.events.includes(name)) return;
      const item: Item = { event, part, origin: 'live', kind: null, tries: 0, firstFailedAt: null };
      if (this.#blocked.has(event.intentId)) return this.#hold(item);
      this.#outstanding.set(event.position, (this.#outstanding.get(event.position) ?? 0) + 1);
      this.#enqueue(event.intentId, item);
    });
  }

  #enqueue(key: string, item: Item): void {
    const queue = this.#queues.get(key);
    if (queue !== undefined) return void queue.push(item);
    this.#queues.set(key, [item]);
    this.#makeReady(item);
  }

  #makeReady(item: Item): void {
    (item.origin === 'live' ? this.#readyLive : this.#readyAgain).push(item);
  }

  async #takeParked(parked: ParkedDelivery): Promise<void> {
    this.#books.take(parked);
    const { position, part, kind, tries, firstFailedAt, intentId } = parked;
    const event = await this.#deps.context.store.notifiedEvent(this.accountId, position);
    const item =
      event === undefined ? undefined : ({ event, part, origin: 'parked', kind, tries, firstFailedAt } satisfies Item);
    if (item !== undefined && item.event.names[part] !== undefined) return this.#enqueue(queueKey(item), item);
    // Its event was deleted together with everything else of the account.
    this.#unpark(parked, kind, intentId);
  }

  async #advanceReplay(): Promise<void> {
    const current = this.#replay;
    if (current === undefined || current.left > 0 || this.#breaker.isOpen || this.#isStopping) return;
    const { replay, upTo, isLast } = current;
    if (upTo > replay.position || isLast) {
      const moved = { ...replay, position: upTo };
      this.#books.change(isLast ? { kind: 'delete-replay', id: replay.id } : { kind: 'save-replay', replay: moved });
      if (isLast) await this.#write();
      this.#replay = isLast ? undefined : { ...current, replay: moved };
      if (isLast) return;
    }
    const events = await this.#deps.context.store.notifiedEvents(this.accountId, upTo, replay.upTo, pageSize);
    const next = {
      replay: this.#replay?.replay ?? replay,
      left: 0,
      upTo: events.at(-1)?.position ?? replay.upTo,
      isLast: events.length < pageSize,
    };
    this.#replay = next;
    for (const event of events) {
      if (event.at < replay.from || event.at > replay.to) continue;
      event.names.forEach((name, part) => {
        if (!this.#subscription.events.includes(name)) return;
        next.left += 1;
        const item: Item = { event, part, origin: 'replay', kind: null, tries: 0, firstFailedAt: null };
        this.#enqueue(queueKey(item), item);
      });
    }
    this.#pump();
  }

  /** Starts whatever may start: what was asked for or failed before first, then the stream. */
  #pump(): void {
    if (this.#isStopping || this.isPaused) return;
    while (this.#readyAgain.length > 0 && this.#start(this.#readyAgain));
    while (this.#readyLive.length > 0 && this.#breaker.lets(this.#deps.context.clock.now())) {
      if (!this.#start(this.#readyLive)) return;
      this.#breaker.probed(this.#deps.context.clock.now());
    }
  }

  #start(ready: Item[]): boolean {
    const [item] = ready;
    if (item === undefined || !this.#deps.lanes.enter(this.#host, () => this.#pump())) return false;
    ready.shift();
    const sending = this.#send(item, this.#host).catch((error: unknown) =>
      this.#deps.context.onFault(error, 'webhooks: a delivery could not be handled'),
    );
    this.#underWay.add(sending);
    void sending.finally(() => this.#underWay.delete(sending));
    return true;
  }

  async #send(item: Item, host: string): Promise<void> {
    const { clock } = this.#deps.context;
    const notification = renderNotification(item.event, item.part);
    const startedAt = clock.now();
    const outcome = await this.#deps.sender.send({
      url: this.#subscription.url,
      notificationId: notification.id,
      body: notification.body,
      secrets: signingSecrets(this.#subscription, this.#now()),
      timestamp: Math.floor(startedAt / 1000),
    });
    const durationMs = clock.now() - startedAt;
    const isSuccess = outcome.failure === null;
    if (isSuccess) this.#succeeded(item, notification, outcome, durationMs);
    else this.#failed(item, notification, outcome, durationMs);
    this.#deps.lanes.leave(host, isSuccess, durationMs);
    this.#pump();
  }

  #succeeded(item: Item, notification: Notification, outcome: AttemptOutcome, durationMs: number): void {
    this.#record(item, notification, outcome, durationMs, 'delivered');
    if (this.#progress.failingSince !== null) this.#progress = { ...this.#progress, failingSince: null };
    if (this.#breaker.succeeded()) {
      this.#books.change({ kind: 'hasten-retries', subscriptionId: this.#subscription.id, now: this.#now() });
      this.#deps.logger.info(
        { subscriptionId: this.#subscription.id, host: this.#host },
        'webhooks: the receiver answers again',
      );
    }
    this.#done(item);
    this.#next(queueKey(item));
  }

  #failed(item: Item, notification: Notification, outcome: AttemptOutcome, durationMs: number): void {
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
      this.#record(item, notification, outcome, durationMs, 'given-up');
      this.#done(item);
      return this.#next(queueKey(item));
    }
    this.#record(item, notification, outcome, durationMs, 'failed');
    const tries = item.tries + 1;
    const delayMs = retryDelayMs(schedule, tries, context.random.bytes(1)[0] ?? 0);
    const dueAt = Math.max(now + 1, Math.min(now + delayMs, firstFailedAt + schedule.windowMs));
    this.#park(item, { kind: isAgain(item) ? 'resend' : 'retry', tries, dueAt, firstFailedAt }, outcome);
    const key = queueKey(item);
    if (isAgain(item)) return this.#next(key);
    const [, ...behind] = this.#queues.get(key) ?? [];
    this.#queues.delete(key);
    for (const waiting of behind) this.#hold(waiting);
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
  #hold(item: Item): void {
    const { tries, firstFailedAt } = item;
    this.#park(item, { kind: 'held', tries, dueAt: heldDueAt, firstFailedAt }, { status: null, failure: null });
  }

  #park(
    item: Item,
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
    if (how.kind !== 'resend' && origin === 'live') this.#blocked.set(intentId, (this.#blocked.get(intentId) ?? 0) + 1);
    if (origin === 'parked') this.#books.settle({ position, part });
    if (origin === 'live') this.#leaveStream(position);
    if (origin === 'replay' && this.#replay !== undefined) this.#replay.left -= 1;
  }

  /** Delivered or given up. */
  #done(item: Item): void {
    if (item.origin === 'live') return this.#leaveStream(item.event.position);
    if (item.origin === 'replay' && this.#replay !== undefined) this.#replay.left -= 1;
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
    const left = (this.#blocked.get(intentId) ?? 1) - 1;
    if (left <= 0) return void this.#blocked.delete(intentId);
    this.#blocked.set(intentId, left);
    const behind = this.#queues.get(intentId);
    if (behind === undefined || behind.length <= 1)
      this.#books.change({ kind: 'release-held', subscriptionId, intentId, now: this.#now() });
  }

  #next(key: string): void {
    const queue = this.#queues.get(key);
    queue?.shift();
    const [next] = queue ?? [];
    if (next === undefined) this.#queues.delete(key);
    else this.#makeReady(next);
  }

  #leaveStream(position: number): void {
    const left = (this.#outstanding.get(position) ?? 0) - 1;
    if (left > 0) this.#outstanding.set(position, left);
    else this.#outstanding.delete(position);
    this.#books.touch();
  }

  #record(
    item: Item,
    { name }: Notification,
    outcome: AttemptOutcome,
    durationMs: number,
    result: 'delivered' | 'failed' | 'given-up',
  ): void {
    const { position, id: eventId } = item.event;
    const { status, failure } = outcome;
    const attempt = item.tries + 1;
    this.#books.note({
      position,
      part: item.part,
      eventId,
      name,
      attempt,
      result,
      status,
      failure,
      durationMs,
      at: this.#now(),
    });
    if (result === 'delivered') return;
    const fields = {
      subscriptionId: this.#subscription.id,
      eventId,
      event: name,
      attempt,
      status,
      failure,
      durationMs,
    };
    this.#deps.logger.info(
      fields,
      result === 'failed' ? 'webhooks: a delivery failed' : 'webhooks: a delivery was given up',
    );
  }

  #write(): Promise<boolean> {
    const [oldest] = this.#outstanding.keys();
    this.#progress = { ...this.#progress, position: oldest === undefined ? this.#readPosition : oldest - 1 };
    return this.#books.write(this.#progress, this.#deps.context.clock.now());
  }
}

/** Sent again on request: nothing waits behind it, and it waits behind nothing but its like. */
const isAgain = ({ origin, kind }: Item): boolean => origin === 'replay' || kind === 'resend';

const queueKey = (item: Item): string => (isAgain(item) ? `again ${item.event.intentId}` : item.event.intentId);
