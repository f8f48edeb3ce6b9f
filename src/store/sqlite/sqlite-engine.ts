import type { Engine, Statement } from '../engine.ts';
import { startCheckpointer } from './checkpointer.ts';
import { groupCommit } from './group-commit.ts';
import { openDatabase } from './open-database.ts';
import { sqliteConnection } from './sqlite-connection.ts';

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
 * SQLite through `node:sqlite`: one connection on the event loop's thread. Reads take microseconds; writes of one turn
 * of the loop share a transaction and its fsync. Checkpoints run on another thread.
 * Throws where the file cannot be opened or is no database, and where SQLite refuses a setting that durability needs.
 */
export const openSqliteEngine = (options: SqliteEngineOptions): Engine => {
  const { path, busyTimeoutMs = busyTimeoutMsDefault, onCheckpointFailure = () => undefined } = options;
  const database = openDatabase(path, busyTimeoutMs);
  const connection = sqliteConnection(database);

  const writes = groupCommit((group) => {
    const outcomes = connection.writeGroup(group);
    checkpointer.wrote(walBytes(group));
    return outcomes;
  });
  const checkpointer = startCheckpointer({
    path,
    busyTimeoutMs,
    hold: writes.hold,
    release: writes.release,
    onFailure: onCheckpointFailure,
  });

  return {
    dialect: 'sqlite',
    all: async (sql, params) => connection.read(sql, params),
    write: (statements) => writes.write(statements),
    close: async () => {
      await checkpointer.close();
      writes.finish();
      // The last connection to close copies the WAL into the database and removes it.
      if (database.isOpen) database.close();
    },
  };
};
