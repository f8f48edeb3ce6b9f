// Measures the store over PostgreSQL, without HTTP: `node scripts/measure-postgres.ts [flows] [url]`.
// Without a URL it starts a server of its own, which flushes every commit to this machine's disk.
import { parsePostgresUrl } from '../src/config/postgres-url.ts';
import { migrate } from '../src/store/migrations/migrate.ts';
import { platformMigrations } from '../src/store/migrations/platform-migrations.ts';
import { openStore } from '../src/store/open-store.ts';
import { openPostgresEngine } from '../src/store/postgres/postgres-engine.ts';
import { administer, startPostgres } from '../test/postgres/start-postgres.ts';
import { measureFlows } from './measured-flow.ts';

const flows = Number(process.argv[2] ?? 4000);
const given = process.argv[3];
const started = given === undefined ? await startPostgres({ settings: { shared_buffers: '128MB' } }) : undefined;
const adminUrl = started?.url() ?? given ?? '';

const openEngine = () => {
  const url = new URL(adminUrl);
  url.pathname = '/strongroom_measured';
  const server = parsePostgresUrl(url.href);
  if (!server.ok) throw new Error(server.error);
  return openPostgresEngine({ server: server.value });
};

process.stdout.write('in flight  engines  flows/s  commits/s  commit p50 / p99 / max ms\n');
for (const [inFlight, engines] of [
  [1, 1],
  [16, 1],
  [64, 1],
  [64, 2],
] as const) {
  await administer(adminUrl, 'create database strongroom_measured template template0');
  const opened = Array.from({ length: engines }, openEngine);
  for (const engine of opened) await migrate(engine, platformMigrations);
  const share = Math.ceil((inFlight === 1 ? flows / 8 : flows) / engines);
  const results = await Promise.all(
    opened.map((engine, index) =>
      measureFlows(openStore(engine), { flows: share, inFlight: inFlight / engines, first: index * share }),
    ),
  );
  const sum = (of: (result: (typeof results)[number]) => number): string =>
    results.reduce((total, result) => total + of(result), 0).toFixed(0);
  const worst = (of: (result: (typeof results)[number]) => number): string => Math.max(...results.map(of)).toFixed(1);
  const times = [worst((r) => r.commitMsP50), worst((r) => r.commitMsP99), worst((r) => r.commitMsMax)].join(' / ');
  process.stdout.write(
    `${String(inFlight).padStart(9)}  ${String(engines).padStart(7)}  ${sum((r) => r.flowsPerSecond).padStart(7)}  ${sum((r) => r.commitsPerSecond).padStart(9)}  ${times}\n`,
  );
  for (const engine of opened) await engine.close();
  await administer(adminUrl, 'drop database strongroom_measured with (force)');
}
await started?.stop();
