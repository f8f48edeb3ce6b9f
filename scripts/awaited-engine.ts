import pg from 'pg';
import type { Engine, SqlRow, Statement } from '../src/store/engine.ts';

/** What a measurement compares with: a pool, and each write a transaction of its own whose every statement is awaited. */
export const openAwaitedEngine = (connectionString: string, connections: number): Engine => {
  const types = { getTypeParser: (id: number) => (id === 20 || id === 23 ? Number : (text: string) => text) };
  const pool = new pg.Pool({ connectionString, max: connections, types: types as unknown as pg.CustomTypesConfig });
  const names = new Map<string, string>();
  const named = ({ sql, params }: Statement): pg.QueryConfig => {
    if (!names.has(sql)) names.set(sql, `n${names.size}`);
    return { name: names.get(sql) ?? '', text: sql, values: [...params] };
  };
  return {
    dialect: 'postgres',
    all: async (sql, params) =>
      (await pool.query<Record<string, never>>(named({ sql, params }))).rows as readonly SqlRow[],
    write: async (statements) => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        for (const statement of statements) {
          const { rowCount } = await client.query(named(statement));
          if (statement.mustChange === 'one' && rowCount !== 1) throw new Error('A measured write was stale.');
        }
        await client.query('commit');
        return undefined;
      } finally {
        client.release();
      }
    },
    close: () => pool.end(),
  };
};
