import type { Engine, Statement } from '../engine.ts';
import { writeQueue } from '../write-queue.ts';
import { startCheckpointer } from './checkpointer.ts';
import { openDatabase } from './open-database.ts';
import { sqliteConnection } from './sqlite-connection.ts';
import { startWriterThread } from './writer-thread.ts';

export type SqliteEngineOptions = {
  /** Of the database file; it and its folder are made when they are missing. */
  readonly path: string;
  /** How long a commit waits for another process that is writing. The thread stands still meanwhile. */
  readonly busyTimeoutMs?: number;
  /** Told when a checkpoint fails. Nothing is lost then, but the WAL grows until one succeeds. */
  readonly onCheckpointFailure?: (error: Error) => void;
};

/** The command line writes beside a running server for a few milliseconds; two seconds of it mean that something is stuck. */
const busyTimeoutMsDefault = 2000;

/** What one statement adds to the WAL besides its values: roughly the table's page and an index's. */
const walBytesPerStatement = 8192;

/** More writes than `waitingMax` are far above what a server lets in at once: commits have stopped. */
const writeLimits = { groupMax: 128, waitingMax: 20_000 };

const walBytes = (writes: readonly (readonly Statement[])[]): number => {
  let bytes = 0;
  for (const statements of writes) {
    for (const { params } of statements) {
      bytes += walBytesPerStatement;
      for (const value of params) if (typeof value === 'string' || value instanceof Uint8Array) bytes += value.length;
    }
  }
  return bytes;
};

/**
 * SQLite through `node:sqlite`. Reads run here, on the event loop's thread, in microseconds. Writes that are ready
 * together share a transaction and its fsync, on a thread of their own; checkpoints run on a third.
 * Throws where the file cannot be opened or is no database, and where SQLite refuses a setting that durability needs.
 */
export const openSqliteEngine = (options: SqliteEngineOptions): Engine => {
  const { path, busyTimeoutMs = busyTimeoutMsDefault, onCheckpointFailure = () => undefined } = options;
  const database = openDatabase(path, busyTimeoutMs);
  const { read } = sqliteConnection(database);
  let foreignWrites = 0;
  const writer = startWriterThread({ path, busyTimeoutMs }, () => {
    foreignWrites += 1;
  });

  const writes = writeQueue(async (group, told) => {
    const outcomes = await writer.commit(group);
    checkpointer.wrote(walBytes(group));
    for (const [index, outcome] of outcomes.entries()) told(index, outcome);
  }, writeLimits);
  const { hold, release } = writes;
  const checkpointer = startCheckpointer({ path, busyTimeoutMs, hold, release, onFailure: onCheckpointFailure });

  return {
    dialect: 'sqlite',
    all: async (sql, params) => read(sql, params),
    write: (statements) => writes.write(statements),
    foreignWrites: () => foreignWrites,
    close: async () => {
      await checkpointer.close();
      await writes.finish();
      await writer.close();
      // The last connection to close copies the WAL into the database and removes it.
      if (database.isOpen) database.close();
    },
  };
};

/** The reading half of an engine, for another thread. */
export const openSqliteReader = (path: string): Pick<Engine, 'dialect' | 'all' | 'close'> => {
  const database = openDatabase(path, busyTimeoutMsDefault);
  const { read } = sqliteConnection(database);
  return {
    dialect: 'sqlite',
    all: async (sql, params) => read(sql, params),
    close: async () => database.close(),
  };
};
