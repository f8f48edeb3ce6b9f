import { ok, refuse, type Result } from '../../domain/result.ts';
import type { Engine, SqlRow, Statement } from '../engine.ts';
import { columnsOfTarget, type DescribedTable, describeTables, describeTarget, quoted } from './described-table.ts';
import {
  beginProgress,
  endProgress,
  isMoveUnfinished,
  type MoveProgress,
  noteProgress,
  readProgress,
} from './move-progress.ts';
import { keyOf, rowsInOrder } from './rows-in-order.ts';
import { digestTable } from './table-digest.ts';

/**
 * Why nothing, or nothing more, was moved.
 * - `source-empty`: there is no account in it.
 * - `target-has-data`: the target holds rows that no move of this source brought.
 * - `schemas-differ`: the target lacks a table or column; the releases that made the two differ.
 * - `rows-differ`: counts or checksums differ after copying: the source was written meanwhile, or the target was.
 */
export type MoveRefusal = {
  readonly code: 'source-empty' | 'target-has-data' | 'schemas-differ' | 'rows-differ';
  /** The table that shows it. */
  readonly table: string;
};

export type MovedTable = { readonly name: string; readonly rows: number; readonly checksum: string };

export type MoveOptions = {
  /** SQLite, migrated. Nobody else may write to it meanwhile. */
  readonly source: Engine;
  /** PostgreSQL, migrated. */
  readonly target: Engine;
  readonly onBatch?: (table: string, rows: number) => void;
};

type Target = Awaited<ReturnType<typeof describeTarget>>;

/** Who the data belongs to: the id of its first account, which no other database has. */
const identify = async (source: Engine): Promise<string | undefined> => {
  const [first] = await source.all('select id from accounts order by created_at, id limit 1', []);
  return first === undefined ? undefined : String(first['id']);
};

const differingTable = (tables: readonly DescribedTable[], target: Target): string | undefined =>
  tables.find(({ name, columns }) => columns.some((column) => target.get(name)?.columns.has(column) !== true))?.name;

const filledTable = async (target: Engine, tables: readonly DescribedTable[]): Promise<string | undefined> => {
  for (const { name } of tables)
    if ((await target.all(`select 1 as found from ${quoted(name)} limit 1`, [])).length > 0) return name;
  return undefined;
};

/** Where a move of this source stands, having begun it when there was none. */
const takeUp = async (
  target: Engine,
  tables: readonly DescribedTable[],
  source: string,
): Promise<Result<MoveProgress, MoveRefusal>> => {
  if (!(await isMoveUnfinished(target))) {
    const filled = await filledTable(target, tables);
    if (filled !== undefined) return refuse({ code: 'target-has-data', table: filled });
    await beginProgress(target, source);
  }
  const progress = await readProgress(target);
  return progress.source === source ? ok(progress) : refuse({ code: 'target-has-data', table: 'move_progress' });
};

const insertRow = (table: DescribedTable, isNumbered: boolean) => {
  const more = columnsOfTarget[table.name] ?? {};
  const names = [...table.columns, ...Object.keys(more)];
  const columns = names.map(quoted).join(', ');
  const places = names.map((_, index) => `$${index + 1}`).join(', ');
  // A number that the target would give itself is taken over: readers have noted how far they are.
  const override = isNumbered ? ' overriding system value' : '';
  const sql = `insert into ${quoted(table.name)} (${columns})${override} values (${places})`;
  return (row: SqlRow): Statement => ({
    sql,
    params: [...table.columns.map((column) => row[column] ?? null), ...Object.values(more).map((made) => made(row))],
  });
};

const copyTable = async (
  { source, target, onBatch = () => undefined }: MoveOptions,
  table: DescribedTable,
  numbered: readonly string[],
  progress: MoveProgress,
): Promise<void> => {
  const insert = insertRow(table, numbered.length > 0);
  for await (const rows of rowsInOrder(source, table, progress.lastKeys.get(table.name))) {
    const last = rows.at(-1);
    if (last === undefined) return;
    const refused = await target.write([
      ...rows.map(insert),
      noteProgress(progress.source, table.name, keyOf(table, last)),
    ]);
    if (refused !== undefined) throw new Error(`The target refused rows of ${table.name}: somebody else writes to it.`);
    onBatch(table.name, rows.length);
  }
  for (const column of numbered) await numberOn(target, table.name, column);
};

/** The next number of the target comes behind the last one that was taken over. */
const numberOn = async (target: Engine, table: string, column: string): Promise<void> => {
  const sequence = `pg_get_serial_sequence('${quoted(table)}', '${column}')`;
  const sql = `select setval(${sequence}, coalesce(max(${quoted(column)}), 1), max(${quoted(column)}) is not null) from ${quoted(table)}`;
  await target.write([{ sql, params: [] }]);
};

/** Compares every table of the two. @returns the tables, or the first that differs */
const verify = async (
  { source, target }: MoveOptions,
  tables: readonly DescribedTable[],
): Promise<Result<readonly MovedTable[], MoveRefusal>> => {
  const moved: MovedTable[] = [];
  for (const table of tables) {
    const [here, there] = await Promise.all([digestTable(source, table), digestTable(target, table)]);
    if (here.rows !== there.rows || here.checksum !== there.checksum)
      return refuse({ code: 'rows-differ', table: table.name });
    moved.push({ name: table.name, ...here });
  }
  return ok(moved);
};

/**
 * Copies everything that a SQLite database holds into an empty PostgreSQL, and compares the two. A move that was cut off is
 * taken up where it was by calling this again; until it has ended, no server starts on the target.
 */
export const moveDatabase = async (options: MoveOptions): Promise<Result<readonly MovedTable[], MoveRefusal>> => {
  const identity = await identify(options.source);
  if (identity === undefined) return refuse({ code: 'source-empty', table: 'accounts' });
  const tables = await describeTables(options.source);
  const target = await describeTarget(options.target);
  const differing = differingTable(tables, target);
  if (differing !== undefined) return refuse({ code: 'schemas-differ', table: differing });
  const progress = await takeUp(options.target, tables, identity);
  if (!progress.ok) return progress;
  for (const table of tables) await copyTable(options, table, target.get(table.name)?.numbered ?? [], progress.value);
  const verified = await verify(options, tables);
  if (verified.ok) await endProgress(options.target);
  return verified;
};
