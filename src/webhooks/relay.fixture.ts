import type { TestContext } from 'node:test';
import type { AttemptOutcome } from '../domain/webhook/delivery.ts';
import type { NotificationName } from '../domain/webhook/notification.ts';
import type { Subscription } from '../domain/webhook/subscription.ts';
import type { LogFields } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { WebhookRequest } from '../ports/webhook-sender.ts';
import { createPaymentIntent } from '../use-cases/create-payment-intent.ts';
import { createSubscription } from '../use-cases/create-subscription.ts';
import { deletePaymentIntent } from '../use-cases/delete-payment-intent.ts';
import { readDeliveries } from '../use-cases/read-deliveries.ts';
import { must, openRig, paymentTerms, type Rig } from '../use-cases/rig.fixture.ts';
import { WebhookRelay } from './relay.ts';

export const ok200: AttemptOutcome = { status: 200, failure: null };
export const failed500: AttemptOutcome = { status: 500, failure: 'status' };

/** What a receiver is sent, as far as tests look at it. */
export type Sent = {
  readonly url: string;
  readonly id: string;
  readonly event: string;
  readonly intentId: string;
  readonly status: string;
  readonly request: WebhookRequest;
};

/** One node's relay, whose rounds the test runs. */
export type Node = { tick(): Promise<void>; stop(): Promise<void> };

export type RelayRig = Rig & {
  readonly sent: Sent[];
  readonly logged: { readonly fields: LogFields; readonly message: string }[];
  /** What the receiver answers from now on. */
  answerWith: (sent: Sent) => AttemptOutcome | Promise<AttemptOutcome>;
  readonly node: Node;
  /** @param store what is answered otherwise than by the rig's own */
  openNode(store?: Partial<Store>): Node;
  /** Lets time pass in small steps, with a round of every given node in each. */
  run(steps: number, stepMs?: number, nodes?: readonly Node[]): Promise<void>;
  subscribe(url?: string, events?: readonly NotificationName[]): Promise<Subscription>;
  /** A payment intent; cancelled, it has two notifications. */
  createIntent(): Promise<string>;
  cancelIntent(id: string): Promise<void>;
  intentIdsSent(): string[];
};

const everything: readonly NotificationName[] = ['payment_intent.created', 'payment_intent.status_updated'];

const sentFrom = (request: WebhookRequest): Sent => {
  const { id, event, data } = JSON.parse(request.body) as {
    id: string;
    event: string;
    data: { paymentIntentId: string; paymentStatus: string };
  };
  return { url: request.url, id, event, intentId: data.paymentIntentId, status: data.paymentStatus, request };
};

/** The relay over a real store, with a receiver, a clock and rounds that the test owns. */
export const openRelayRig = async (t: TestContext): Promise<RelayRig> => {
  const rig = await openRig(t);
  const sent: Sent[] = [];
  const logged: RelayRig['logged'] = [];
  const note = (fields: LogFields, message: string): void => void logged.push({ fields, message });
  const logger = { error: note, warn: note, info: note, debug: note };
  const openNode = (store: Partial<Store> = {}): Node => {
    let round: () => Promise<void> = async () => undefined;
    const scheduler = {
      every: (_intervalMs: number, run: () => Promise<void>) => {
        round = run;
        return { stop: async () => undefined };
      },
    };
    const sender = {
      send: async (request: WebhookRequest) => {
        const what = sentFrom(request);
        sent.push(what);
        return relayRig.answerWith(what);
      },
      close: async () => undefined,
    };
    const timers = {
      after: (_delayMs: number, run: () => void) => {
        setImmediate(run);
        return () => undefined;
      },
    };
    const context = { ...rig.context, store: { ...rig.context.store, ...store } };
    const relay = new WebhookRelay({ context, sender, scheduler, timers, logger });
    relay.start();
    return { tick: () => round(), stop: () => relay.stop() };
  };
  const node = openNode();
  const input = { account: rig.account, remember: null };
  const relayRig: RelayRig = {
    ...rig,
    sent,
    logged,
    answerWith: () => ok200,
    node,
    openNode,
    run: async (steps, stepMs = 50, nodes = [node]) => {
      for (let step = 0; step < steps; step += 1) {
        rig.pass(stepMs);
        for (const one of nodes) await one.tick();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    subscribe: async (url = 'https://receiver.example/hooks', events = everything) =>
      must(await createSubscription(rig.context, { ...input, url, events, description: null })),
    createIntent: async () =>
      must(
        await createPaymentIntent(rig.context, { ...input, terms: paymentTerms, expireAt: null, setupIntentId: null }),
      ).id,
    cancelIntent: async (id) => {
      must(await deletePaymentIntent(rig.context, { ...input, id }));
    },
    intentIdsSent: () => sent.map(({ intentId }) => intentId),
  };
  return relayRig;
};

/** How a subscription fares: what waits, and what was done. */
export const deliveriesOf = async (rig: RelayRig, id: string) =>
  must(await readDeliveries(rig.context, { account: rig.account, id, before: null, limit: 500 }));
