import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../../ports/store.ts';
import type { SqlRow, SqlValue, Statement, WriteRefusal } from '../engine.ts';
import type { WriteOutcome } from '../write-queue.ts';
import { sqliteFailure } from './sqlite-failure.ts';
import { statementCache } from './statement-cache.ts';

/** What the engine does on one open database, without the waiting. */
export type SqliteConnection = {
  /** Throws `StoreUnavailable` when the database is closed or cannot be read. */
  read(sql: string, params: readonly SqlValue[]): readonly SqlRow[];
  /** Commits the writes as one transaction, each in its own savepoint, and says what became of each. Throws when none was committed. */
  writeGroup(writes: readonly (readonly Statement[])[]): readonly WriteOutcome[];
};

/** @param database open, with its settings made and its schema up to date before the first call */
export const sqliteConnection = (database: DatabaseSync): SqliteConnection => {
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

  return {
    read: (sql, params) => {
      if (!database.isOpen) throw new StoreUnavailable('The database is closed.');
      try {
        return prepared(sql).all(...params) as SqlRow[];
      } catch (error) {
        if (sqliteFailure(error).kind === 'bug') throw error;
        throw new StoreUnavailable('The database could not be read.', { cause: error });
      }
    },
    writeGroup: (writes) => {
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
    },
  };
};
