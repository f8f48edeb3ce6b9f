import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from './open-database.ts';

/** `passive` copies what it can beside the writers; `restart` copies the rest and makes the next write begin the WAL anew. */
export type CheckpointOrder = 'passive' | 'restart' | 'close';

export type CheckpointReport =
  | {
      readonly done: true /** Pages in the WAL, and how many of them are in the database file too. */;
      readonly walPages: number;
      readonly copiedPages: number;
    }
  | { readonly done: false; readonly error: Error };

export type CheckpointWorkerData = { readonly path: string; readonly busyTimeoutMs: number };

const { path, busyTimeoutMs } = workerData as CheckpointWorkerData;
const database = openDatabase(path, busyTimeoutMs);
const statements = {
  passive: database.prepare('PRAGMA wal_checkpoint(PASSIVE)'),
  restart: database.prepare('PRAGMA wal_checkpoint(RESTART)'),
};

const checkpoint = (mode: 'passive' | 'restart'): CheckpointReport => {
  try {
    const row = statements[mode].get();
    return { done: true, walPages: Number(row?.['log']), copiedPages: Number(row?.['checkpointed']) };
  } catch (error) {
    return { done: false, error: error instanceof Error ? error : new Error(String(error)) };
  }
};

parentPort?.on('message', (order: CheckpointOrder) => {
  if (order !== 'close') return parentPort?.postMessage(checkpoint(order));
  database.close();
  parentPort?.close();
});
