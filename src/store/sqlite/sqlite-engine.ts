import { StoreUnavailable } from '../../ports/store.ts';
import type { Engine, SqlRow, SqlValue, Statement, WriteRefusal } from '../engine.ts';
import { startCheckpointer } from './checkpointer.ts';
import { groupCommit, type WriteOutcome } from './group-commit.ts';
import { openDatabase } from './open-database.ts';
import { sqliteFailure } from './sqlite-failure.ts';
import { statementCache } from './statement-cache.ts';

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
  const prepared = statementCache(database);

  /** The refusal of the first statement that fails; throws for anything but a broken rule. */
  const execute = (statements: readonly Statement[]): WriteRefusal | undefined => {
    for (const { sql, params, mustChange } of statements) {
      const { changes } = prepared(sql).run(...params);
      if (mustChange === 'one' && changes !== 1) return { refused: 'stale' };
    }
    return undefined;
  };

  const attempt = (statements: readonly Statement[]): WriteOutcome => {
    try {
      return { refusal: execute(statements) };
    } catch (error) {
      const failure = sqliteFailure(error);
      if (failure.kind === 'unavailable') throw error;
      return failure.kind === 'unique'
        ? { refusal: { refused: 'unique', constraint: failure.constraint } }
        : { bug: error };
    }
  };

  const inSavepoint = (statements: readonly Statement[]): WriteOutcome => {
    prepared('SAVEPOINT one_write').run();
    const outcome = attempt(statements);
    if ('bug' in outcome || outcome.refusal !== undefined) prepared('ROLLBACK TO one_write').run();
    prepared('RELEASE one_write').run();
    return outcome;
  };

  const inTransaction = (writes: readonly (readonly Statement[])[]): readonly WriteOutcome[] => {
    try {
      // IMMEDIATE: a transaction that reads first and writes later can be refused half-way.
      prepared('BEGIN IMMEDIATE').run();
      const outcomes = writes.map(inSavepoint);
      prepared('COMMIT').run();
      return outcomes;
    } catch (error) {
      // SQLite ends the transaction itself after some failures, not after others.
      if (database.isTransaction) prepared('ROLLBACK').run();
      throw error;
    }
  };

  const writes = groupCommit((group) => {
    const outcomes = inTransaction(group);
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

  const read = (sql: string, params: readonly SqlValue[]): readonly SqlRow[] => {
    if (!database.isOpen) throw new StoreUnavailable('The database is closed.');
    try {
      return prepared(sql).all(...params) as SqlRow[];
    } catch (error) {
      if (sqliteFailure(error).kind === 'bug') throw error;
      throw new StoreUnavailable('The database could not be read.', { cause: error });
    }
  };

  return {
    dialect: 'sqlite',
    all: async (sql, params) => read(sql, params),
    write: (statements) => writes.write(statements),
    close: async () => {
      await checkpointer.close();
      writes.finish();
      // The last connection to close copies the WAL into the database and removes it.
      if (database.isOpen) database.close();
    },
  };
};
