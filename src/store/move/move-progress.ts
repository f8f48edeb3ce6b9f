import type { Engine, SqlValue, Statement } from '../engine.ts';

/**
 * A table in the target that is there while a move is under way: whose data is being copied, and how far each table has come.
 * It is written together with the rows it counts, so a move that was cut off goes on where it was.
 */
export type MoveProgress = {
  readonly source: string;
  /** Of each table that was begun, the key of the last row that was copied. */
  readonly lastKeys: ReadonlyMap<string, readonly SqlValue[]>;
};

/** No table of the name: the move has not begun, or has ended. */
export const isMoveUnfinished = async (engine: Engine): Promise<boolean> => {
  if (engine.dialect === 'sqlite') return false;
  const [row] = await engine.all("select to_regclass('move_progress') is not null as begun", []);
  return Boolean(row?.['begun']);
};

export const beginProgress = async (engine: Engine, source: string): Promise<void> => {
  await engine.write([
    {
      sql: 'create table move_progress (source text not null, table_name text primary key, last_key text not null)',
      params: [],
    },
    { sql: "insert into move_progress (source, table_name, last_key) values ($1, '', '[]')", params: [source] },
  ]);
};

export const readProgress = async (engine: Engine): Promise<MoveProgress> => {
  const rows = await engine.all('select source, table_name, last_key from move_progress', []);
  const lastKeys = rows.map(
    (row) => [String(row['table_name']), JSON.parse(String(row['last_key'])) as SqlValue[]] as const,
  );
  return { source: String(rows[0]?.['source']), lastKeys: new Map(lastKeys) };
};

/** @param key values of the primary key's columns, none of them bytes */
export const noteProgress = (source: string, table: string, key: readonly SqlValue[]): Statement => ({
  sql: `insert into move_progress (source, table_name, last_key) values ($1, $2, $3)
    on conflict (table_name) do update set last_key = excluded.last_key`,
  params: [source, table, JSON.stringify(key)],
});

export const endProgress = async (engine: Engine): Promise<void> => {
  await engine.write([{ sql: 'drop table move_progress', params: [] }]);
};
