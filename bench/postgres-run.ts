import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../src/store/migrations/migrate.ts';
import { platformMigrations } from '../src/store/migrations/platform-migrations.ts';
import { openStore } from '../src/store/open-store.ts';
import { measureFlows } from '../scripts/measured-flow.ts';
import { openEngineAt } from '../test/postgres/open-engine.ts';
import { administer, startPostgres } from '../test/postgres/start-postgres.ts';
import type { DriveJob, DriveResult } from './driver/drive.ts';
import { limitShare, processorMs } from './processor-share.ts';
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
  /** Nodes that are let run for a part of the time, so that a second one has a processor to itself. */
  readonly shared: { readonly one: number; readonly two: number };
  /** Processor time of a flow with one node, in ms. */
  readonly processorMs: { readonly node: number; readonly postgres: number; readonly driver: number };
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

type Bench = {
  readonly adminUrl: string;
  readonly postgresPid: number;
  readonly drivers: readonly Driver[];
  readonly nodes: readonly ProductProcess[];
};

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

/** Of a core, for each node: two of them, the database and the drivers then fit on two cores. */
const shareOfNode = 1 / 4;

/** Drives nodes that are let run for their share of the time. */
const driveShared = async (
  drivers: readonly Driver[],
  nodes: readonly ProductProcess[],
  inFlight: number,
  until: DriveJob['until'],
): Promise<readonly DriveResult[]> => {
  const ends = nodes.map(({ pid }) => limitShare(pid, shareOfNode));
  try {
    return await drive(drivers, nodes, inFlight, until);
  } finally {
    for (const end of ends) end();
  }
};

type Processor = PostgresLevel['processorMs'];

/** What a flow of one node costs each process. */
const driveCounted = async (
  { drivers, nodes, postgresPid }: Bench,
  inFlight: number,
  until: DriveJob['until'],
): Promise<{ readonly result: DriveResult; readonly processor: Processor }> => {
  const [node, driver] = [nodes[0], drivers[0]];
  if (node === undefined || driver === undefined) throw new Error('Nobody to measure.');
  const pids = [node.pid, postgresPid, driver.pid] as const;
  const before = pids.map(processorMs);
  const [result] = await drive(drivers, [node], inFlight, until);
  if (result === undefined) throw new Error('A driver gave no result.');
  const [ofNode = 0, ofPostgres = 0, ofDriver = 0] = pids.map(
    (pid, index) => (processorMs(pid) - (before[index] ?? 0)) / Math.max(1, result.flows),
  );
  return { result, processor: { node: ofNode, postgres: ofPostgres, driver: ofDriver } };
};

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
  bench: Bench,
  inFlight: number,
): Promise<PostgresLevel> => {
  const { adminUrl, drivers, nodes } = bench;
  const alone: number[] = [];
  const processors: Processor[] = [];
  const shared: { one: number; two: number }[] = [];
  const one: DriveResult[] = [];
  const both: (readonly DriveResult[])[] = [];
  const answers: DriveResult[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    alone.push(await runStore(adminUrl, inFlight));
    const { result, processor } = await driveCounted(bench, inFlight, until);
    one.push(result);
    processors.push(processor);
    both.push(await drive(drivers, nodes, inFlight, until));
    const [ofOne, ofTwo] = [
      await driveShared(drivers, nodes.slice(0, 1), inFlight, until),
      await driveShared(drivers, nodes, inFlight * 2, until),
    ];
    answers.push(...ofOne, ...ofTwo);
    shared.push({ one: flowsPerSecond(ofOne), two: flowsPerSecond(ofTwo) });
    const figures = [alone.at(-1), one.at(-1)?.flowsPerSecond, flowsPerSecond(both.at(-1) ?? [])];
    const [store, oneNode, twoNodes] = figures.map((figure) => Math.round(figure ?? 0));
    const quarters = shared.at(-1);
    say(
      `in flight ${inFlight}, round ${round}: store ${store}, one node ${oneNode}, two nodes ${twoNodes} flows/s; ` +
        `with a quarter of a core each, one ${quarters?.one.toFixed(0)}, two ${quarters?.two.toFixed(0)}`,
    );
  }
  answers.push(...one, ...both.flat());
  const storeFlowsPerSecond = median(alone);
  const oneNodeFlowsPerSecond = median(one.map((result) => result.flowsPerSecond));
  return {
    inFlight,
    storeFlowsPerSecond,
    oneNodeFlowsPerSecond,
    twoNodesFlowsPerSecond: median(both.map(flowsPerSecond)),
    shared: { one: median(shared.map(({ one: of }) => of)), two: median(shared.map(({ two: of }) => of)) },
    processorMs: {
      node: median(processors.map(({ node }) => node)),
      postgres: median(processors.map(({ postgres }) => postgres)),
      driver: median(processors.map(({ driver }) => driver)),
    },
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
    const postgresPid = Number(readFileSync(join(postgres.folder, 'data', 'postmaster.pid'), 'latin1').split('\n')[0]);
    const bench = { adminUrl: postgres.url(), postgresPid, drivers, nodes };
    for (const inFlight of options.inFlight) levels.push(await runLevel(options, bench, inFlight));
    return levels;
  } finally {
    for (const driver of drivers) driver.stop();
    // The first one's folder holds the keys of both.
    for (const node of nodes.toReversed()) await node.stop();
    await postgres.stop();
  }
};

/** The levels as tables. @param machine what it was measured on, and when */
export const renderPostgres = (levels: readonly PostgresLevel[], machine: string): string => {
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  const table = (heading: string, cells: (level: PostgresLevel) => readonly string[]): string => {
    const columns = heading.split('|').length;
    const rows = levels.map((level) => `| ${[String(level.inFlight), ...cells(level)].join(' | ')} |`);
    return [`| in flight | ${heading} |`, `|${'---|'.repeat(columns + 1)}`, ...rows].join('\n');
  };
  const speeds = table('store alone | one node | of the store | p99 of a call | two nodes', (level) => [
    level.storeFlowsPerSecond.toFixed(0),
    level.oneNodeFlowsPerSecond.toFixed(0),
    percent(level.ratioToStore),
    `${level.oneNodeP99Ms.toFixed(1)} ms`,
    level.twoNodesFlowsPerSecond.toFixed(0),
  ]);
  const added = table('one node | two nodes, each with as many in flight | added', ({ shared }) => [
    shared.one.toFixed(0),
    shared.two.toFixed(0),
    percent(shared.two / shared.one - 1),
  ]);
  const costs = table('node | PostgreSQL | driver', ({ processorMs: ms }) => [
    `${ms.node.toFixed(2)} ms`,
    `${ms.postgres.toFixed(2)} ms`,
    `${ms.driver.toFixed(2)} ms`,
  ]);
  return `${machine}\n\nFlows/s on PostgreSQL\n\n${speeds}\n\nFlows/s where each node runs for a quarter of the time, so that a core is free for the second\n\n${added}\n\nProcessor time of a flow, one node\n\n${costs}\n`;
};
