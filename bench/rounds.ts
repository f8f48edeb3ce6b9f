import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { callNames } from './driver/flow.ts';
import type { CallName, Target } from './driver/flow.ts';
import type { DriveJob, DriveResult, Latency } from './driver/drive.ts';
import type { CommitJob, CommitResult } from './floors/commits.ts';
import { median } from './statistics.ts';
import type { WorkerProcess } from './worker-process.ts';

export type RoundsSetup = {
  readonly driver: WorkerProcess<DriveJob, DriveResult>;
  readonly commits: WorkerProcess<CommitJob, CommitResult>;
  readonly product: Target;
  readonly bareHttp: Target;
  readonly stackAlone: Target;
  readonly folder: string;
  readonly intentBytes: number;
  readonly inFlight: readonly number[];
  readonly rounds: number;
  readonly until: DriveJob['until'];
  readonly rssBytes: () => number;
  readonly say: (line: string) => void;
};

type Summary = {
  readonly flowsPerSecond: number;
  readonly calls: Readonly<Record<CallName, Latency>>;
  readonly overall: Latency;
  readonly driverLoad: number;
  readonly errors: number;
  readonly firstError: string | null;
};

/** Medians over the rounds at one concurrency; the machine is noisy, so each round measures all of them in turn. */
export type Level = {
  readonly inFlight: number;
  readonly product: Summary;
  readonly bareHttp: Summary;
  readonly stackAlone: Summary;
  readonly commitFlowsPerSecond: number;
  readonly ratioToBareHttp: number;
  readonly ratioToCommits: number;
  readonly ratioToStackAlone: number;
  readonly rssBytes: number;
};

const medianLatency = (latencies: readonly Latency[]): Latency => ({
  count: latencies.reduce((sum, { count }) => sum + count, 0),
  p50Ms: median(latencies.map(({ p50Ms }) => p50Ms)),
  p99Ms: median(latencies.map(({ p99Ms }) => p99Ms)),
  maxMs: Math.max(...latencies.map(({ maxMs }) => maxMs)),
});

const summarise = (results: readonly DriveResult[]): Summary => ({
  flowsPerSecond: median(results.map((result) => result.flowsPerSecond)),
  calls: Object.fromEntries(
    callNames.map((name) => [name, medianLatency(results.map((result) => result.calls[name]))]),
  ) as Record<CallName, Latency>,
  overall: medianLatency(results.map((result) => result.overall)),
  driverLoad: median(results.map((result) => result.driverLoad)),
  errors: results.reduce((sum, { errors }) => sum + errors, 0),
  firstError: results.find(({ firstError }) => firstError !== null)?.firstError ?? null,
});

/** Compiled and with full buffers before anything counts. */
const warmUpSeconds = 6;
/** The commit floor varies little and takes no part in `ratioToBareHttp`. */
const commitSeconds = 1;

const runLevel = async (setup: RoundsSetup, inFlight: number): Promise<Level> => {
  const product: DriveResult[] = [];
  const bareHttp: DriveResult[] = [];
  const stackAlone: DriveResult[] = [];
  const commits: CommitResult[] = [];
  for (let round = 1; round <= setup.rounds; round += 1) {
    product.push(await setup.driver.ask({ target: setup.product, inFlight, until: setup.until }));
    bareHttp.push(await setup.driver.ask({ target: setup.bareHttp, inFlight, until: setup.until }));
    stackAlone.push(await setup.driver.ask({ target: setup.stackAlone, inFlight, until: setup.until }));
    const databaseFile = join(setup.folder, `floor-${inFlight}-${round}.db`);
    commits.push(
      await setup.commits.ask({ databaseFile, inFlight, seconds: commitSeconds, intentBytes: setup.intentBytes }),
    );
    rmSync(databaseFile);
    const figures = [product, bareHttp, commits, stackAlone].map((results) =>
      Math.round(results.at(-1)?.flowsPerSecond ?? 0),
    );
    setup.say(
      `in flight ${inFlight}, round ${round}: product ${figures[0]}, bare HTTP ${figures[1]}, bare commits ${figures[2]}, stack alone ${figures[3]} flows/s`,
    );
  }
  const summary = summarise(product);
  const floor = summarise(bareHttp);
  const stack = summarise(stackAlone);
  const commitFlowsPerSecond = median(commits.map((result) => result.flowsPerSecond));
  return {
    inFlight,
    product: summary,
    bareHttp: floor,
    stackAlone: stack,
    commitFlowsPerSecond,
    ratioToBareHttp: summary.flowsPerSecond / floor.flowsPerSecond,
    ratioToCommits: summary.flowsPerSecond / commitFlowsPerSecond,
    ratioToStackAlone: summary.flowsPerSecond / stack.flowsPerSecond,
    rssBytes: setup.rssBytes(),
  };
};

/** Measures every concurrency: product and floors in turn, and again, so that a slow minute hits all of them. */
export const runRounds = async (setup: RoundsSetup): Promise<readonly Level[]> => {
  for (const target of [setup.product, setup.bareHttp, setup.stackAlone]) {
    await setup.driver.ask({ target, inFlight: 16, until: { seconds: warmUpSeconds } });
  }
  const levels: Level[] = [];
  for (const inFlight of setup.inFlight) levels.push(await runLevel(setup, inFlight));
  return levels;
};

/**
 * The worst ratio of the loaded levels: flows per second over those of the bare server, at 16 and 64 in flight
 * (at whatever was measured, when neither was). One in flight measures the disk, not the server.
 */
export const ratioToBareHttp = (levels: readonly Level[]): number => {
  const loaded = levels.filter(({ inFlight }) => inFlight === 16 || inFlight === 64);
  return Math.min(...(loaded.length > 0 ? loaded : levels).map((level) => level.ratioToBareHttp));
};
