/**
 * `npm run bench -- --webhooks`: what notifications cost and how fast they are, with the built product, one subscriber, and a
 * receiver and a driver of their own. Prints flows/s with and without the subscriber in turn, ages at arrival, and the
 * rate of a replay. With `--backlog <flows>` another subscriber, which nobody answers for, has so many flows' notifications
 * waiting before anything is measured.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/platform/system-clock.ts';
import { systemTimers } from '../src/platform/system-timers.ts';
import { buildProduct } from './build-product.ts';
import type { DriveJob, DriveResult } from './driver/drive.ts';
import { type ProductProcess, startProduct } from './product-process.ts';
import { median } from './statistics.ts';
import type { ReceiverQuestion, ReceiverReply } from './webhooks/receiver-process.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    'in-flight': { type: 'string', default: '64' },
    'lanes-under-load': { type: 'string', default: '2' },
    backlog: { type: 'string', default: '0' },
    /** How `npm run bench` comes here. */
    webhooks: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);

/** Every name that the guide's flow tells of: five notifications a flow. */
const events = [
  'setup_intent.created',
  'setup_intent.status_updated',
  'payment_intent.created',
  'payment_intent.status_updated',
];

const notificationsPerFlow = 5;

type Bench = {
  readonly product: ProductProcess;
  readonly driver: WorkerProcess<DriveJob, DriveResult>;
  readonly receiver: WorkerProcess<ReceiverQuestion, ReceiverReply>;
};

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const call = async (
  { target }: ProductProcess,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, string>> => {
  const response = await fetch(`http://${target.host}:${target.apiPort}${path}`, {
    method,
    headers: { authorization: `Basic ${target.key}`, version: '2026-02-27', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Record<string, string>);
};

const pause = (delayMs: number): Promise<void> => new Promise((resolve) => systemTimers.after(delayMs, resolve));

/** Processor time so far of the thread that answers requests and of all others, in ms (proc(5): ticks of 10 ms). */
const processorMs = ({ pid }: ProductProcess): { readonly main: number; readonly others: number } => {
  const spent = { main: 0, others: 0 };
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const fields = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    spent[thread === String(pid) ? 'main' : 'others'] += 10 * (Number(fields[11]) + Number(fields[12]));
  }
  return spent;
};

type Driven = { readonly flowsPerSecond: number; readonly mainMsPerFlow: number; readonly otherMsPerFlow: number };

/** Drives flows; a wrong answer makes the figure worthless. */
const drive = async ({ driver, product }: Bench, inFlight: number): Promise<Driven> => {
  const before = processorMs(product);
  const result = await driver.ask({ target: product.target, inFlight, until: { seconds } });
  if (result.errors > 0) throw new Error(`the flow failed: ${result.firstError}`);
  const after = processorMs(product);
  return {
    flowsPerSecond: result.flowsPerSecond,
    mainMsPerFlow: (after.main - before.main) / result.flows,
    otherMsPerFlow: (after.others - before.others) / result.flows,
  };
};

const subscribe = async ({ product }: Bench, port: number): Promise<string> => {
  const { id = '' } = await call(product, 'POST', '/webhooks', { url: `http://127.0.0.1:${port}/hooks`, events });
  // Until a courier has taken it up.
  await pause(1_000);
  return id;
};

/** Waits until nothing more arrives. @returns what arrived since the last `take`, and how long it took to become quiet */
const drained = async ({ receiver }: Bench): Promise<ReceiverReply & { readonly elapsedMs: number }> => {
  const startedAt = systemClock.now();
  let before = await receiver.ask({ ask: 'port' });
  let quietSince = startedAt;
  while (systemClock.now() - quietSince < 1_000) {
    await pause(50);
    const now = await receiver.ask({ ask: 'port' });
    if (now.count !== before.count) quietSince = systemClock.now();
    before = now;
  }
  return { ...(await receiver.ask({ ask: 'take' })), elapsedMs: quietSince - startedAt };
};

/** Port 9 of the loopback is the discard service, which no machine of ours runs. */
const deadUrl = 'http://127.0.0.1:9/';

/** @returns how many notifications wait for a receiver that is down */
const pileUp = async ({ product, driver }: Bench, flows: number): Promise<number> => {
  if (flows === 0) return 0;
  const { id = '' } = await call(product, 'POST', '/webhooks', { url: deadUrl, events });
  const result = await driver.ask({ target: product.target, inFlight: 16, until: { flows } });
  if (result.errors > 0) throw new Error(`the flow failed: ${result.firstError}`);
  await pause(500);
  const { status } = await call(product, 'GET', `/webhooks/${id}/deliveries`);
  const waiting = result.flows * notificationsPerFlow;
  say(`${waiting} notifications wait for a dead receiver, whose subscription is ${status}`);
  return waiting;
};

const measure = async (bench: Bench) => {
  const waitingForDead = await pileUp(bench, Number(values.backlog));
  const inFlight = Number(values['in-flight']);
  const { port } = await bench.receiver.ask({ ask: 'port' });
  await drive(bench, inFlight);
  const alone: Driven[] = [];
  const subscribed: Driven[] = [];
  const late: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    alone.push(await drive(bench, inFlight));
    const id = await subscribe(bench, port);
    subscribed.push(await drive(bench, inFlight));
    const rest = await drained(bench);
    late.push(rest.p99Ms);
    await call(bench.product, 'DELETE', `/webhooks/${id}`);
    say(
      `round ${round}: ${alone.at(-1)?.flowsPerSecond.toFixed(0)} flows/s alone, ${subscribed.at(-1)?.flowsPerSecond.toFixed(0)} with a subscriber, ${rest.count} notifications, p99 ${rest.p99Ms} ms, ${rest.elapsedMs} ms to drain`,
    );
  }
  const id = await subscribe(bench, port);
  await bench.receiver.ask({ ask: 'take' });
  const from = new Date(systemClock.now()).toISOString();
  const paced = await drive(bench, Number(values['lanes-under-load']));
  const arrived = await drained(bench);
  await drive(bench, inFlight);
  await drained(bench);
  await call(bench.product, 'POST', `/webhooks/${id}/replay`, { from, to: new Date(systemClock.now()).toISOString() });
  const replayed = await drained(bench);
  const flows = (driven: readonly Driven[]): number => median(driven.map(({ flowsPerSecond }) => flowsPerSecond));
  const processor = (driven: readonly Driven[]) => ({
    mainMsPerFlow: median(driven.map(({ mainMsPerFlow }) => mainMsPerFlow)),
    otherMsPerFlow: median(driven.map(({ otherMsPerFlow }) => otherMsPerFlow)),
  });
  return {
    waitingForDead,
    flowsPerSecondAlone: flows(alone),
    flowsPerSecondSubscribed: flows(subscribed),
    lossPercent: 100 * (1 - flows(subscribed) / flows(alone)),
    processorAlone: processor(alone),
    processorSubscribed: processor(subscribed),
    p99MsAtFullLoad: median(late),
    underLoad: {
      flowsPerSecond: paced.flowsPerSecond,
      notifications: arrived.count,
      deliveriesPerSecond: arrived.count / seconds,
      p50Ms: arrived.p50Ms,
      p99Ms: arrived.p99Ms,
      maxMs: arrived.maxMs,
    },
    replay: {
      notifications: replayed.count,
      deliveriesPerSecond: (1000 * replayed.count) / Math.max(1, replayed.elapsedMs),
    },
  };
};

buildProduct();
const bench: Bench = {
  product: await startProduct(),
  driver: startWorkerProcess(new URL('./driver/driver-process.ts', import.meta.url)),
  receiver: startWorkerProcess(new URL('./webhooks/receiver-process.ts', import.meta.url)),
};
try {
  await pause(500);
  const result = await measure(bench);
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
} finally {
  bench.driver.stop();
  bench.receiver.stop();
  await bench.product.stop();
}
