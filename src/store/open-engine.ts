import type { MessagePort } from 'node:worker_threads';
import { ok, refuse, type Result } from '../domain/result.ts';
import type { DatabaseChoice } from '../ports/database-choice.ts';
import { StoreUnavailable } from '../ports/store.ts';
import type { Engine } from './engine.ts';
import { joinedWrites } from './joined-writes.ts';
import { migrate, type MigrationList, migrationRefusalText } from './migrations/migrate.ts';
import { isMoveUnfinished } from './move/move-progress.ts';
import { addPartitions } from './postgres/keep-partitions.ts';
import { migratingLimits, openPostgresEngine } from './postgres/postgres-engine.ts';
import { openSqliteEngine, openSqliteReader } from './sqlite/sqlite-engine.ts';

export type OpenEngineOptions = {
  readonly migrations: readonly MigrationList[];
  readonly onCheckpointFailure?: (error: Error) => void;
  /** Opens a database that a move is filling, too. */
  readonly duringMove?: boolean;
};

const unfinishedMove =
  'A move into this database has not finished, so it lacks a part of the data. Run strongroom move again to its end.';

/** PostgreSQL's code where a role lacks a right. */
const insufficientPrivilege = '42501';

const missingRights =
  'The tables are missing or out of date, and this database role may not change them. Run strongroom migrate as their owner.';

/** A cause says more than what it led to: of several hosts each has its own. The drivers' messages hold no password. */
const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  if (!(error instanceof Error)) return 'unknown';
  // A refused connection to a name with several addresses says what it is in its code only.
  const reason = error.message === '' ? String((error as { code?: unknown }).code) : error.message;
  return error.cause === undefined ? reason : `${reason} (${reasonOf(error.cause)})`;
};

const outageText = (error: StoreUnavailable): string => `The database cannot be used: ${reasonOf(error.cause)}`;

const prepare = async (
  engine: Engine,
  { migrations, duringMove = false }: OpenEngineOptions,
): Promise<string | undefined> => {
  if (!duringMove && (await isMoveUnfinished(engine))) return unfinishedMove;
  for (const list of migrations) {
    const migrated = await migrate(engine, list);
    if (!migrated.ok) return migrationRefusalText(migrated.error);
  }
  // The last server may have stopped months ago.
  if (engine.dialect === 'postgres') await addPartitions(engine);
  return undefined;
};

/** Brings the tables of an engine up to date. @returns why it must not be used; the engine is closed then */
const prepareOrClose = async (engine: Engine, options: OpenEngineOptions): Promise<string | undefined> => {
  try {
    const refusal = await prepare(engine, options);
    if (refusal !== undefined) await engine.close();
    return refusal;
  } catch (error) {
    await engine.close();
    if (error instanceof StoreUnavailable) return outageText(error);
    if ((error as { code?: unknown } | null)?.code === insufficientPrivilege) return missingRights;
    throw error;
  }
};

/** A file that is damaged, is no database or may not be read is the operator's to repair. */
const openFile = (options: Parameters<typeof openSqliteEngine>[0]): Result<Engine, string> => {
  try {
    return ok(openSqliteEngine(options));
  } catch (error) {
    return refuse(`The database ${options.path} cannot be used: ${error instanceof Error ? error.message : 'unknown'}`);
  }
};

/** Opens a database and brings its tables up to date. @returns why it must not be used, in words for whoever starts the program */
export const openMigratedEngine = async (
  database: DatabaseChoice,
  options: OpenEngineOptions,
): Promise<Result<Engine, string>> => {
  if (database.kind === 'sqlite') {
    const { onCheckpointFailure } = options;
    const more = onCheckpointFailure === undefined ? {} : { onCheckpointFailure };
    const opened = openFile({ path: database.path, ...more });
    if (!opened.ok) return opened;
    const engine = opened.value;
    const refusal = await prepareOrClose(engine, options);
    return refusal === undefined ? ok(engine) : refuse(refusal);
  }
  const { server } = database;
  // Large tables take long to change, and other starters wait meanwhile; a request may take neither.
  const migrating = openPostgresEngine({ server, readers: 1, limits: migratingLimits });
  const refusal = await prepareOrClose(migrating, options);
  if (refusal !== undefined) return refuse(refusal);
  await migrating.close();
  return ok(openPostgresEngine({ server }));
};

/**
 * An engine for another thread of a server that has the database open and its tables up to date. On a file it reads by
 * itself and writes through the server's engine, for a file has one writer; on a server it has connections of its own.
 */
export const openThreadEngine = (database: DatabaseChoice, writes: MessagePort): Engine => {
  if (database.kind === 'postgres') return openPostgresEngine({ server: database.server, readers: 1 });
  const reader = openSqliteReader(database.path);
  const joined = joinedWrites(writes);
  return {
    ...reader,
    write: joined.write,
    close: async () => {
      await joined.close();
      await reader.close();
    },
  };
};
