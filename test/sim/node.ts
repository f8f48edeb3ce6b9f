import { createSecretKey } from 'node:crypto';
import { type Acquirer, type Keyring, openVault, type Vault } from '../../vault/index.ts';
import { bindUseCases } from '../../src/http/use-cases.ts';
import type { Server } from '../../src/http/server.ts';
import type { Scheduler } from '../../src/ports/clock.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import type { Randomness } from '../../src/ports/randomness.ts';
import { StoreUnavailable } from '../../src/ports/store.ts';
import type { Engine } from '../../src/store/engine.ts';
import { openStore } from '../../src/store/open-store.ts';
import { type RunGroup, writeQueue } from '../../src/store/write-queue.ts';
import { vaultTablesOver } from '../../src/composition/vault-tables.ts';
import { accountNow, type UseCaseContext } from '../../src/use-cases/context.ts';
import { openTurns } from '../../src/use-cases/in-turn.ts';
import { startWorkers } from '../../src/workers/start-workers.ts';
import type { SimulatedDatabase } from './database.ts';
import { type Fate, okFate } from './step.ts';
import { currentCallId, type Life, runAs, type Turns } from './turns.ts';

export const acquirerTimeoutMs = 2_000;

/** What all processes have in common, and what they are watched by. */
export type Surroundings = {
  readonly turns: Turns;
  readonly database: SimulatedDatabase;
  readonly acquirerOf: (life: Life) => Acquirer;
  readonly random: Randomness;
  readonly now: () => number;
  /** Whether a process is alone on its database, and may remember what it wrote. */
  readonly remembers: boolean;
  /** A group of writes is durable. */
  readonly committed: () => void;
  /** The process was told of its group. */
  readonly heard: () => void;
  /** A call begins an attempt. */
  readonly charging: (callId: number, attemptId: string) => void;
  readonly onFault: (error: unknown, what: string) => void;
};

/** One process of the product. */
export type SimulatedNode = {
  readonly life: Life;
  readonly context: UseCaseContext;
  readonly server: Server;
  readonly captureCard: Vault['captureCard'];
};

const wrappingKey = createSecretKey(Buffer.alloc(32, 1));
const keyring: Keyring = {
  activeKeyId: 'simulated',
  wrappingKey: (id) => (id === 'simulated' ? wrappingKey : undefined),
  fingerprintKey: createSecretKey(Buffer.alloc(32, 2)),
};

const unreachable = (): StoreUnavailable => new StoreUnavailable('The simulated database is away.');

/** `a, b from c` as far as a reader of a trace needs it. */
const tableOf = (sql: string): string => /\b(?:from|into|update)\s+(\w+)/.exec(sql)?.[1] ?? sql.slice(0, 30);

/**
 * The engine of one process: its reads and its group commits are turns. A group is durable at one turn and reported at a
 * later one, in order, as by a thread of its own; a crash in between leaves it durable and unreported.
 */
const engineOf = (life: Life, { turns, database, committed, heard, remembers }: Surroundings): Engine => {
  const { connection } = database;
  let fate: Fate = okFate;
  const commit: RunGroup = async (group, told) => {
    const outcomes = fate.type === 'fail-before' ? [] : connection.writeGroup(group);
    const failed = fate.type === 'fail-before' || fate.type === 'fail-after';
    committed();
    const what = (): string =>
      `node ${life.node} hears of its writes to ${group
        .flat()
        .map(({ sql }) => tableOf(sql))
        .join(', ')}`;
    await turns.wait(life, 'written', what, () => {
      heard();
      if (failed) throw unreachable();
      for (const [index, outcome] of outcomes.entries()) told(index, outcome);
    });
  };
  const later = (flush: () => void): void => {
    const run = (given: Fate): void => {
      fate = given;
      flush();
    };
    turns.add({ kind: 'flush', life, what: () => `node ${life.node} commits`, run });
  };
  const commits = writeQueue(commit, { groupMax: 128, waitingMax: 20_000, later });
  return {
    dialect: 'sqlite',
    all: (sql, params) =>
      turns.wait(
        life,
        'read',
        () => `node ${life.node} reads ${tableOf(sql)}`,
        (given) => {
          if (given.type === 'fail') throw unreachable();
          return connection.read(sql, params);
        },
      ),
    write: (statements) => commits.write(statements),
    ...(remembers ? { foreignWrites: () => 0 } : {}),
    close: () => Promise.resolve(),
  };
};

/** Rounds of the workers are turns, due when their interval has passed. */
const schedulerOf = (life: Life, { turns, now, onFault }: Surroundings): Scheduler => {
  let workers = 0;
  return {
    every: (intervalMs, run) => {
      const owner = { label: `n${life.node}s${life.start}w${workers++}`, count: 0, callId: null };
      const wait = (): void => {
        const round = (): void =>
          runAs(owner, () => {
            run()
              .catch((error: unknown) => onFault(error, 'a round failed'))
              .finally(wait);
          });
        runAs(owner, () =>
          turns.add({
            kind: 'round',
            life,
            dueAt: now() + intervalMs,
            what: () => `worker ${owner.label} has a round`,
            run: round,
          }),
        );
      };
      wait();
      return { stop: () => Promise.resolve() };
    },
  };
};

/** Starts a process: the real composition over ports that the simulation owns. */
export const startNode = (life: Life, surroundings: Surroundings): SimulatedNode => {
  const { turns, random, now, onFault } = surroundings;
  const clock = { now };
  const engine = engineOf(life, surroundings);
  const vault = openVault({
    database: vaultTablesOver(engine, onFault),
    keyring,
    acquirer: surroundings.acquirerOf(life),
    clock,
    random,
    timers: {
      after: (ms, run) =>
        turns.add({ kind: 'timer', life, dueAt: now() + ms, what: () => `node ${life.node} gives up waiting`, run }),
    },
    environment: 'sandbox',
    acquirerTimeoutMs,
  });
  const context: UseCaseContext = {
    store: openStore(engine),
    cards: {
      ...vault.processor,
      charge: (request) => {
        const callId = currentCallId();
        if (callId !== null) surroundings.charging(callId, request.attemptId);
        return vault.processor.charge(request);
      },
    },
    clock,
    random,
    environment: 'sandbox',
    acquirerTimeoutMs,
    inTurn: openTurns(),
    onFault,
  };
  const server = {
    useCases: bindUseCases(context),
    accountNow: (account) => accountNow(context, account),
    random,
    publicApiUrl: () => 'http://sandbox.example',
  } satisfies Partial<Server> as unknown as Server;
  startWorkers(context, schedulerOf(life, surroundings), silentLogger);
  return { life, context, server, captureCard: (request) => vault.captureCard(request) };
};
