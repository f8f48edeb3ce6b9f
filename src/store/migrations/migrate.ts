import { createHash } from 'node:crypto';
import { ok, refuse, type Result } from '../../domain/result.ts';
import type { Engine, Statement } from '../engine.ts';

/** One step of a schema, written for both databases. Never edited once released: its checksum is in every database. */
export type Migration = {
  /** `0001-intents`: the number orders, the words explain. */
  readonly id: string;
  /** Statements, each ended by a semicolon at the end of a line; none holds one anywhere else at the end of a line but between `$$`. */
  readonly sqlite: string;
  readonly postgres: string;
};

/** All steps of one owner of tables, oldest first. Owners migrate independently, in one database or in several. */
export type MigrationList = { readonly owner: string; readonly migrations: readonly Migration[] };

/**
 * Why a database is left alone.
 * - `migration-unknown`: a newer release wrote it; this one cannot know what its columns mean.
 * - `migration-changed`: the step was applied with another text than this release has.
 */
export type MigrationRefusal = {
  readonly code: 'migration-unknown' | 'migration-changed';
  readonly owner: string;
  readonly id: string;
};

const createLedger =
  'create table if not exists schema_migrations (owner text not null, id text not null, checksum text not null, primary key (owner, id))';

/**
 * PostgreSQL lets two transactions make one table at once and has the second fail with an error of its own catalogue.
 * So starters take turns; the lock ends with the transaction. Any number does that nobody else uses: the name of the program.
 */
const takeTurns = ({ dialect }: Engine): readonly Statement[] =>
  dialect === 'postgres' ? [{ sql: 'select pg_advisory_xact_lock($1)', params: [0x5374726f6e67] }] : [];

/** Asked first, because a node's own role on PostgreSQL may have no right to make tables. */
const hasLedger = async ({ all, dialect }: Engine): Promise<boolean> => {
  if (dialect === 'sqlite') return false;
  const [row] = await all("select to_regclass('schema_migrations') is not null as made", []);
  return Boolean(row?.['made']);
};

const statementsOf = (text: string): readonly string[] =>
  (text.match(/(?:\$\$[^]*?\$\$|(?!;[ \t]*(?:\n|$))[^])+/g) ?? [])
    .map((statement) => statement.replace(/^;/, ''))
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');

const checksum = (text: string): string => createHash('sha256').update(text).digest('hex');

const applied = async (engine: Engine, owner: string): Promise<ReadonlyMap<string, string>> => {
  const rows = await engine.all('select id, checksum from schema_migrations where owner = $1', [owner]);
  return new Map(rows.map((row) => [String(row['id']), String(row['checksum'])]));
};

const firstRefusal = (
  engine: Engine,
  list: MigrationList,
  found: ReadonlyMap<string, string>,
): MigrationRefusal | undefined => {
  for (const [id, sum] of found) {
    const known = list.migrations.find((migration) => migration.id === id);
    if (known === undefined) return { code: 'migration-unknown', owner: list.owner, id };
    if (checksum(known[engine.dialect]) !== sum) return { code: 'migration-changed', owner: list.owner, id };
  }
  return undefined;
};

/** The ledger row goes first: of two starters, the second is refused by its key before it touches a table. */
const steps = (engine: Engine, owner: string, migration: Migration): readonly Statement[] => [
  {
    sql: 'insert into schema_migrations (owner, id, checksum) values ($1, $2, $3)',
    params: [owner, migration.id, checksum(migration[engine.dialect])],
  },
  ...statementsOf(migration[engine.dialect]).map((sql) => ({ sql, params: [] })),
];

/**
 * Brings the tables of one owner up to date, each step in a transaction of its own. Servers may race: all end with the same schema.
 * Refuses, without touching anything, a database that this release does not fully know. Throws `StoreUnavailable`.
 */
export const migrate = async (engine: Engine, list: MigrationList): Promise<Result<void, MigrationRefusal>> => {
  if (!(await hasLedger(engine))) await engine.write([...takeTurns(engine), { sql: createLedger, params: [] }]);
  for (;;) {
    const found = await applied(engine, list.owner);
    const refusal = firstRefusal(engine, list, found);
    if (refusal !== undefined) return refuse(refusal);
    const next = list.migrations.find((migration) => !found.has(migration.id));
    if (next === undefined) return ok(undefined);
    // Refused: another starter applied it first, perhaps another text of it; look again.
    await engine.write([...takeTurns(engine), ...steps(engine, list.owner, next)]);
  }
};

/** A refusal in words for whoever starts the server. */
export const migrationRefusalText = ({ code, owner, id }: MigrationRefusal): string =>
  code === 'migration-unknown'
    ? `The database was written by a newer release: it has the migration ${owner}/${id}, which this one does not know. Start that release, or restore a backup.`
    : `The database has another text of the migration ${owner}/${id} than this release. Start the release that made it, or restore a backup.`;
