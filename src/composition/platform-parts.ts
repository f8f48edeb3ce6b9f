import type { Account } from '../domain/account.ts';
import { publicSandboxKey } from '../config/public-sandbox-key.ts';
import { openSystemScheduler } from '../platform/system-scheduler.ts';
import { systemClock } from '../platform/system-clock.ts';
import type { CardProcessor } from '../ports/card-processor.ts';
import type { Scheduler } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { Engine } from '../store/engine.ts';
import { alone, leaseLeadership } from '../store/leadership-lease.ts';
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
  ...(config.eventRetentionDays === null ? {} : { eventsKeptMs: config.eventRetentionDays * dayMs }),
  pause,
  onFault,
});

/** Of nodes that share a database one runs the workers; a file has one server. */
const leadershipOver = (engine: Engine, { random }: Base, scheduler: Scheduler): Promise<Leadership> | Leadership => {
  if (engine.dialect === 'sqlite') return alone;
  const holder = Buffer.from(random.bytes(16)).toString('hex');
  return leaseLeadership(engine, { name: 'workers', holder, clock: systemClock, scheduler });
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
  const leadership = await leadershipOver(engine, base, scheduler);
  const workers = startWorkers(context, scheduler, logger, leadership);
  const relay = startRelayThread(
    { database: config.database, environment: config.environment },
    { engine, logger, scheduler, isNeeded: () => isSubscriptionFree(context) },
  );
  return {
    stop: async () => {
      await Promise.all([workers.stop(), relay.stop()]);
      await leadership.end();
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
