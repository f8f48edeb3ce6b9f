import type { Engine, SqlRow, SqlValue } from '../engine.ts';
import { intentMadeAt } from '../intent-made-at.ts';

/** A table as a move sees it: what is in it, what orders it, and what it points to. */
export type DescribedTable = {
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns of the primary key, in its order. */
  readonly key: readonly string[];
  readonly references: readonly string[];
};

/** The ledger of migrations is written by migrating, a heartbeat counts nothing but itself, and a turn ends with its process. */
const notData: readonly string[] = ['schema_migrations', 'heartbeat', 'vault_heartbeat', 'turns', 'sqlite_sequence'];

/** Columns that only the target has, and what they hold: in SQLite, no table is in partitions. */
export const columnsOfTarget: Readonly<Record<string, Readonly<Record<string, (row: SqlRow) => SqlValue>>>> = {
  intent_events: { intent_made_at: (row) => intentMadeAt(String(row['intent_id'])) },
};

/** Names come from the schema, never from a caller; quoted all the same. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const describe = async (engine: Engine, name: string): Promise<DescribedTable> => {
  const columns = await engine.all('select name, pk from pragma_table_info($1) order by cid', [name]);
  const references = await engine.all('select distinct "table" as other from pragma_foreign_key_list($1)', [name]);
  const key = columns.filter((column) => Number(column['pk']) > 0).sort((a, b) => Number(a['pk']) - Number(b['pk']));
  if (key.length === 0) throw new Error(`The table ${name} has no primary key, so it cannot be moved.`);
  return {
    name,
    columns: columns.map((column) => String(column['name'])),
    key: key.map((column) => String(column['name'])),
    references: references.map((row) => String(row['other'])).filter((other) => other !== name),
  };
};

/** All tables with data of a SQLite database, each behind those that it points to. */
export const describeTables = async (engine: Engine): Promise<readonly DescribedTable[]> => {
  const rows = await engine.all("select name from sqlite_schema where type = 'table' order by name", []);
  const names = rows.map((row) => String(row['name'])).filter((name) => !notData.includes(name));
  const left = new Map<string, DescribedTable>();
  for (const name of names) left.set(name, await describe(engine, name));
  const ordered: DescribedTable[] = [];
  while (left.size > 0) {
    const next = [...left.values()].filter(({ references }) => references.every((other) => !left.has(other)));
    if (next.length === 0) throw new Error('Tables point to each other in a circle.');
    for (const table of next) left.delete(table.name);
    ordered.push(...next);
  }
  return ordered;
};

/** Tables of a PostgreSQL database in the schema that it writes to, with the columns that it numbers by itself. */
export const describeTarget = async (
  engine: Engine,
): Promise<ReadonlyMap<string, { readonly columns: ReadonlySet<string>; readonly numbered: readonly string[] }>> => {
  const rows = await engine.all(
    'select table_name, column_name, is_identity from information_schema.columns where table_schema = current_schema()',
    [],
  );
  const tables = new Map<string, { columns: Set<string>; numbered: string[] }>();
  for (const row of rows) {
    const name = String(row['table_name']);
    const table = tables.get(name) ?? { columns: new Set(), numbered: [] };
    tables.set(name, table);
    table.columns.add(String(row['column_name']));
    if (row['is_identity'] === 'YES') table.numbered.push(String(row['column_name']));
  }
  return tables;
};
