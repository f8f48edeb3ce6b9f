import { parentPort, workerData } from 'node:worker_threads';
import type { WriteOutcome } from '../write-queue.ts';
import { openDatabase } from './open-database.ts';
import { type PackedWrites, unpacker } from './packed-writes.ts';
import { sqliteConnection } from './sqlite-connection.ts';

export type WriterData = { readonly path: string; readonly busyTimeoutMs: number };
export type WriterOrder = PackedWrites | 'close';

/** `written` and `failed` answer an order; `foreign` says at any time that another process has written. */
export type WriterReport =
  | { readonly kind: 'written'; readonly outcomes: readonly WriteOutcome[] }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'foreign' };

/** How soon a server that writes nothing hears of another process's write: what it remembers of intents must not outlive that. */
const foreignLookMs = 50;

const { path, busyTimeoutMs } = workerData as WriterData;
const database = openDatabase(path, busyTimeoutMs);
const connection = sqliteConnection(database);
const unpack = unpacker();
const report = (message: WriterReport): void => parentPort?.postMessage(message);

/** Changes when another connection has committed; this thread is the only one of its process that does. */
const dataVersion = database.prepare('PRAGMA data_version');
const seen = (): unknown => Object.values(dataVersion.get() ?? {})[0];
let lastSeen = seen();
const lookForForeignWrites = (): void => {
  const now = seen();
  if (now !== lastSeen) report({ kind: 'foreign' });
  lastSeen = now;
};

const write = (packed: PackedWrites): WriterReport => {
  try {
    return { kind: 'written', outcomes: connection.writeGroup(unpack(packed)) };
  } catch (error) {
    return { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) };
  }
};

const looking = setInterval(lookForForeignWrites, foreignLookMs);

parentPort?.on('message', (order: WriterOrder) => {
  if (order === 'close') {
    clearInterval(looking);
    database.close();
    parentPort?.close();
    return;
  }
  const done = write(order);
  // First, so that nobody builds on memory that another process has made old.
  lookForForeignWrites();
  report(done);
});
