import { openSystemScheduler } from '../src/platform/system-scheduler.ts';
import type { DriveJob, DriveResult } from './driver/drive.ts';
import type { ProductProcess } from './product-process.ts';
import { growthPerThousand } from './statistics.ts';
import type { WorkerProcess } from './worker-process.ts';

export type MemoryPoint = { readonly flows: number; readonly rssBytes: number };

export type MemoryResult = {
  readonly flows: number;
  readonly inFlight: number;
  readonly points: readonly MemoryPoint[];
  /** The highest resident memory seen at any moment, sampled five times a second. */
  readonly maxRssBytes: number;
  /** Growth over the second half of the run, when caches are full, in bytes per 1000 flows. */
  readonly growthBytesPerThousandFlows: number;
  readonly errors: number;
  readonly firstError: string | null;
};

const slices = 40;
const sampleMs = 200;

/** Drives `flows` flows in slices and reads the server's resident memory after each. */
export const runMemory = async (
  driver: WorkerProcess<DriveJob, DriveResult>,
  product: ProductProcess,
  run: { readonly flows: number; readonly inFlight: number },
): Promise<MemoryResult> => {
  const points: MemoryPoint[] = [{ flows: 0, rssBytes: product.rssBytes() }];
  let maxRssBytes = product.rssBytes();
  let failure: unknown;
  const sampling = openSystemScheduler((error) => {
    failure = error;
  }).every(sampleMs, () => {
    maxRssBytes = Math.max(maxRssBytes, product.rssBytes());
    return Promise.resolve();
  });
  let errors = 0;
  let firstError: string | null = null;
  let flows = 0;
  for (let slice = 0; slice < slices && errors === 0; slice += 1) {
    const result = await driver.ask({
      target: product.target,
      inFlight: run.inFlight,
      until: { flows: Math.ceil(run.flows / slices) },
    });
    flows += result.flows;
    errors += result.errors;
    firstError ??= result.firstError;
    points.push({ flows, rssBytes: product.rssBytes() });
  }
  await sampling.stop();
  if (failure !== undefined) throw new Error('the memory of the server could not be read', { cause: failure });
  const secondHalf = points
    .slice(Math.floor(points.length / 2))
    .map(({ flows: at, rssBytes: value }) => ({ at, value }));
  return {
    flows,
    inFlight: run.inFlight,
    points,
    maxRssBytes: Math.max(maxRssBytes, ...points.map(({ rssBytes }) => rssBytes)),
    growthBytesPerThousandFlows: growthPerThousand(secondHalf),
    errors,
    firstError,
  };
};
