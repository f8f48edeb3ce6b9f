/** `npm run bench`: the built product beside its floors. `bench/README.md` tells what is measured and how. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/platform/system-clock.ts';
import { buildProduct } from './build-product.ts';
import { countSyncs } from './commit-count.ts';
import { captureFlow } from './driver/drive.ts';
import type { DriveJob, DriveResult } from './driver/drive.ts';
import { callNames } from './driver/flow.ts';
import { recordAnswer } from './floors/bare-http.ts';
import type { RecordedAnswer } from './floors/bare-http.ts';
import type { CommitJob, CommitResult } from './floors/commits.ts';
import type { StackAloneJob } from './floors/stack-alone.ts';
import { runMemory } from './memory-run.ts';
import { renderPostgres, runPostgres } from './postgres-run.ts';
import { runProfile } from './profile-run.ts';
import { startProduct } from './product-process.ts';
import type { ProductProcess } from './product-process.ts';
import { renderResults } from './results-page.ts';
import type { BenchReport, Machine } from './results-page.ts';
import { ratioToBareHttp, runRounds } from './rounds.ts';
import { startWorkerProcess } from './worker-process.ts';
import type { WorkerProcess } from './worker-process.ts';

const usage = `npm run bench -- [options]
  --seconds <s>         length of each measured run (3)
  --flows <n>           runs of this many flows instead of a time
  --in-flight <a,b,c>   concurrencies (1,16,64)
  --rounds <n>          interleaved rounds per concurrency (3)
  --engine postgres     one and two nodes on a PostgreSQL beside the store alone, instead of all else
  --webhooks            what notifications cost and how fast they are, instead of all else (its options: bench/webhooks.ts)
  --grow                the same calls from 1 000 to 1 000 000 setup intents, instead of all else (--grow-to, --grow-minutes)
  --wakes               how long notifications take from one node's commit to another's receiver, instead of all else
  --memory              also pass 100 000 flows and watch the memory (--memory-flows changes the number)
  --profile             also tell where the time goes
  --json                print one JSON document instead of tables
  --write               keep the tables in bench/RESULTS.md
`;

type Options = {
  readonly until: DriveJob['until'];
  readonly inFlight: readonly number[];
  readonly rounds: number;
  readonly engine: 'sqlite' | 'postgres';
  readonly memoryFlows: number | null;
  readonly profile: boolean;
  readonly json: boolean;
  readonly write: boolean;
};

const positive = (name: string, text: string, max: number): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > max)
    throw new Error(`--${name} must be a number above 0 and at most ${max}`);
  return value;
};

const count = (name: string, text: string, max: number): number => {
  const value = positive(name, text, max);
  if (!Number.isInteger(value)) throw new Error(`--${name} must be a whole number`);
  return value;
};

const engineNamed = (text: string): Options['engine'] => {
  if (text !== 'sqlite' && text !== 'postgres') throw new Error('--engine must be sqlite or postgres');
  return text;
};

const readOptions = (argv: readonly string[]): Options | undefined => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seconds: { type: 'string', default: '3' },
      flows: { type: 'string' },
      'in-flight': { type: 'string', default: '1,16,64' },
      rounds: { type: 'string', default: '3' },
      engine: { type: 'string', default: 'sqlite' },
      memory: { type: 'boolean', default: false },
      'memory-flows': { type: 'string', default: '100000' },
      profile: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    until:
      values.flows === undefined
        ? { seconds: positive('seconds', values.seconds, 600) }
        : { flows: count('flows', values.flows, 10_000_000) },
    inFlight: values['in-flight'].split(',').map((text) => count('in-flight', text, 1024)),
    rounds: count('rounds', values.rounds, 100),
    engine: engineNamed(values.engine),
    memoryFlows: values.memory ? count('memory-flows', values['memory-flows'], 10_000_000) : null,
    profile: values.profile,
    json: values.json,
    write: values.write,
  };
};

const thisMachine = (): Machine => ({
  cores: cpus().length,
  processor: cpus()[0]?.model.trim() ?? 'an unknown processor',
  kernel: release(),
  node: process.versions.node,
  memoryBytes: totalmem(),
  date: new Date(systemClock.now()).toISOString().slice(0, 10),
});

const syncFlows = 200;

const measureSyncs = async (
  driver: WorkerProcess<DriveJob, DriveResult>,
  product: ProductProcess,
): Promise<BenchReport['commits']> => {
  const failures: string[] = [];
  const syncs = await countSyncs(product.pid, async () => {
    const result = await driver.ask({ target: product.target, inFlight: 1, until: { flows: syncFlows } });
    if (result.firstError !== null) failures.push(result.firstError);
  });
  if (failures.length > 0) throw new Error(failures[0]);
  return syncs === undefined ? null : { flows: syncFlows, syncs };
};

const measure = async (options: Options, say: (line: string) => void): Promise<BenchReport> => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-floors-'));
  const driver = startWorkerProcess<DriveJob, DriveResult>(new URL('driver/driver-process.ts', import.meta.url));
  const bareHttp = startWorkerProcess<readonly RecordedAnswer[], { apiPort: number; pciPort: number }>(
    new URL('floors/bare-http-process.ts', import.meta.url),
  );
  const commitFloor = startWorkerProcess<CommitJob, CommitResult>(
    new URL('floors/commits-process.ts', import.meta.url),
  );
  const stackAlone = startWorkerProcess<StackAloneJob, { apiPort: number; pciPort: number }>(
    new URL('floors/stack-alone-process.ts', import.meta.url),
  );
  const product = await startProduct();
  let stopped = false;
  try {
    const answers = await captureFlow(product.target);
    const recorded = callNames.map((name, index) =>
      recordAnswer(name, answers[index]?.head ?? '', answers[index]?.body ?? ''),
    );
    const intentBytes = Math.max(...answers.map(({ body }) => body.length));
    const bareHttpPorts = await bareHttp.ask(recorded);
    const stackAlonePorts = await stackAlone.ask({
      answers: recorded,
      databaseFile: join(folder, 'stack-alone.db'),
      intentBytes,
    });
    const levels = await runRounds({
      driver,
      commits: commitFloor,
      product: product.target,
      bareHttp: { ...product.target, ...bareHttpPorts },
      stackAlone: { ...product.target, ...stackAlonePorts },
      folder,
      intentBytes,
      inFlight: options.inFlight,
      rounds: options.rounds,
      until: options.until,
      rssBytes: product.rssBytes,
      say,
    });
    say('counting commits');
    const commits = await measureSyncs(driver, product);
    // A server of its own: the growth of a fresh start belongs to what is watched.
    stopped = true;
    await product.stop();
    const memory = options.memoryFlows === null ? null : await measureMemory(driver, options.memoryFlows, say);
    if (options.profile) say('profiling');
    const profile = options.profile ? await runProfile(driver, { inFlight: 64, seconds: 10 }) : null;
    const failures = [
      ...levels.flatMap((level) => [level.product, level.bareHttp, level.stackAlone]),
      ...(memory === null ? [] : [memory]),
    ];
    return {
      machine: thisMachine(),
      rounds: options.rounds,
      ratioToBareHttp: ratioToBareHttp(levels),
      levels,
      commits,
      memory,
      profile,
      errors: failures.reduce((sum, { errors }) => sum + errors, 0),
      firstError: failures.find(({ firstError }) => firstError !== null)?.firstError ?? null,
    };
  } finally {
    if (!stopped) await product.stop();
    driver.stop();
    bareHttp.stop();
    commitFloor.stop();
    stackAlone.stop();
    rmSync(folder, { recursive: true });
  }
};

const measureMemory = async (
  driver: WorkerProcess<DriveJob, DriveResult>,
  flows: number,
  say: (line: string) => void,
): Promise<BenchReport['memory']> => {
  say(`watching the memory over ${flows} flows`);
  const product = await startProduct();
  try {
    return await runMemory(driver, product, { flows, inFlight: 64 });
  } finally {
    await product.stop();
  }
};

const machineLine = (): string => {
  const { cores, processor, kernel, node } = thisMachine();
  const at = new Date(systemClock.now()).toISOString().slice(0, 16);
  return `${at}, ${cores} × ${processor}, Linux ${kernel}, Node ${node}, load average ${loadavg()[0]?.toFixed(1)}`;
};

const mainOnPostgres = async (options: Options): Promise<number> => {
  const levels = await runPostgres({ ...options, say: (line) => process.stderr.write(`${line}\n`) });
  process.stdout.write(
    options.json ? `${JSON.stringify({ levels }, null, 2)}\n` : `\n${renderPostgres(levels, machineLine())}\n`,
  );
  const wrong = levels.find(({ errors }) => errors > 0);
  if (wrong !== undefined) process.stderr.write(`wrong answers; the first: ${wrong.firstError}\n`);
  return wrong === undefined ? 0 : 1;
};

const main = async (): Promise<number> => {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(usage);
    return 0;
  }
  buildProduct();
  if (options.engine === 'postgres') return mainOnPostgres(options);
  const report = await measure(options, (line) => process.stderr.write(`${line}\n`));
  const page = renderResults(report);
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `\n${page}\n`);
  if (options.write) writeFileSync(new URL('RESULTS.md', import.meta.url), page);
  if (report.errors > 0) process.stderr.write(`${report.errors} wrong answers; the first: ${report.firstError}\n`);
  return report.errors > 0 ? 1 : 0;
};

const failed = (error: unknown): 1 => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
};

if (process.argv.includes('--webhooks')) await import('./webhooks.ts');
else if (process.argv.includes('--wakes')) await import('./wakes-run.ts');
else if (process.argv.includes('--grow')) await import('./grow-run.ts');
else process.exitCode = await main().catch(failed);
