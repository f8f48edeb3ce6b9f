import type { Account } from '../domain/account.ts';
import { publicSandboxKey } from '../config/public-sandbox-key.ts';
import { openSystemScheduler } from '../platform/system-scheduler.ts';
import { systemClock } from '../platform/system-clock.ts';
import type { CardProcessor } from '../ports/card-processor.ts';
import type { Scheduler } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import type { Turn } from '../ports/turn.ts';
import type { Engine } from '../store/engine.ts';
import { alone, leaseTurn } from '../store/turn-lease.ts';
import type { UseCaseContext } from '../use-cases/context.ts';
import { type AdminContext, createAccount } from '../use-cases/create-account.ts';
import { preloadApiKey } from '../use-cases/create-api-key.ts';
import { openTurns } from '../use-cases/in-turn.ts';
import { oncePerOutage } from '../workers/once-per-outage.ts';
import { startWorkers } from '../workers/start-workers.ts';
import type { Base } from './base.ts';
import { startRelayThread } from './start-relay-thread.ts';

const dayMs = 86_400_000;

/** What use cases stand on in a running server: real time and chance, over this store and this way to the cards. */
export const contextOver = (
  { config, random, pause, onFault }: Base,
  { store, cards }: { readonly store: Store; readonly cards: CardProcessor },
): UseCaseContext => ({
  store,
  cards,
  clock: systemClock,
  random,
  environment: config.environment,
  acquirerTimeoutMs: config.acquirerTimeoutMs,
  inTurn: openTurns(),
  eventsKeptMs: config.eventRetentionDays === null ? null : config.eventRetentionDays * dayMs,
  pause,
  onFault,
});

/** Nodes that share a database take turns; a file has one server. */
const turnOfWorkers = (engine: Engine, { random }: Base, scheduler: Scheduler): Promise<Turn> | Turn => {
  if (engine.dialect === 'sqlite') return alone;
  const holder = Buffer.from(random.bytes(16)).toString('hex');
  return leaseTurn(engine, { name: 'workers', holder, clock: systemClock, scheduler });
};

const isSubscriptionFree = async ({ store, clock }: UseCaseContext): Promise<boolean> =>
  (await store.claimableWebhooks(clock.now(), 1)).length > 0;

/** Starts the background work: workers and webhook relay. */
export const startBackgroundWork = async (
  base: Base,
  context: UseCaseContext,
  engine: Engine,
): Promise<{ stop(): Promise<void> }> => {
  const { config, logger, onFault } = base;
  const scheduler = oncePerOutage(
    openSystemScheduler((error) => onFault(error, 'workers: a round failed')),
    systemClock,
    (error) => logger.debug({ err: error }, 'workers: a round failed again'),
  );
  const turn = await turnOfWorkers(engine, base, scheduler);
  const workers = startWorkers(context, scheduler, logger, turn);
  const relay = startRelayThread(
    { database: config.database, environment: config.environment },
    { engine, logger, scheduler, isNeeded: () => isSubscriptionFree(context) },
  );
  return {
    stop: async () => {
      await Promise.all([workers.stop(), relay.stop()]);
      await turn.end();
    },
  };
};

/** The account and key that the guide's samples use. */
export const preload = async (context: AdminContext): Promise<void> => {
  const account = await sandboxAccount(context);
  const preloaded = await preloadApiKey(context, { accountId: account.id, secretKey: publicSandboxKey });
  if (!preloaded.ok) throw new Error(`the sandbox key could not be preloaded: ${preloaded.error}`);
};

const sandboxAccount = async (context: AdminContext): Promise<Account> => {
  const name = 'Sandbox';
  const created = await createAccount(context, { name });
  if (created.ok) return created.value;
  // Made at an earlier start, or by another node at this moment.
  const known = (await context.store.accounts()).find((account) => account.name === name);
  if (known === undefined) throw new Error(`the sandbox account could not be made: ${created.error}`);
  return known;
};
