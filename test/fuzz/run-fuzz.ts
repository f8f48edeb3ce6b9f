import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Addresses } from '../../src/cli/demo/printed-addresses.ts';
import { type SpawnedServer, spawnServer } from '../crash/spawned-server.ts';
import { openClient } from '../journeys/open-client.ts';
import { runCommand } from '../journeys/run-command.ts';
import { publicSandboxKey } from '../journeys/start-strongroom.ts';
import { seededRandom, type SeededRandom } from '../sim/seeded-random.ts';
import { openWire, sendRaw, type WireAnswer, type WireConnection, wireBytes } from './connection.ts';
import { type Caller, newFuzzRequest } from './fuzz-request.ts';
import { judge } from './judge.ts';
import { type Growth, growthOf, isGrowing, type MemorySample, rssMibOf } from './memory-growth.ts';
import { filesWithCards } from './kept-cards.ts';
import { type FuzzOperation, type Listener, operationsIn } from './operations.ts';
import { newRawBytes } from './raw-bytes.ts';
import { rememberIds } from './sample.ts';
import { openWatchedLog, type WatchedLog } from './watched-log.ts';

export type FuzzOptions = {
  readonly seed: number;
  readonly requests: number;
  readonly inFlight: number;
  readonly onProgress?: (requests: number) => void;
};

export type FuzzFailure = { readonly fault: string; readonly request: string; readonly answer: string };

export type FuzzReport = {
  readonly failures: readonly FuzzFailure[];
  readonly failureCount: number;
  readonly statuses: ReadonlyMap<number, number>;
  /** By operation: how often it was asked, and how often it said yes. */
  readonly operations: ReadonlyMap<string, { asked: number; accepted: number }>;
  readonly counts: {
    requests: number;
    raw: number;
    rawAnswers: number;
    outages: number;
    unanswered: number;
    logLines: number;
  };
  readonly growth: Growth | null;
};

const failuresKept = 20;
const rawShare = 0.04;
const samplesMax = 200;
const acquirerTimeoutMs = '150';
/** Of the calls that lead to a payment, and thereby to most of the code. */
const flowShare = 0.45;
const flow = ['POST /setup-intents', 'POST /payment-intents', 'POST /payment-intents/{paymentIntentId}/charge'];
/** Calls on the sandbox's strings move a whole account, and deleting ends what others would look at: now and then is enough. */
const isRare = ({ method, path }: FuzzOperation): boolean => path.startsWith('/sandbox') || method === 'DELETE';
const rareShare = 0.2;
/** Every so manyeth refusal is looked up in the log. */
const traceEvery = 10;
const shownLength = 1_500;

type Run = {
  readonly options: FuzzOptions;
  readonly ports: Readonly<Record<Listener, number>>;
  readonly operations: readonly FuzzOperation[];
  readonly flow: readonly FuzzOperation[];
  readonly keys: { readonly main: string; readonly sandbox: string };
  readonly log: WatchedLog;
  readonly report: { -readonly [Name in keyof FuzzReport]: FuzzReport[Name] } & {
    readonly failures: FuzzFailure[];
    readonly statuses: Map<number, number>;
    readonly operations: Map<string, { asked: number; accepted: number }>;
  };
  readonly samples: MemorySample[];
  readonly pid: number;
  left: number;
};

const shown = (bytes: Buffer): string => JSON.stringify(bytes.toString('latin1').slice(0, shownLength));

const fail = (run: Run, fault: string, request: Buffer, answer: object | string | number): void => {
  run.report.failureCount += 1;
  if (run.report.failures.length < failuresKept)
    run.report.failures.push({ fault, request: shown(request), answer: JSON.stringify(answer).slice(0, shownLength) });
};

const note = (run: Run, answer: WireAnswer): void => {
  run.report.statuses.set(answer.status, (run.report.statuses.get(answer.status) ?? 0) + 1);
  if (answer.status === 503) run.report.counts.outages += 1;
};

const someOperation = (run: Run, random: SeededRandom): FuzzOperation => {
  const inFlow = random.chance(flowShare);
  for (;;) {
    const operation = random.pick(inFlow ? run.flow : run.operations);
    if (!isRare(operation) || random.chance(rareShare)) return operation;
  }
};

const sendOne = async (
  run: Run,
  random: SeededRandom,
  wires: Readonly<Record<Listener, WireConnection>>,
  caller: Caller,
): Promise<void> => {
  const operation = someOperation(run, random);
  // Now and then a call of one listener goes to the other.
  const listener = random.chance(0.03) ? random.pick(['api', 'pci'] as const) : operation.listener;
  const own = operation.path.startsWith('/sandbox') ? { ...caller, keys: [run.keys.sandbox] } : caller;
  const request = newFuzzRequest(random, operation, own);
  const bytes = wireBytes(request);
  const toHead = request.method === 'HEAD';
  const answer = await wires[listener].exchange(bytes, toHead);
  const name = `${operation.listener} ${operation.method} ${operation.path}`;
  const tally = run.report.operations.get(name) ?? { asked: 0, accepted: 0 };
  run.report.operations.set(name, tally);
  tally.asked += 1;
  if (answer === 'closed' || answer === 'silent') {
    run.report.counts.unanswered += 1;
    fail(run, answer === 'closed' ? 'no answer' : 'no answer in time', bytes, answer);
    return;
  }
  note(run, answer);
  const fault = judge(answer, toHead);
  if (fault !== undefined) fail(run, fault, bytes, { ...answer, headers: [...answer.headers] });
  if (answer.status < 300) {
    tally.accepted += 1;
    rememberIds(caller.known, answer.body);
  } else if (!toHead && run.report.counts.requests % traceEvery === 0) {
    // A repeated answer is the first one byte by byte, with the first one's trace id; the header names its own.
    const traceId = answer.headers.get('request-id') ?? /"traceId":"([0-9a-f-]+)"/.exec(answer.body)?.[1];
    if (traceId !== undefined) run.log.expect(traceId, `${answer.status} ${shown(bytes).slice(0, 300)}`);
  }
};

const sendRawOne = async (run: Run, random: SeededRandom): Promise<void> => {
  const { bytes, halfClose } = newRawBytes(random, run.keys.main);
  const answers = await sendRaw(run.ports[random.pick(['api', 'pci'] as const)], bytes, halfClose);
  run.report.counts.raw += 1;
  if (answers === 'silent') return fail(run, 'a connection that was not ended in time', bytes, answers);
  for (const answer of answers) {
    run.report.counts.rawAnswers += 1;
    note(run, answer);
    const fault = judge(answer, false);
    if (fault !== undefined) fail(run, fault, bytes, { ...answer, headers: [...answer.headers] });
  }
};

const runCaller = async (run: Run, index: number): Promise<void> => {
  const random = seededRandom(run.options.seed * 1000 + index);
  const caller: Caller = { keys: [run.keys.main], known: new Map() };
  const wires = { api: openWire(run.ports.api), pci: openWire(run.ports.pci) };
  const sampleEvery = Math.max(1, Math.floor(run.options.requests / samplesMax));
  while (run.left > 0) {
    run.left -= 1;
    run.report.counts.requests += 1;
    const { requests } = run.report.counts;
    if (requests % sampleEvery === 0) {
      const rssMib = rssMibOf(run.pid);
      if (rssMib !== undefined) run.samples.push({ requests, rssMib });
      run.options.onProgress?.(requests);
    }
    if (random.chance(rawShare)) await sendRawOne(run, random);
    else await sendOne(run, random, wires, caller);
  }
  wires.api.close();
  wires.pci.close();
};

const portOf = (url: string): number => Number(new URL(url).port);

const operationsOf = async ({ apiUrl, pciUrl }: Addresses): Promise<readonly FuzzOperation[]> => {
  const read = async (url: string): Promise<unknown> => (await fetch(`${url}/openapi.json`)).json();
  return [...operationsIn('api', await read(apiUrl)), ...operationsIn('pci', await read(pciUrl))];
};

/** A second account, whose clock and acquirer the run may turn as it likes. */
const secondKey = async (dataDir: string): Promise<string> => {
  const account = (await runCommand(['accounts', 'create', 'Fuzzed sandbox'], dataDir)).stdout.trim();
  const key = (await runCommand(['keys', 'create', account], dataDir)).stdout.trim();
  if (!key.startsWith('sk_sandbox_')) throw new Error('no key for the second account');
  return key;
};

/** After everything that it was sent, the server still does its work. */
const checkAlive = async (run: Run, addresses: Addresses): Promise<void> => {
  const client = openClient(addresses);
  try {
    const setupIntent = await client.tokenise('5200000000001005');
    const paymentIntent = await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id });
    const charged = await client.charge(paymentIntent.shown.id);
    if (charged.shown.status !== 'Successful')
      fail(run, 'the flow does not work any more', Buffer.from('charge'), charged.text);
  } finally {
    client.close();
  }
};

const judgeServer = async (run: Run, server: SpawnedServer): Promise<void> => {
  const code = await server.stop();
  if (code !== 0) fail(run, `the server ended with ${String(code)}`, Buffer.from('SIGTERM'), 'no code 0');
  for (const line of run.log.faults) fail(run, 'a line of the log', Buffer.from(''), line);
  const missing = run.log.missing();
  if (missing.length > 0) fail(run, `${missing.length} trace ids are not in the log`, Buffer.from(''), missing);
  run.report.counts.logLines = run.log.counts.lines;
  if (run.samples.length === 0) return;
  const growth = growthOf(run.samples);
  run.report.growth = growth;
  if (isGrowing(growth)) fail(run, 'the memory grows', Buffer.from(''), growth);
};

/** Sends so many mutated requests to a server of its own, in an empty folder that is removed, and judges all that comes of it. */
export const runFuzz = async (options: FuzzOptions): Promise<FuzzReport> => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-fuzz-'));
  const dataDir = join(folder, 'data');
  const log = openWatchedLog();
  const server = spawnServer({
    dataDir,
    env: { STRONGROOM_LOG: 'json', STRONGROOM_ACQUIRER_TIMEOUT_MS: acquirerTimeoutMs },
    // As the program's own first line has it (bin/strongroom.js).
    nodeFlags: ['--max-semi-space-size=16', '--heap-growing-percent=30'],
    onOutput: log.take,
  });
  try {
    const addresses = await server.listening;
    if (addresses === undefined) throw new Error(`the server did not start: ${log.faults.join('\n')}`);
    const operations = await operationsOf(addresses);
    const run: Run = {
      options,
      ports: { api: portOf(addresses.apiUrl), pci: portOf(addresses.pciUrl) },
      operations,
      flow: operations.filter(({ method, path }) => flow.includes(`${method} ${path}`)),
      keys: { main: publicSandboxKey, sandbox: await secondKey(dataDir) },
      log,
      report: {
        failures: [],
        failureCount: 0,
        statuses: new Map(),
        operations: new Map(),
        counts: { requests: 0, raw: 0, rawAnswers: 0, outages: 0, unanswered: 0, logLines: 0 },
        growth: null,
      },
      samples: [],
      pid: server.pid,
      left: options.requests,
    };
    await Promise.all(Array.from({ length: options.inFlight }, (_, index) => runCaller(run, index)));
    await checkAlive(run, addresses);
    await judgeServer(run, server);
    for (const file of filesWithCards(folder)) fail(run, 'a card number in a file', Buffer.from(''), file);
    return run.report;
  } finally {
    await server.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
};
