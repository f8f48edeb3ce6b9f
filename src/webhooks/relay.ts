import type { Account } from '../domain/account.ts';
import { retrySchedules } from '../domain/webhook/retry-schedule.ts';
import type { Scheduler, Timers } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { WebhookSender } from '../ports/webhook-sender.ts';
import type { UseCaseContext } from '../use-cases/context.ts';
import { Blockades } from './blockades.ts';
import { Courier, type CourierDeps, writeIntervalMs } from './courier.ts';
import { DeliveryBooks, heldDueAt } from './delivery-books.ts';
import { HostLanes } from './host-lanes.ts';
import { OutboxTail } from './outbox-tail.ts';

export type RelayDeps = {
  readonly context: Pick<UseCaseContext, 'store' | 'clock' | 'random' | 'environment' | 'onFault'>;
  readonly sender: WebhookSender;
  readonly scheduler: Scheduler;
  readonly timers: Timers;
  readonly logger: Logger;
};

/** How often new events are looked for: a small part of the time in which a notification must arrive. */
const tickMs = 20;
/** How often where word of them comes by itself: what one that was lost costs. */
const trustingTickMs = 250;
/** Word of every commit comes singly; under load, rounds closer together than this would find one event each. */
const wakeGapMs = 5;
/** How often edits, due retries and subscriptions without a node are looked for. */
const refreshMs = 250;
/** How long a node that died keeps others from its subscriptions; a live one renews three times in it. */
const leaseMs = 4_500;
const renewMs = 1_500;
/** Small enough that nodes which start together share. */
const claimsPerRefresh = 32;
/** How long a stop waits for answers: those that come later are delivered again by whoever goes on. */
const stopPatienceMs = 1_000;

/**
 * Delivers the notifications of the subscriptions that this node holds by lease. Several nodes share one database: each
 * subscription has one courier at a time, so nothing is sent twice in the ordinary case and order needs no agreement.
 */
export class WebhookRelay {
  readonly #deps: RelayDeps;
  readonly #courierDeps: CourierDeps;
  readonly #owner: string;
  readonly #couriers = new Map<string, Courier>();
  /** Still writing down what they did: nobody else may deliver for these here. */
  readonly #ending = new Set<string>();
  readonly #tail: OutboxTail;
  #refreshedAt = 0;
  #renewedAt = 0;
  #running: { stop(): Promise<void> } | undefined;
  #isWoken = false;
  #followedAt = 0;
  #round: Promise<void> | undefined;
  #takeBackRound: (() => void) | undefined;

  constructor(deps: RelayDeps) {
    this.#deps = deps;
    const { context, sender, logger } = deps;
    const schedule = retrySchedules[context.environment];
    this.#courierDeps = { context, sender, logger, schedule, lanes: new HostLanes() };
    this.#owner = `node_${Buffer.from(context.random.bytes(16)).toString('base64url')}`;
    this.#tail = new OutboxTail(context.store);
  }

  start(): void {
    this.#running = this.#deps.scheduler.every(tickMs, () => this.#tickOnce());
    this.#deps.context.store.wakes?.onWake(() => this.#wake());
  }

  /** Takes nothing new, writes down what was done, and leaves the subscriptions to others. */
  async stop(): Promise<void> {
    this.#deps.context.store.wakes?.onWake(() => undefined);
    this.#takeBackRound?.();
    await this.#running?.stop();
    await this.#round;
    this.#deps.context.store.wakes?.rest();
    const cutOff = new Promise<void>((resolve) => void this.#deps.timers.after(stopPatienceMs, resolve));
    const ended = await Promise.allSettled([...this.#couriers.values()].map((courier) => courier.stop(cutOff)));
    for (const outcome of ended) if (outcome.status === 'rejected') this.#fault(outcome.reason);
    this.#couriers.clear();
    await this.#deps.context.store
      .commit([{ kind: 'release-webhooks', owner: this.#owner }])
      .catch((error: unknown) => this.#fault(error));
    await this.#deps.sender.close();
  }

  /** Rounds never overlap, whoever asks for one. */
  #tickOnce(): Promise<void> {
    this.#round ??= this.#tick().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  /** There is something new: the next round begins at once, or a moment after the last one. */
  #wake(): void {
    this.#isWoken = true;
    if (this.#couriers.size === 0 || this.#takeBackRound !== undefined) return;
    const sinceLastMs = Math.abs(this.#deps.context.clock.now() - this.#followedAt);
    const waitMs = this.#round === undefined ? Math.max(0, wakeGapMs - sinceLastMs) : wakeGapMs;
    const run = (): void => {
      this.#takeBackRound = undefined;
      if (this.#isWoken) this.#tickOnce().catch((error: unknown) => this.#fault(error));
    };
    if (waitMs === 0) run();
    else this.#takeBackRound = this.#deps.timers.after(waitMs, run);
  }

  /** Whether to ask the database for new events now, or to wait for word of them. */
  #mustLook(now: number): boolean {
    const { wakes } = this.#deps.context.store;
    if (wakes === undefined || !wakes.isTrusted() || this.#isWoken || this.#tail.isBehind) return true;
    return Math.abs(now - this.#followedAt) >= trustingTickMs;
  }

  async #tick(): Promise<void> {
    const { clock, store } = this.#deps.context;
    const now = clock.now();
    if (now - this.#refreshedAt >= refreshMs || now < this.#refreshedAt) {
      this.#refreshedAt = now;
      await this.#refresh(now);
    }
    if (this.#couriers.size === 0) {
      store.wakes?.rest();
      return this.#tail.rest();
    }
    store.wakes?.tend(now);
    if (this.#mustLook(now)) await this.#follow(now);
    // With many couriers each writes less often, so that their commits do not crowd out requests.
    const writeEveryMs = Math.max(writeIntervalMs, this.#couriers.size);
    await this.#forEachCourier((courier) => courier.turn(this.#tail.horizon, writeEveryMs));
  }

  async #follow(now: number): Promise<void> {
    // Before the look: what is committed during it may not be in it.
    this.#isWoken = false;
    this.#followedAt = now;
    const { after, upTo, events } = await this.#tail.step(now);
    if (upTo === after) return;
    const byAccount = Map.groupBy(events, ({ accountId }) => accountId);
    for (const courier of this.#couriers.values()) courier.offer(byAccount.get(courier.accountId) ?? [], after, upTo);
  }

  async #refresh(now: number): Promise<void> {
    const { store } = this.#deps.context;
    if (this.#couriers.size > 0 && now - this.#renewedAt >= renewMs) {
      this.#renewedAt = now;
      await store.commit([{ kind: 'renew-webhooks', owner: this.#owner, leasedUntil: now + leaseMs }]);
    }
    await this.#claim(now);
    const held = new Map(
      (await store.heldWebhooks(this.#owner)).map(({ subscriptionId, version }) => [subscriptionId, version]),
    );
    const accounts = new Map<string, Account>();
    await this.#forEachCourier(async (courier, id) => {
      const version = held.get(id);
      if (version === undefined) return false;
      if (version !== courier.version) {
        const subscription = await store.webhookSubscription(id);
        if (subscription === undefined) return false;
        courier.change(subscription);
      }
      const account = accounts.get(courier.accountId) ?? (await store.account(courier.accountId));
      if (account === undefined) return false;
      accounts.set(account.id, account);
      await courier.refresh(account);
      return true;
    });
  }

  /** One that fails never keeps the others from their turn. `false` ends a courier: it is paused, gone or another node's. */
  async #forEachCourier(turn: (courier: Courier, id: string) => Promise<boolean>): Promise<void> {
    const outcomes = await Promise.allSettled(
      [...this.#couriers].map(async ([id, courier]) => ({
        id,
        goesOn: (await turn(courier, id)) && !courier.isPaused,
      })),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') this.#fault(outcome.reason);
      else if (!outcome.value.goesOn) this.#end(outcome.value.id);
    }
  }

  #end(id: string): void {
    const courier = this.#couriers.get(id);
    this.#couriers.delete(id);
    if (courier === undefined) return;
    this.#ending.add(id);
    const cutOff = new Promise<void>((resolve) => void this.#deps.timers.after(stopPatienceMs, resolve));
    courier
      .stop(cutOff)
      .catch((error: unknown) => this.#fault(error))
      .finally(() => this.#ending.delete(id));
  }

  async #claim(now: number): Promise<void> {
    const { store } = this.#deps.context;
    const free = (await store.claimableWebhooks(now, claimsPerRefresh)).filter((id) => !this.#ending.has(id));
    await Promise.all(
      free.map(async (subscriptionId) => {
        const claim = {
          kind: 'claim-webhooks',
          subscriptionId,
          owner: this.#owner,
          now,
          leasedUntil: now + leaseMs,
        } as const;
        const claimed = await store.commit([claim]);
        if (claimed.ok && !this.#couriers.has(subscriptionId)) await this.#open(subscriptionId);
      }),
    );
  }

  async #open(id: string): Promise<void> {
    const { store } = this.#deps.context;
    const [subscription, progress, blocked] = await Promise.all([
      store.webhookSubscription(id),
      store.webhookProgress(id),
      store.blockedIntents(id),
    ]);
    const account = subscription === undefined ? undefined : await store.account(subscription.accountId);
    if (subscription === undefined || progress === undefined || account === undefined) return;
    // Whatever waits behind nothing would wait for good.
    const stranded = blocked.filter(({ dueAt }) => dueAt === heldDueAt);
    await store.commit(
      stranded.map(({ intentId }) => ({ kind: 'release-held', subscriptionId: id, intentId, now: 0 }) as const),
    );
    const books = new DeliveryBooks(store, subscription.accountId, this.#owner);
    this.#couriers.set(
      id,
      new Courier(this.#courierDeps, books, { subscription, account, progress, blocked: new Blockades(blocked) }),
    );
  }

  #fault(error: unknown): void {
    this.#deps.context.onFault(error, 'webhooks: a round failed');
  }
}
