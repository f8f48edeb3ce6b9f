import { Worker } from 'node:worker_threads';
import { StoreUnavailable } from '../../ports/store.ts';
import type { Statement } from '../engine.ts';
import type { WriteOutcome } from '../write-queue.ts';
import { packer } from './packed-writes.ts';
import type { WriterData, WriterOrder, WriterReport } from './writer-worker.ts';
import { workerMemory, workerUrl } from './worker-url.ts';

export type WriterThread = {
  /** Commits all writes as one durable transaction and says what became of each. One group at a time. */
  commit(writes: readonly (readonly Statement[])[]): Promise<readonly WriteOutcome[]>;
  close(): Promise<void>;
};

/**
 * Commits on a thread of its own: the event loop neither runs the statements nor waits for the disk.
 * A thread that dies fails the group that it had, which may be durable all the same, and the next group starts another.
 * @param onForeignWrite another process has committed, or it is unknown what was
 */
export const startWriterThread = (data: WriterData, onForeignWrite: () => void): WriterThread => {
  let worker: Worker | undefined;
  let pack = packer();
  let waiting: { resolve(outcomes: readonly WriteOutcome[]): void; reject(error: unknown): void } | undefined;

  const heard = (report: WriterReport): void => {
    if (report.kind === 'foreign') return onForeignWrite();
    const answered = waiting;
    waiting = undefined;
    worker?.unref();
    if (report.kind === 'written') answered?.resolve(report.outcomes);
    else answered?.reject(report.error);
  };

  const begin = (): Worker => {
    const started = new Worker(workerUrl(import.meta.url, 'writer-worker'), {
      workerData: data,
      resourceLimits: workerMemory,
    });
    let cause: unknown;
    pack = packer();
    started.unref();
    started.on('message', heard);
    started.on('error', (error) => {
      cause = error;
    });
    started.on('exit', () => {
      worker = undefined;
      onForeignWrite();
      waiting?.reject(new StoreUnavailable('The writing thread has ended.', { cause }));
      waiting = undefined;
    });
    return started;
  };

  worker = begin();
  return {
    commit: (writes) =>
      new Promise((resolve, reject) => {
        worker ??= begin();
        waiting = { resolve, reject };
        worker.ref();
        worker.postMessage(pack(writes) satisfies WriterOrder);
      }),
    close: async () => {
      if (worker === undefined) return;
      const ending = worker;
      ending.ref();
      const exited = new Promise((resolve) => ending.once('exit', resolve));
      ending.postMessage('close' satisfies WriterOrder);
      await exited;
    },
  };
};
