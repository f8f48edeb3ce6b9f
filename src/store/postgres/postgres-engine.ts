import { randomUUID } from 'node:crypto';
import { StoreUnavailable } from '../../ports/store.ts';
import type { Engine, SqlRow, SqlValue } from '../engine.ts';
import { writeQueue } from '../write-queue.ts';
import { type Connection, connectToPrimary, type Limits } from './connect.ts';
import { postgresFailure } from './postgres-failure.ts';
import type { PostgresServer } from '../../ports/database-choice.ts';
import { preparedStatements } from './prepared-statements.ts';
import { reconnecting, type Reconnecting } from './reconnecting.ts';
import { runGroup } from './run-group.ts';
import { WakeListener } from './wake-listener.ts';

export type PostgresEngineOptions = {
  readonly server: PostgresServer;
  /** Besides the one that writes. Reads are pipelined, so few are enough; more let a slow read delay fewer others. */
  readonly readers?: number;
  /** Reads, and writes, that wait for an answer or a connection before others are refused. */
  readonly waitingMax?: number;
  readonly limits?: Partial<Limits>;
};

const readersDefault = 4;
/** Some tenths of a second of work: whoever would wait longer is better served by another node, or later. */
const waitingMaxDefault = 2000;

const limitsDefault: Limits = {
  connectTimeoutMs: 3000,
  // Far below the second after which PostgreSQL looks for a deadlock, for a whole group waits.
  lockTimeoutMs: 200,
  patientLockTimeoutMs: 3000,
  statementTimeoutMs: 5000,
  answerTimeoutMs: 8000,
};

/** A savepoint for each write of a group, and PostgreSQL keeps 64 of them at hand. */
const groupMax = 60;

const hourMs = 3_600_000;

/** For making and filling tables and indexes, which takes as long as they are large, while other starters wait their turn. */
export const migratingLimits: Partial<Limits> = {
  patientLockTimeoutMs: hourMs,
  statementTimeoutMs: hourMs,
  answerTimeoutMs: 2 * hourMs,
};

/** The connection with the fewest unanswered reads gets the next one. */
type Reader = { readonly place: Reconnecting; waiting: number };

const leastBusy = (readers: readonly Reader[]): Reader =>
  readers.reduce((best, reader) => (reader.waiting < best.waiting ? reader : best));

/**
 * PostgreSQL through `pg`. One connection carries all writes, in the order of the calls: those that are ready together are
 * one transaction, sent without waiting for answers in between. A few more carry reads. All are opened when needed, and
 * again after a restart or a failover, to whichever host takes writes.
 */
export const openPostgresEngine = (options: PostgresEngineOptions): Engine => {
  const limits = { ...limitsDefault, ...options.limits };
  const { waitingMax = waitingMaxDefault } = options;
  const connect = (): Promise<Connection> => connectToPrimary(options.server, limits);
  const prepared = preparedStatements();
  const writer = reconnecting(connect);
  const readers: readonly Reader[] = Array.from({ length: options.readers ?? readersDefault }, () => ({
    place: reconnecting(connect),
    waiting: 0,
  }));
  let reads = 0;

  const writes = writeQueue(
    async (group, told) => {
      const connection = await writer.connection();
      try {
        await runGroup(connection, group, { prepared, patientLockTimeoutMs: limits.patientLockTimeoutMs }, told);
      } catch (error) {
        // In which state the session is, nobody knows: the next group starts with another one.
        connection.abandon();
        throw error;
      }
    },
    { groupMax, waitingMax },
  );

  const read = async (reader: Reader, sql: string, params: readonly SqlValue[]): Promise<readonly SqlRow[]> => {
    const connection = await reader.place.connection();
    try {
      const { rows } = await connection.query(prepared.config({ sql, params }));
      return rows as SqlRow[];
    } catch (error) {
      const { kind } = postgresFailure(error);
      if (kind !== 'unavailable' && kind !== 'contended') throw error;
      throw new StoreUnavailable('The database could not be read.', { cause: error });
    }
  };

  const all = async (sql: string, params: readonly SqlValue[]): Promise<readonly SqlRow[]> => {
    if (reads >= waitingMax) throw new StoreUnavailable('Too many reads are waiting for the database.');
    const reader = leastBusy(readers);
    reads += 1;
    reader.waiting += 1;
    try {
      return await read(reader, sql, params);
    } finally {
      reads -= 1;
      reader.waiting -= 1;
    }
  };
  const wakes = new WakeListener({ connect, ask: all, name: randomUUID() });

  return {
    dialect: 'postgres',
    all,
    wakes,
    write: (statements) => writes.write(statements),
    close: async () => {
      wakes.close();
      await writes.finish();
      await Promise.all([writer, ...readers.map(({ place }) => place)].map((place) => place.close()));
    },
  };
};
