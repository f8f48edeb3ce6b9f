import { join } from 'node:path';
import { migrate } from '../src/store/migrations/migrate.ts';
import { platformMigrations } from '../src/store/migrations/platform-migrations.ts';
import { openStore } from '../src/store/open-store.ts';
import { measureFlows } from '../scripts/measured-flow.ts';
import { openEngineAt } from '../test/postgres/open-engine.ts';
import { administer, startPostgres } from '../test/postgres/start-postgres.ts';
import type { DriveJob, DriveResult } from './driver/drive.ts';
import { type ProductProcess, startProduct } from './product-process.ts';
import { median } from './statistics.ts';
import { startWorkerProcess } from './worker-process.ts';

/** One concurrency on PostgreSQL, medians over the rounds. */
export type PostgresLevel = {
  readonly inFlight: number;
  /** The store alone in one process: the same statements, and no HTTP. */
  readonly storeFlowsPerSecond: number;
  readonly oneNodeFlowsPerSecond: number;
  readonly twoNodesFlowsPerSecond: number;
  readonly oneNodeP99Ms: number;
  readonly ratioToStore: number;
  readonly errors: number;
  readonly firstError: string | null;
};

export type PostgresRunOptions = {
  readonly inFlight: readonly number[];
  readonly rounds: number;
  readonly until: DriveJob['until'];
  readonly say: (line: string) => void;
};

const startDriver = () =>
  startWorkerProcess<DriveJob, DriveResult>(new URL('driver/driver-process.ts', import.meta.url));
type Driver = ReturnType<typeof startDriver>;

const warmUpSeconds = 2;
/** Enough for a second or more at any speed that was seen. */
const storeFlows = { alone: 300, together: 1500 };

/** Drives every node with its share of what is in flight. */
const drive = async (
  drivers: readonly Driver[],
  nodes: readonly ProductProcess[],
  inFlight: number,
  until: DriveJob['until'],
): Promise<readonly DriveResult[]> =>
  Promise.all(
    nodes.map((node, index) => {
      const driver = drivers[index];
      if (driver === undefined) throw new Error('A node has no driver.');
      return driver.ask({ target: node.target, inFlight: Math.max(1, Math.round(inFlight / nodes.length)), until });
    }),
  );

const flowsPerSecond = (results: readonly DriveResult[]): number =>
  results.reduce((sum, result) => sum + result.flowsPerSecond, 0);

/** The store's own speed, in a database of its own. */
const runStore = async (adminUrl: string, inFlight: number): Promise<number> => {
  await administer(adminUrl, 'create database store_alone template template0');
  const url = new URL(adminUrl);
  url.pathname = '/store_alone';
  const engine = openEngineAt(url.href);
  try {
    await migrate(engine, platformMigrations);
    const flows = inFlight === 1 ? storeFlows.alone : storeFlows.together;
    return (await measureFlows(openStore(engine), { flows, inFlight })).flowsPerSecond;
  } finally {
    await engine.close();
    await administer(adminUrl, 'drop database store_alone with (force)');
  }
};

const runLevel = async (
  { rounds, until, say }: PostgresRunOptions,
  { adminUrl, drivers, nodes }: { adminUrl: string; drivers: readonly Driver[]; nodes: readonly ProductProcess[] },
  inFlight: number,
): Promise<PostgresLevel> => {
  const alone: number[] = [];
  const one: DriveResult[] = [];
  const both: (readonly DriveResult[])[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    alone.push(await runStore(adminUrl, inFlight));
    one.push(...(await drive(drivers, nodes.slice(0, 1), inFlight, until)));
    both.push(await drive(drivers, nodes, inFlight, until));
    const figures = [alone.at(-1), one.at(-1)?.flowsPerSecond, flowsPerSecond(both.at(-1) ?? [])];
    const [store, oneNode, twoNodes] = figures.map((figure) => Math.round(figure ?? 0));
    say(`in flight ${inFlight}, round ${round}: store ${store}, one node ${oneNode}, two nodes ${twoNodes} flows/s`);
  }
  const answers = [...one, ...both.flat()];
  const storeFlowsPerSecond = median(alone);
  const oneNodeFlowsPerSecond = median(one.map((result) => result.flowsPerSecond));
  return {
    inFlight,
    storeFlowsPerSecond,
    oneNodeFlowsPerSecond,
    twoNodesFlowsPerSecond: median(both.map(flowsPerSecond)),
    oneNodeP99Ms: median(one.map(({ overall }) => overall.p99Ms)),
    ratioToStore: oneNodeFlowsPerSecond / storeFlowsPerSecond,
    errors: answers.reduce((sum, { errors }) => sum + errors, 0),
    firstError: answers.find(({ firstError }) => firstError !== null)?.firstError ?? null,
  };
};

/** Measures one and two nodes of the built product on a PostgreSQL of this machine, which flushes every commit. */
export const runPostgres = async (options: PostgresRunOptions): Promise<readonly PostgresLevel[]> => {
  const postgres = await startPostgres({ settings: { shared_buffers: '128MB' } });
  const drivers = [startDriver(), startDriver()];
  const nodes: ProductProcess[] = [];
  try {
    const env = { STRONGROOM_DATABASE_URL: postgres.url() };
    const first = await startProduct({ env });
    nodes.push(first);
    // Its own acquirer, for that is a file in a sandbox; the keys must be the same.
    const keyring = { STRONGROOM_KEYRING_FILE: join(first.folder, 'data', 'keyring.json') };
    nodes.push(await startProduct({ env: { ...env, ...keyring } }));
    await drive(drivers, nodes, 16, { seconds: warmUpSeconds });
    const levels: PostgresLevel[] = [];
    for (const inFlight of options.inFlight)
      levels.push(await runLevel(options, { adminUrl: postgres.url(), drivers, nodes }, inFlight));
    return levels;
  } finally {
    for (const driver of drivers) driver.stop();
    // The first one's folder holds the keys of both.
    for (const node of nodes.toReversed()) await node.stop();
    await postgres.stop();
  }
};

/** The levels as a table. */
export const renderPostgres = (levels: readonly PostgresLevel[]): string => {
  const heading =
    '| in flight | store alone | one node | of the store | p99 of a call | two nodes |\n|---|---|---|---|---|---|';
  const rows = levels.map(
    (level) =>
      `| ${level.inFlight} | ${level.storeFlowsPerSecond.toFixed(0)} | ${level.oneNodeFlowsPerSecond.toFixed(0)} | ` +
      `${(level.ratioToStore * 100).toFixed(0)} % | ${level.oneNodeP99Ms.toFixed(1)} ms | ${level.twoNodesFlowsPerSecond.toFixed(0)} |`,
  );
  return `Flows/s on PostgreSQL\n\n${[heading, ...rows].join('\n')}\n`;
};
