/**
 * `npm run bench -- --grow [--engine postgres] [--write]`: the same calls on a database of 1 000, 10 000, 100 000 and
 * 1 000 000 setup intents. The first thousand go through the server; the rest are copies of their rows under other ids and
 * moments, written past the stopped server in large transactions. A copied card cannot be opened, so charges use new ones.
 */
import { Agent, request } from 'node:http';
import { rmSync, writeFileSync, readFileSync, existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrationLists } from '../src/main.ts';
import { systemClock } from '../src/platform/system-clock.ts';
import { openSystemRandomness } from '../src/platform/system-randomness.ts';
import { migrate } from '../src/store/migrations/migrate.ts';
import { openStore } from '../src/store/open-store.ts';
import { openSqliteEngine } from '../src/store/sqlite/sqlite-engine.ts';
import type { UseCaseContext } from '../src/use-cases/context.ts';
import { expireDueIntents } from '../src/use-cases/expire-due-intents.ts';
import { openTurns } from '../src/use-cases/in-turn.ts';
import { openEngineAt } from '../test/postgres/open-engine.ts';
import { startPostgres } from '../test/postgres/start-postgres.ts';
import { buildProduct } from './build-product.ts';
import type { DriveJob, DriveResult } from './driver/drive.ts';
import { callNames } from './driver/flow.ts';
import { databaseBytes, type GrownDatabase, openGrownFile, openGrownPostgres } from './grow/grown-database.ts';
import { type ProductProcess, startProduct } from './product-process.ts';
import { median } from './statistics.ts';
import { startWorkerProcess } from './worker-process.ts';

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'sqlite' },
    /** The largest size, and when no larger one is begun. */
    'grow-to': { type: 'string', default: '1000000' },
    'grow-minutes': { type: 'string', default: '6' },
    write: { type: 'boolean', default: false },
    /** How `npm run bench` comes here. */
    grow: { type: 'boolean', default: false },
  },
});
const engineName = values.engine;
const largest = Number(values['grow-to']);
const startedAt = systemClock.now();
const mayGoOn = (): boolean => systemClock.now() - startedAt < Number(values['grow-minutes']) * 60_000;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const firstSize = 1_000;
/** Of the first thousand, so many are charged; the others stay open, and each has its moment to expire. */
const charged = 400;
const measured = { rounds: 5, flowsARound: 60, readsARound: 60, sweeps: 15, sweepBatch: 5 };

/** Times in ms by what was timed. */
type Times = Readonly<Record<string, number>>;
/** One size, and in turn with it, on the same machine in the same minute, an installation that stays small. */
type Row = { readonly setupIntents: number; readonly bytes: number; readonly grown: Times; readonly small: Times };

type Installation = {
  start(): Promise<ProductProcess>;
  database(): Promise<GrownDatabase>;
  store(): Promise<ReturnType<typeof openStore>>;
  end(): Promise<void>;
};

const driver = startWorkerProcess<DriveJob, DriveResult>(new URL('driver/driver-process.ts', import.meta.url));

/** Each server has a folder that goes with it, so the database and the keys are put where none of them cleans up. */
const openInstallation = async (): Promise<Installation> => {
  const postgres =
    engineName === 'postgres'
      ? await startPostgres({
          // A small server's, and room for the log of a bulk load.
          settings: { shared_buffers: '512MB', max_wal_size: '8GB' },
        })
      : undefined;
  const first = await startProduct(postgres === undefined ? {} : { env: { STRONGROOM_DATABASE_URL: postgres.url() } });
  await first.stop({ keepFolder: true });
  const emptyBytes = postgres === undefined ? 0 : await databaseBytes(postgres.url());
  const dataDir = join(first.folder, 'data');
  const env = {
    STRONGROOM_DATA_DIR: dataDir,
    ...(postgres === undefined ? {} : { STRONGROOM_DATABASE_URL: postgres.url() }),
  };
  const file = join(dataDir, 'strongroom.db');
  return {
    start: () => startProduct({ env }),
    database: async () =>
      postgres === undefined
        ? openGrownFile(file, startedAt)
        : openGrownPostgres(postgres.url(), startedAt, emptyBytes),
    store: async () => {
      const engine = postgres === undefined ? openSqliteEngine({ path: file }) : openEngineAt(postgres.url());
      for (const list of migrationLists) await migrate(engine, list);
      return openStore(engine);
    },
    end: async () => {
      await postgres?.stop();
      rmSync(first.folder, { recursive: true });
    },
  };
};

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const call = (product: ProductProcess, method: string, path: string, port: number, body = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const { host, key } = product.target;
    const headers = { authorization: `Basic ${key}`, version: '2024-02-05', 'content-type': 'application/json' };
    const sent = request({ host, port, method, path, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });

const cardBody = JSON.stringify({
  reference: 'bench',
  terms: 'The customer agrees to one later charge.',
  merchantInitiatedTransactionType: 'NoShow',
  cardDetails: { cardNumber: '5200000000001005', cardName: 'Bench Card', expiryDate: '12 / 29', cV2: '020' },
});

const drive = async (product: ProductProcess, inFlight: number, flows: number): Promise<DriveResult> => {
  const result = await driver.ask({ target: product.target, inFlight, until: { flows } });
  if (result.errors > 0) throw new Error(`a flow failed: ${result.firstError}`);
  return result;
};

const plant = async (installation: Installation): Promise<void> => {
  const product = await installation.start();
  await drive(product, 8, charged);
  for (let n = charged; n < firstSize; n += 1)
    await call(product, 'POST', '/setup-intents', product.target.pciPort, cardBody);
  await product.stop();
};

const p50OfReads = async (product: ProductProcess, path: string, ids: readonly string[]): Promise<number> => {
  const times: number[] = [];
  for (const id of ids) {
    const begun = performance.now();
    await call(product, 'GET', `${path}/${id}`, product.target.apiPort);
    times.push(performance.now() - begun);
  }
  return median(times);
};

/** Medians over rounds of what was timed in each. */
const mediansOf = (rounds: readonly Times[]): Times =>
  Object.fromEntries(Object.keys(rounds[0] ?? {}).map((name) => [name, median(rounds.map((of) => of[name] ?? 0))]));

/** Lets each take its turn in every round, so that a slow minute of the machine is nobody's alone. */
const inTurn = async (rounds: number, ...runs: readonly (() => Promise<Times>)[]): Promise<readonly Times[]> => {
  const found: Times[][] = runs.map(() => []);
  for (let round = 0; round < rounds; round += 1)
    for (const [index, run] of runs.entries()) found[index]?.push(await run());
  return found.map(mediansOf);
};

const callRounds = async (installation: Installation) => {
  const database = await installation.database();
  const wanted = measured.rounds * measured.readsARound;
  const setupIntents = await database.someIds('setup_intents', wanted);
  const paymentIntents = await database.someIds('payment_intents', wanted);
  await database.close();
  const product = await installation.start();
  // Compiled, and with its statements planned.
  await drive(product, 1, 150);
  const next = (ids: readonly string[], round: number): readonly string[] =>
    Array.from({ length: measured.readsARound }, (_, n) => ids[(round * measured.readsARound + n) % ids.length] ?? '');
  let round = 0;
  return {
    run: async (): Promise<Times> => {
      const { calls } = await drive(product, 1, measured.flowsARound);
      const times = {
        ...Object.fromEntries(callNames.map((name) => [name, calls[name].p50Ms])),
        'read any setup intent': await p50OfReads(product, '/setup-intents', next(setupIntents, round)),
        'read any payment intent': await p50OfReads(product, '/payment-intents', next(paymentIntents, round)),
      };
      round += 1;
      return times;
    },
    stop: () => product.stop(),
  };
};

/** Rounds of the use case that the worker runs, on a stopped server's database, at a time when every open card is out of date. */
const sweepRounds = async (installation: Installation) => {
  const store = await installation.store();
  const limited = { ...store, dueSetupIntentIds: (now: number) => store.dueSetupIntentIds(now, measured.sweepBatch) };
  const sweep = async (now: number): Promise<number> => {
    const begun = performance.now();
    await expireDueIntents({
      store: limited,
      clock: { now: () => now },
      random: openSystemRandomness(),
      environment: 'sandbox',
      acquirerTimeoutMs: 1_000,
      inTurn: openTurns(),
      cards: {} as UseCaseContext['cards'],
      onFault: (error) => {
        throw error;
      },
    });
    return performance.now() - begun;
  };
  const run = async (): Promise<Times> => ({
    'sweep, nothing due': await sweep(startedAt),
    [`sweep that expires ${measured.sweepBatch}`]: await sweep(startedAt + 6 * 365 * 86_400_000),
  });
  await run();
  return { run, stop: () => store.close() };
};

type Rounds = { run(): Promise<Times>; stop(): Promise<void> };

/** @returns the times of the one and of the other */
const compare = async (
  rounds: number,
  installations: readonly [Installation, Installation],
  open: (installation: Installation) => Promise<Rounds>,
): Promise<readonly [Times, Times]> => {
  const [one, other] = [await open(installations[0]), await open(installations[1])];
  try {
    const [first = {}, second = {}] = await inTurn(rounds, one.run, other.run);
    return [first, second];
  } finally {
    await one.stop();
    await other.stop();
  }
};

const measure = async (): Promise<readonly Row[]> => {
  const installation = await openInstallation();
  const small = await openInstallation();
  const rows: Row[] = [];
  try {
    for (const one of [installation, small]) await plant(one);
    const planted = await installation.database();
    const templates = await planted.templates();
    await planted.close();
    for (let size = firstSize; size <= largest && (rows.length === 0 || mayGoOn()); size *= 10) {
      const database = await installation.database();
      const begun = systemClock.now();
      const setupIntents = await database.growTo(size, templates, mayGoOn);
      const bytes = await database.bytes();
      await database.close();
      say(`${setupIntents} setup intents after ${Math.round((systemClock.now() - begun) / 1000)} s, ${bytes} bytes`);
      const both = [installation, small] as const;
      const [calls, callsOfSmall] = await compare(measured.rounds, both, callRounds);
      const [sweeps, sweepsOfSmall] = await compare(measured.sweeps, both, sweepRounds);
      const row = {
        setupIntents,
        bytes,
        grown: { ...calls, ...sweeps },
        small: { ...callsOfSmall, ...sweepsOfSmall },
      };
      rows.push(row);
      say(JSON.stringify(row));
    }
    return rows;
  } finally {
    driver.stop();
    agent.destroy();
    await installation.end();
    await small.end();
  }
};

const thousands = (count: number): string => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ' ');

const render = (rows: readonly Row[]): string => {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) throw new Error('Nothing was measured.');
  const names = Object.keys(first.grown);
  const growth = (name: string): string => ((last.grown[name] ?? 0) / (last.small[name] ?? 1)).toFixed(2);
  const date = new Date(startedAt).toISOString().slice(0, 16);
  const on = `${date}, ${cpus().length} × ${cpus()[0]?.model.trim()}, load ${loadavg()[0]?.toFixed(1)}, Node ${process.versions.node}`;
  return [
    `## ${engineName === 'postgres' ? 'PostgreSQL' : 'SQLite'}`,
    '',
    `\`npm run bench -- --grow --engine ${engineName}\`, ${on}`,
    '',
    `| p50, ms | ${rows.map((row) => thousands(row.setupIntents)).join(' | ')} | the small one beside the last | growth |`,
    `|---|${rows.map(() => '---|').join('')}---|---|`,
    ...names.map(
      (name) =>
        `| ${name} | ${rows.map((row) => row.grown[name]?.toFixed(2)).join(' | ')} | ${last.small[name]?.toFixed(2)} | ${growth(name)} × |`,
    ),
    `| database bytes a setup intent | ${rows.map((row) => thousands(Math.round(row.bytes / row.setupIntents))).join(' | ')} | | |`,
    '',
  ].join('\n');
};

const heading = `# Growth

One call at a time through the built server, on a database that holds more and more. The first 1 000 setup intents go through
the server (${charged} charged, ${firstSize - charged} open, each with its card, events, payment intent and attempt where it has one); the rest are copies
of their rows under other ids, spread over the forty days before, written past the stopped server. The sweep is the worker's
use case, run on the stopped server's database. Each size is measured in turn with a second installation that keeps its first
thousand (and what measuring adds); growth is the one over the other, so that a busy minute of the machine counts for both.

`;

buildProduct();
const page = render(await measure());
process.stdout.write(`\n${page}\n`);
if (values.write) {
  const file = new URL('RESULTS-GROWTH.md', import.meta.url);
  const kept = existsSync(file)
    ? readFileSync(file, 'utf8')
        .split(/^(?=## )/m)
        .slice(1)
    : [];
  const others = kept.filter((section) => section.split('\n')[0] !== page.split('\n')[0]);
  writeFileSync(
    file,
    heading +
      [...others, page]
        .map((section) => `${section.trim()}\n`)
        .toSorted()
        .reverse()
        .join('\n'),
  );
}
