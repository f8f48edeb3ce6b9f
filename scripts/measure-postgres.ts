// Measures the store over PostgreSQL, without HTTP: `node scripts/measure-postgres.ts [flows] [url]`.
// Without a URL it starts a server of its own, which flushes every commit to this machine's disk.
// `awaited` is what the engine is compared with: 20 connections, a transaction for each write, an answer for each statement.
import type { Engine } from '../src/store/engine.ts';
import { migrate } from '../src/store/migrations/migrate.ts';
import { platformMigrations } from '../src/store/migrations/platform-migrations.ts';
import { openStore } from '../src/store/open-store.ts';
import { openEngineAt } from '../test/postgres/open-engine.ts';
import { administer, startPostgres } from '../test/postgres/start-postgres.ts';
import { openAwaitedEngine } from './awaited-engine.ts';
import { type MeasuredFlows, measureFlows } from './measured-flow.ts';

const flows = Number(process.argv[2] ?? 4000);
const given = process.argv[3];
const started = given === undefined ? await startPostgres({ settings: { shared_buffers: '128MB' } }) : undefined;
const adminUrl = started?.url() ?? given ?? '';
const database = 'strongroom_measured';

const open = {
  engine: (url: string): Engine => openEngineAt(url),
  awaited: (url: string): Engine => openAwaitedEngine(url, 20),
};

type Round = { readonly how: keyof typeof open; readonly inFlight: number; readonly nodes: number };
const rounds: readonly Round[] = [
  { how: 'engine', inFlight: 1, nodes: 1 },
  { how: 'awaited', inFlight: 1, nodes: 1 },
  { how: 'engine', inFlight: 16, nodes: 1 },
  { how: 'awaited', inFlight: 16, nodes: 1 },
  { how: 'engine', inFlight: 64, nodes: 1 },
  { how: 'awaited', inFlight: 64, nodes: 1 },
  { how: 'engine', inFlight: 64, nodes: 2 },
];

const measure = async ({ how, inFlight, nodes }: Round, url: string): Promise<readonly MeasuredFlows[]> => {
  const engines = Array.from({ length: nodes }, () => open[how](url));
  const migrated = openEngineAt(url);
  await migrate(migrated, platformMigrations);
  await migrated.close();
  const share = Math.ceil((inFlight === 1 ? flows / 8 : flows) / nodes);
  const measured = await Promise.all(
    engines.map((engine, index) =>
      measureFlows(openStore(engine), { flows: share, inFlight: inFlight / nodes, first: index * share }),
    ),
  );
  for (const engine of engines) await engine.close();
  return measured;
};

const url = new URL(adminUrl);
url.pathname = `/${database}`;
process.stdout.write('how      in flight  nodes  flows/s  commits/s  commit p50 / p99 / max ms\n');
for (const round of rounds) {
  await administer(adminUrl, `create database ${database} template template0`);
  const measured = await measure(round, url.href);
  await administer(adminUrl, `drop database ${database} with (force)`);
  const sum = (of: (result: MeasuredFlows) => number): string =>
    measured.reduce((total, result) => total + of(result), 0).toFixed(0);
  const worst = (of: (result: MeasuredFlows) => number): string => Math.max(...measured.map(of)).toFixed(1);
  const cells = [
    round.how.padEnd(7),
    String(round.inFlight).padStart(9),
    String(round.nodes).padStart(5),
    sum((result) => result.flowsPerSecond).padStart(7),
    sum((result) => result.commitsPerSecond).padStart(9),
    [worst((r) => r.commitMsP50), worst((r) => r.commitMsP99), worst((r) => r.commitMsMax)].join(' / '),
  ];
  process.stdout.write(`${cells.join('  ')}\n`);
}
await started?.stop();
