import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DriveJob, DriveResult } from './driver/drive.ts';
import { groupProfile } from './profile.ts';
import type { AreaTime, CpuProfile, Window } from './profile.ts';
import { startProduct } from './product-process.ts';
import type { WorkerProcess } from './worker-process.ts';

export type ThreadProfile = { readonly thread: string; readonly areas: readonly AreaTime[] };
export type ProfileResult = {
  readonly inFlight: number;
  readonly seconds: number;
  readonly flowsPerSecond: number;
  readonly threads: readonly ThreadProfile[];
};

const warmUpSeconds = 2;
/** `CPU.<date>.<time>.<pid>.<thread>.<sequence>.cpuprofile`; thread 0 runs the event loop. */
const fileName = /^CPU\.\d+\.\d+\.\d+\.(\d+)\.\d+\.cpuprofile$/;

/** The part of each thread's profile that lies in the window. */
const readThreads = (folder: string, window: Window): readonly ThreadProfile[] =>
  readdirSync(folder)
    .map((name) => {
      const number = fileName.exec(name)?.[1] ?? '?';
      const profile = JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile;
      return {
        thread: number === '0' ? 'event loop' : `worker thread ${number}`,
        areas: groupProfile(profile, window),
      };
    })
    .toSorted((a, b) => a.thread.localeCompare(b.thread));

/** Runs a server of its own under V8's sampling profiler and tells where its time goes while it is driven. */
export const runProfile = async (
  driver: WorkerProcess<DriveJob, DriveResult>,
  run: { readonly inFlight: number; readonly seconds: number },
): Promise<ProfileResult> => {
  const startedAt = performance.now();
  const product = await startProduct({
    nodeArguments: (folder) => ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${join(folder, 'profiles')}`],
  });
  try {
    await driver.ask({ target: product.target, inFlight: run.inFlight, until: { seconds: warmUpSeconds } });
    // The profile begins some 50 ms after the process: cut that much from both ends of the window.
    const fromMs = performance.now() - startedAt + 50;
    const result = await driver.ask({
      target: product.target,
      inFlight: run.inFlight,
      until: { seconds: run.seconds },
    });
    if (result.errors > 0) throw new Error(`the profiled server answered wrongly: ${result.firstError}`);
    // The profile is written when the process ends.
    await product.stop({ keepFolder: true });
    const threads = readThreads(join(product.folder, 'profiles'), { fromMs, toMs: fromMs + run.seconds * 1000 - 150 });
    return { inFlight: run.inFlight, seconds: run.seconds, flowsPerSecond: result.flowsPerSecond, threads };
  } finally {
    await product.stop({ keepFolder: true });
    rmSync(product.folder, { recursive: true });
  }
};
