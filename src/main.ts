import { mkdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import {
  type Acquirer,
  addCardIntake,
  containsCardNumber,
  createKeyring,
  type Keyring,
  loadKeyring,
  noAcquirer,
  openSimulator,
  openVault,
  scrubCardNumbers,
  type Simulator,
  type Vault,
  type VaultOptions,
  vaultMigrations,
} from '../vault/index.ts';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config/config.ts';
import { publicSandboxKey } from './config/public-sandbox-key.ts';
import type { Account } from './domain/account.ts';
import { buildApiListener } from './http/api-listener.ts';
import { bindUseCases } from './http/bind-use-cases.ts';
import { buildPciListener } from './http/pci-listener.ts';
import { addressMatcher } from './http/protected-connections.ts';
import { bindSandboxUseCases, type SandboxUseCases } from './http/sandbox/sandbox-use-cases.ts';
import type { Server } from './http/server.ts';
import { openLogger } from './logging/logger.ts';
import { openSystemRandomness } from './platform/system-randomness.ts';
import { openSystemScheduler } from './platform/system-scheduler.ts';
import { systemClock } from './platform/system-clock.ts';
import { systemTimers } from './platform/system-timers.ts';
import type { AttemptRequest } from './ports/card-processor.ts';
import type { Scheduler } from './ports/clock.ts';
import type { Logger } from './ports/logger.ts';
import type { Randomness } from './ports/randomness.ts';
import type { Turn } from './ports/turn.ts';
import { problem } from './problems/problems.ts';
import type { Engine } from './store/engine.ts';
import type { MigrationList } from './store/migrations/migrate.ts';
import { platformMigrations } from './store/migrations/platform-migrations.ts';
import { openMigratedEngine } from './store/open-engine.ts';
import { openStore } from './store/open-store.ts';
import { alone, leaseTurn } from './store/turn-lease.ts';
import { vaultTablesOver } from './store/vault-tables.ts';
import { accountNow, type UseCaseContext } from './use-cases/context.ts';
import { type AdminContext, createAccount } from './use-cases/create-account.ts';
import { preloadApiKey } from './use-cases/create-api-key.ts';
import { deliveriesDue } from './use-cases/deliveries-due.ts';
import { expiryOfIntents } from './use-cases/expire-due-intents.ts';
import { reverseLateApproval } from './use-cases/reverse-late-approval.ts';
import { addressPolicies } from './domain/webhook/address-policy.ts';
import { WebhookRelay } from './webhooks/relay.ts';
import { openThreadedSender } from './webhooks/threaded-sender.ts';
import { startWorkers } from './workers/start-workers.ts';

/** Why the server does not start, in words for the person who started it. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

export type RunningServer = {
  /** Where the listeners are, the chosen ports in them. */
  readonly apiUrl: string;
  readonly pciUrl: string;
  /** Takes no new request, finishes what is in flight within the grace period, closes everything. */
  stop(): Promise<void>;
};

/** What the commands for accounts and keys stand on: the database alone, beside a running server or without one. */
export type Administration = AsyncDisposable & { readonly context: AdminContext };

export const openAdministration = async (config: Config): Promise<Administration> => {
  const engine = await openEngine(config, () => undefined);
  const store = openStore(engine);
  return {
    context: { store, clock: systemClock, random: openSystemRandomness(), environment: config.environment },
    [Symbol.asyncDispose]: () => store.close(),
  };
};

/** Starts the server: environment, then adapters, then use cases, then listeners. Throws `StartRefused`. */
export const startServer = async (config: Config): Promise<RunningServer> => {
  const { logger, flush } = openLogger({ form: config.log, level: config.logLevel, scrub: scrubCardNumbers });
  const onFault = (error: unknown, what: string): void => logger.error({ err: error }, what);
  orRefuse('The data folder cannot be made', () => mkdirSync(config.dataDir, { recursive: true, mode: 0o700 }));
  const keyring = openKeyring(config, logger);
  const engine = await openEngine(config, (error) => onFault(error, 'store: a checkpoint failed'));
  const store = openStore(engine);
  const random = openSystemRandomness();
  const simulator = config.mode === 'sandbox' ? openSimulatorIn(config) : null;
  const onLateApproval = (charge: AttemptRequest): void => {
    reverseLateApproval(context, charge).catch((error: unknown) =>
      onFault(error, 'charge: a late approval is not known to be reversed'),
    );
  };
  const vault = openVaultOver(config, engine, keyring, random, simulator ?? noAcquirer, { onFault, onLateApproval });
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void systemTimers.after(ms, resolve));
  const context: UseCaseContext = {
    store,
    cards: vault.processor,
    clock: systemClock,
    random,
    environment: config.environment,
    acquirerTimeoutMs: config.acquirerTimeoutMs,
    pause,
    onFault,
  };
  if (config.mode === 'sandbox') await preload(context);

  const dueWorks = [expiryOfIntents, deliveriesDue(pause)];
  const sandbox = simulator === null ? null : bindSandboxUseCases(context, simulator.sandbox, dueWorks);
  const listeners = await openListeners(config, context, vault, sandbox, logger);
  const scheduler = openSystemScheduler((error) => onFault(error, 'workers: a round failed'));
  const turn = await turnOfWorkers(engine, random, scheduler);
  const workers = startWorkers(context, scheduler, turn);
  const relay = startRelay(context, logger);
  logger.info({ mode: config.mode, apiUrl: listeners.apiUrl, pciUrl: listeners.pciUrl }, 'listening');
  return {
    apiUrl: listeners.apiUrl,
    pciUrl: listeners.pciUrl,
    stop: async () => {
      logger.info({}, 'stopping');
      await listeners.close();
      await Promise.all([workers.stop(), relay.stop()]);
      await turn.end();
      await vault.close();
      await store.close();
      logger.info({}, 'stopped');
      await flush();
    },
  };
};

/** Nodes that share a database take turns; a file has one server. */
const turnOfWorkers = (engine: Engine, random: Randomness, scheduler: Scheduler): Promise<Turn> | Turn => {
  if (engine.dialect === 'sqlite') return alone;
  const holder = Buffer.from(random.bytes(16)).toString('hex');
  return leaseTurn(engine, { name: 'workers', holder, clock: systemClock, scheduler });
};

/** Answers of receivers are waited for as long as the API promises (10 s), in a thread of their own. */
const webhookTimeoutMs = 10_000;

const startRelay = (context: UseCaseContext, logger: Logger): WebhookRelay => {
  const { environment, onFault } = context;
  const sender = openThreadedSender({ policy: addressPolicies[environment], timeoutMs: webhookTimeoutMs }, onFault);
  const scheduler = openSystemScheduler((error) => onFault(error, 'webhooks: a round failed'));
  const relay = new WebhookRelay({ context, sender, scheduler, timers: systemTimers, logger });
  relay.start();
  return relay;
};

type Listeners = { readonly apiUrl: string; readonly pciUrl: string; close(): Promise<void> };

const openListeners = async (
  config: Config,
  context: UseCaseContext,
  vault: Vault,
  sandbox: SandboxUseCases | null,
  logger: Logger,
): Promise<Listeners> => {
  let stopping = false;
  const urls = { api: '', pci: '' };
  const proxiesEndTls = config.tls === null && config.trustedProxies.length > 0;
  const server: Server = {
    useCases: bindUseCases(context),
    sandbox,
    accountNow: (account) => accountNow(context, account),
    random: context.random,
    logger,
    ...(proxiesEndTls ? { isTrustedProxy: addressMatcher(config.trustedProxies) } : {}),
    containsCardNumber,
    publicApiUrl: () => config.publicApiUrl ?? urls.api,
    publicPciUrl: () => config.publicPciUrl ?? urls.pci,
    notReady: async () => {
      if (stopping) return problem('shutting-down');
      return context.store.ping().then(
        () => undefined,
        () => problem('store-unavailable'),
      );
    },
    pause: (delayMs) => new Promise((resolve) => void systemTimers.after(delayMs, () => resolve(!stopping))),
  };
  const tls = config.tls === null ? null : readTls(config.tls);
  const api = await buildApiListener(server, tls);
  const pci = await buildPciListener(server, tls, addCardIntake(vault.captureCard));
  urls.api = await listen(api, config, config.apiPort);
  urls.pci = await listen(pci, config, config.pciPort);
  return {
    apiUrl: urls.api,
    pciUrl: urls.pci,
    close: async () => {
      stopping = true;
      await closeWithin(config.shutdownGraceMs, [api, pci]);
    },
  };
};

const readTls = ({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }) => {
  try {
    const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    // Whether both are PEM and belong together, before anything listens.
    createSecureContext(tls);
    return tls;
  } catch (error) {
    throw new StartRefused(
      `The TLS certificate or its key cannot be used: ${error instanceof Error ? error.message : 'unknown'}`,
    );
  }
};

const listen = async (listener: FastifyInstance, config: Config, port: number): Promise<string> => {
  try {
    await listener.listen({ host: config.host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new StartRefused(
      `Cannot listen on ${config.host}:${port} (${code}). Choose another port, or 0 for any free one.`,
    );
  }
  const { address, port: chosen, family } = listener.server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `${config.tls === null ? 'http' : 'https'}://${host}:${chosen}`;
};

/** Requests that outlast the grace are cut off: their attempts are durable, and settled at the next start. */
const closeWithin = async (graceMs: number, listeners: readonly FastifyInstance[]): Promise<void> => {
  const cutOff = systemTimers.after(graceMs, () => {
    for (const listener of listeners) listener.server.closeAllConnections();
  });
  await Promise.all(listeners.map((listener) => listener.close()));
  cutOff();
};

const openEngine = async (config: Config, onCheckpointFailure: (error: Error) => void): Promise<Engine> => {
  const opened = await openMigratedEngine(config.database, { migrations: migrationLists, onCheckpointFailure });
  if (opened.ok) return opened.value;
  throw new StartRefused(opened.error);
};

/** All tables of one process: the platform's and the vault's. */
export const migrationLists: readonly MigrationList[] = [
  platformMigrations,
  { owner: 'vault', migrations: vaultMigrations },
];

/** A sandbox makes its keyring; production never does, because one that is made by mistake hides that the right one is missing. */
const openKeyring = (config: Config, logger: Logger): Keyring => {
  const { keyringFile, mode } = config;
  const loaded = loadKeyring(keyringFile);
  if (loaded.ok) return loaded.value;
  const firstStart = mode === 'sandbox' && loaded.error.code === 'keyring-missing';
  const made = firstStart ? createKeyring(keyringFile, systemClock.now()) : loaded;
  if (!made.ok) throw new StartRefused(made.error.message);
  logger.info({ keyringFile }, 'made a keyring: without it the kept cards cannot be read');
  return made.value;
};

const openSimulatorIn = ({ dataDir, acquirerTimeoutMs }: Config): Simulator =>
  orRefuse('The simulated acquirer cannot be opened', () =>
    openSimulator({ ledgerPath: join(dataDir, 'acquirer-simulator.db'), timers: systemTimers, acquirerTimeoutMs }),
  );

/** What the operator's files keep from working is said in words: a stack would tell of our code, not of his disk. */
const orRefuse = <T>(what: string, open: () => T): T => {
  try {
    return open();
  } catch (error) {
    throw new StartRefused(`${what}: ${error instanceof Error ? error.message : 'unknown'}`);
  }
};

const openVaultOver = (
  config: Config,
  engine: Engine,
  keyring: Keyring,
  random: ReturnType<typeof openSystemRandomness>,
  acquirer: Acquirer,
  { onFault, onLateApproval }: Pick<UseCaseContext, 'onFault'> & Pick<VaultOptions, 'onLateApproval'>,
): Vault => {
  const { environment, acquirerTimeoutMs } = config;
  const database = vaultTablesOver(engine, onFault);
  return openVault({
    database,
    keyring,
    acquirer,
    clock: systemClock,
    random,
    timers: systemTimers,
    environment,
    acquirerTimeoutMs,
    onLateApproval,
  });
};

/** The account and key that the guide's samples use. */
const preload = async (context: AdminContext): Promise<void> => {
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
