import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, openClient } from '../journeys/open-client.ts';
import { startPostgres } from '../postgres/start-postgres.ts';
import type { SeededRandom } from '../sim/seeded-random.ts';
import type { BooksPlace } from './books.ts';
import { pause } from './pause.ts';
import { type SpawnedServer, spawnServer } from './spawned-server.ts';

export type EngineName = 'sqlite' | 'postgres';

/** One or several servers on the same books, killed and restarted while callers go on. */
export type Cluster = {
  readonly place: BooksPlace;
  /** A caller's way to some server that runs; waits while none does. */
  client(random: SeededRandom): Promise<Client>;
  /** Starts what does not run. Throws when a server does not come up. */
  startAll(): Promise<void>;
  /**
   * Kills a running server after some more answers, and starts it again; at times another kill comes while it still starts.
   * @param answered how many calls were answered so far
   */
  crashOne(random: SeededRandom, answered: () => number): Promise<void>;
  /** SIGTERM to all; their exit codes, `undefined` where there was no server or it was killed. */
  stopAll(): Promise<readonly (number | undefined)[]>;
  readonly counts: { kills: number; killsWhileStarting: number; starts: number };
  /** What the servers printed of faults: their log at level error. */
  readonly faults: readonly string[];
  /** Ends everything and removes the files. */
  remove(): Promise<void>;
};

type Node = { server: SpawnedServer | null; client: Client | null };

/** Soon enough that a lost answer is noticed within one life of a server. */
const acquirerTimeoutMs = '250';
/** Its power is cut after so many answers, from the first of a life to a good many, and a few milliseconds more or less. */
const answersMax = 250;
const offsetMsMax = 20;
/** And not later than this, should callers wait for each other. */
const lifeMsMax = 2_000;
/** How often the answers are counted. */
const lookMs = 4;
/** How long a start takes on a busy machine, more or less: a kill at a random moment within it hits every phase. */
const startMsMax = 2_500;
const killsWhileStartingShare = 0.15;
const faultsKept = 50;
const printedLengthMax = 5_000;

/** A new folder, and a PostgreSQL of its own where that is the engine; no server runs yet. @param size of servers, one on SQLite */
export const openCluster = async (engine: EngineName, size: number): Promise<Cluster> => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-crash-'));
  const postgres = engine === 'postgres' ? await startPostgres() : null;
  const place = { dataDir: join(folder, 'data'), postgresUrl: postgres?.url() ?? null };
  const nodes: Node[] = Array.from({ length: size }, () => ({ server: null, client: null }));
  const counts = { kills: 0, killsWhileStarting: 0, starts: 0 };
  const faults: string[] = [];
  let waiting: (() => void)[] = [];

  let printed = '';
  const spawn = (): SpawnedServer => {
    printed = '';
    return spawnServer({
      dataDir: place.dataDir,
      env: {
        STRONGROOM_LOG: 'json',
        STRONGROOM_LOG_LEVEL: 'error',
        STRONGROOM_ACQUIRER_TIMEOUT_MS: acquirerTimeoutMs,
        ...(place.postgresUrl === null ? {} : { STRONGROOM_DATABASE_URL: place.postgresUrl }),
      },
      onOutput: (text) => {
        printed = (printed + text).slice(-printedLengthMax);
        for (const line of text.split('\n'))
          if (line.includes('"level":"error"') && faults.length < faultsKept) faults.push(line);
      },
    });
  };

  const start = async (node: Node): Promise<void> => {
    const server = spawn();
    const addresses = await server.listening;
    if (addresses === undefined) throw new Error(`a server did not start on its own files:\n${printed}`);
    counts.starts += 1;
    node.server = server;
    node.client = openClient(addresses);
    for (const wake of waiting) wake();
    waiting = [];
  };
  /** Nobody is sent there any more; what was answered before its end still arrives. */
  const end = async (node: Node, by: 'kill' | 'stop'): Promise<number | undefined> => {
    const { server, client } = node;
    node.server = null;
    node.client = null;
    const code = await server?.[by]();
    client?.close();
    return code ?? undefined;
  };

  return {
    place,
    counts,
    faults,
    client: async (random) => {
      for (;;) {
        const up = nodes.flatMap(({ client }) => (client === null ? [] : [client]));
        if (up.length > 0) return random.pick(up);
        await new Promise<void>((wake) => waiting.push(wake));
      }
    },
    startAll: async () => {
      // One after another: the first makes the keyring that the others read.
      for (const node of nodes) if (node.server === null) await start(node);
    },
    crashOne: async (random, answered) => {
      const node = random.pick(nodes);
      const enough = answered() + random.int(answersMax);
      const latest = performance.now() + lifeMsMax;
      while (answered() < enough && performance.now() < latest) await pause(lookMs);
      await pause(1 + random.int(offsetMsMax));
      await end(node, 'kill');
      counts.kills += 1;
      while (random.chance(killsWhileStartingShare)) {
        const starting = spawn();
        await pause(1 + random.int(startMsMax));
        await starting.kill();
        counts.killsWhileStarting += 1;
      }
      await start(node);
    },
    stopAll: () => Promise.all(nodes.map((node) => end(node, 'stop'))),
    remove: async () => {
      await Promise.all(nodes.map((node) => end(node, 'kill')));
      await postgres?.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
};
