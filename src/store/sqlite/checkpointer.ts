import { Worker } from 'node:worker_threads';
import type { CheckpointOrder, CheckpointReport, CheckpointWorkerData } from './checkpoint-worker.ts';
import { workerMemory, workerUrl } from './worker-url.ts';

export type Checkpointer = {
  /** Told after each commit, with about as many bytes as it added to the WAL. */
  wrote(bytes: number): void;
  close(): Promise<void>;
};

export type CheckpointerOptions = CheckpointWorkerData & {
  /** Makes writes wait, and lets them go on: a checkpoint that must reach the end of the WAL needs a moment without writers. */
  readonly hold: () => Promise<void>;
  readonly release: () => void;
  readonly onFailure: (error: Error) => void;
};

/** Copied this often, a checkpoint takes some tens of milliseconds of the worker's time. */
const bytesBetween = 8 * 1024 * 1024;
/** A WAL of 16 MiB is started over; below it, holding writers would buy nothing. */
const walPagesMax = 4096;
/** What may be left to copy while writers wait: about a millisecond's work and one fsync. */
const remainderPagesMax = 512;
/** Passive rounds before writers must wait even for a long remainder; otherwise a steady load could outrun the worker for ever. */
const roundsMax = 4;

/**
 * Runs WAL checkpoints on a thread of their own, so that their copying and syncing never stands between two requests.
 * After a checkpoint that reached the end of the WAL, the next one begins either with writers held or after a commit that
 * has begun the WAL anew: the overlap that corrupts databases under SQLite before 3.51.3 ("WAL reset") cannot arise here.
 */
export const startCheckpointer = ({
  path,
  busyTimeoutMs,
  hold,
  release,
  onFailure,
}: CheckpointerOptions): Checkpointer => {
  let worker: Worker | undefined;
  let order: CheckpointOrder | undefined;
  let round = 0;
  let bytes = 0;
  let closing = false;

  const rest = (): void => {
    order = undefined;
    round = 0;
    release();
    worker?.unref();
  };

  const ask = (next: Exclude<CheckpointOrder, 'close'>): void => {
    worker ??= begin();
    worker.ref();
    order = next;
    round += 1;
    if (next === 'passive') worker.postMessage(next satisfies CheckpointOrder);
    else void hold().then(() => worker?.postMessage(next satisfies CheckpointOrder));
  };

  const heard = (report: CheckpointReport): void => {
    if (!report.done) onFailure(report.error);
    // The report of an order from before: the worker is still at its end, and must keep the process alive until it is there.
    if (closing) return;
    if (!report.done || order !== 'passive' || report.walPages <= walPagesMax) return rest();
    const remainder = report.walPages - report.copiedPages;
    ask(remainder > remainderPagesMax && round < roundsMax ? 'passive' : 'restart');
  };

  const begin = (): Worker => {
    const started = new Worker(workerUrl(import.meta.url, 'checkpoint-worker'), {
      resourceLimits: workerMemory,
      workerData: { path, busyTimeoutMs } satisfies CheckpointWorkerData,
    });
    started.on('message', heard);
    started.on('error', (error) => onFailure(error instanceof Error ? error : new Error(String(error))));
    // Gone, wanted or not: writers go on, and the next order starts another.
    started.on('exit', () => {
      worker = undefined;
      rest();
    });
    return started;
  };

  return {
    wrote: (added) => {
      bytes += added;
      if (bytes < bytesBetween || order !== undefined || closing) return;
      bytes = 0;
      ask('passive');
    },
    close: async () => {
      closing = true;
      if (worker === undefined) return;
      const ending = worker;
      ending.ref();
      const exited = new Promise((resolve) => ending.once('exit', resolve));
      ending.postMessage('close' satisfies CheckpointOrder);
      await exited;
    },
  };
};
