import { createHistogram } from 'node:perf_hooks';
import type { RecordableHistogram } from 'node:perf_hooks';
import { openConnection } from './connection.ts';
import type { Answer, Connection } from './connection.ts';
import { callNames, flowCalls } from './flow.ts';
import type { Call, CallName, FlowIds, Target } from './flow.ts';

/** A closed loop: `inFlight` lanes, each with one call under way at any time, until the time is up or the flows are done. */
export type DriveJob = {
  readonly target: Target;
  readonly inFlight: number;
  readonly until: { readonly seconds: number } | { readonly flows: number };
};

export type Latency = {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

export type DriveResult = {
  readonly flows: number;
  readonly elapsedMs: number;
  readonly flowsPerSecond: number;
  readonly calls: Readonly<Record<CallName, Latency>>;
  readonly overall: Latency;
  readonly errors: number;
  readonly firstError: string | null;
  /** The driver's own processor time over the elapsed time; near 1 the driver limits what it measures. */
  readonly driverLoad: number;
};

/** Lanes stop after a wrong answer, because what follows in a flow depends on it; this many are tried before giving up. */
const errorsMax = 100;

const latencyOf = (histogram: RecordableHistogram): Latency => ({
  count: histogram.count,
  p50Ms: histogram.count === 0 ? 0 : histogram.percentile(50) / 1000,
  p99Ms: histogram.count === 0 ? 0 : histogram.percentile(99) / 1000,
  maxMs: histogram.count === 0 ? 0 : histogram.max / 1000,
});

/** Microseconds, up to a minute, to three significant figures. */
const newHistogram = (): RecordableHistogram => createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 });

type Run = {
  readonly calls: readonly Call[];
  readonly histograms: readonly RecordableHistogram[];
  readonly overall: RecordableHistogram;
  readonly startedAt: number;
  /** Flows that end after this moment are not counted; lanes end at the first such flow. */
  readonly deadline: number;
  flowsLeft: number;
  flows: number;
  lastFlowAt: number;
  errors: number;
  firstError: string | null;
};

const noteError = (run: Run, text: string): void => {
  run.errors += 1;
  run.firstError ??= text;
};

/** Whether another flow may begin; takes one of those that are left. */
const mayBegin = (run: Run): boolean => {
  if (run.flowsLeft <= 0 || run.errors >= errorsMax || performance.now() >= run.deadline) return false;
  run.flowsLeft -= 1;
  return true;
};

const driveLane = (run: Run, target: Target): Promise<void> =>
  new Promise((resolve) => {
    const ids: FlowIds = { setupIntentId: '', paymentIntentId: '' };
    let step = 0;
    let sentAt = 0;
    const end = (): void => {
      connections.api.close();
      connections.pci.close();
      resolve();
    };
    const onFailure = (error: Error): void => {
      noteError(run, `${callNames[step]}: ${error.message}`);
      end();
    };
    const connections: Readonly<Record<'api' | 'pci', Connection>> = {
      api: openConnection(target.host, target.apiPort, onFailure),
      pci: openConnection(target.host, target.pciPort, onFailure),
    };
    const send = (): void => {
      const call = run.calls[step];
      if (call === undefined) throw new Error(`no call ${step}`);
      const request = call.request(ids);
      sentAt = performance.now();
      connections[call.listener].send(request, onAnswer);
    };
    const begin = (): void => {
      step = 0;
      if (mayBegin(run)) send();
      else end();
    };
    const onAnswer = (answer: Answer): void => {
      const now = performance.now();
      const counted = now <= run.deadline;
      const fault = run.calls[step]?.check(answer, ids);
      if (fault !== undefined) {
        noteError(run, `${callNames[step]}: ${fault}`);
        begin();
        return;
      }
      if (counted) {
        const us = Math.max(1, Math.round((now - sentAt) * 1000));
        run.histograms[step]?.record(us);
        run.overall.record(us);
      }
      step += 1;
      if (step < run.calls.length) {
        send();
        return;
      }
      if (counted) {
        run.flows += 1;
        run.lastFlowAt = now;
      }
      begin();
    };
    begin();
  });

/** Drives the four calls and measures them. Never throws for what the server does: that is counted in `errors`. */
export const drive = async (job: DriveJob): Promise<DriveResult> => {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const seconds = 'seconds' in job.until ? job.until.seconds : Number.POSITIVE_INFINITY;
  const run: Run = {
    calls: flowCalls(job.target),
    histograms: callNames.map(newHistogram),
    overall: newHistogram(),
    startedAt,
    deadline: startedAt + seconds * 1000,
    flowsLeft: 'flows' in job.until ? job.until.flows : Number.POSITIVE_INFINITY,
    flows: 0,
    lastFlowAt: startedAt,
    errors: 0,
    firstError: null,
  };
  await Promise.all(Array.from({ length: job.inFlight }, () => driveLane(run, job.target)));
  const cpu = process.cpuUsage(cpuBefore);
  const wallMs = performance.now() - startedAt;
  const elapsedMs = Number.isFinite(seconds) ? seconds * 1000 : Math.max(1, run.lastFlowAt - startedAt);
  const [tokenise, create, charge, read] = run.histograms.map(latencyOf);
  if (tokenise === undefined || create === undefined || charge === undefined || read === undefined)
    throw new Error('four calls make four histograms');
  return {
    flows: run.flows,
    elapsedMs,
    flowsPerSecond: (run.flows * 1000) / elapsedMs,
    calls: { tokenise, 'create payment intent': create, charge, 'read setup intent': read },
    overall: latencyOf(run.overall),
    errors: run.errors,
    firstError: run.firstError,
    driverLoad: (cpu.user + cpu.system) / 1000 / wallMs,
  };
};

/** One flow, call by call, with every answer kept: what the bare server will repeat. Throws when an answer is wrong. */
export const captureFlow = async (target: Target): Promise<readonly Answer[]> => {
  const answers: Answer[] = [];
  const ids: FlowIds = { setupIntentId: '', paymentIntentId: '' };
  for (const call of flowCalls(target)) {
    const answer = await new Promise<Answer>((resolve, reject) => {
      const connection = openConnection(target.host, call.listener === 'pci' ? target.pciPort : target.apiPort, reject);
      connection.send(call.request(ids), (received) => {
        connection.close();
        resolve(received);
      });
    });
    const fault = call.check(answer, ids) ?? parseFault(answer);
    if (fault !== undefined) throw new Error(`${call.name}: ${fault}`);
    answers.push(answer);
  }
  return answers;
};

/** The text search of the hot path is trusted only for a body that is JSON. */
const parseFault = (answer: Answer): string | undefined => {
  try {
    JSON.parse(Buffer.from(answer.body, 'latin1').toString('utf8'));
    return undefined;
  } catch {
    return `not JSON: ${answer.body.slice(0, 300)}`;
  }
};
