import type { Engine, SqlRow, SqlValue } from '../engine.ts';
import { type DescribedTable, quoted } from './described-table.ts';

/** Rows of a kilobyte or two: a statement each when they are written, a few megabytes in memory. */
const batchSize = 500;

export const keyOf = (table: DescribedTable, row: SqlRow): readonly SqlValue[] =>
  table.key.map((column) => {
    const value = row[column];
    if (value === undefined || value instanceof Uint8Array)
      throw new Error(`The key ${table.name}.${column} cannot be noted.`);
    return value;
  });

/** A table's rows by its primary key, batch by batch, beginning behind a key. Each database orders text in its own way. */
export const rowsInOrder = async function* (
  engine: Engine,
  table: DescribedTable,
  behind: readonly SqlValue[] = [],
): AsyncGenerator<readonly SqlRow[]> {
  const key = table.key.map(quoted).join(', ');
  const places = table.key.map((_, index) => `$${index + 1}`).join(', ');
  const columns = table.columns.map(quoted).join(', ');
  let last = behind;
  for (;;) {
    const where = last.length === 0 ? '' : ` where (${key}) > (${places})`;
    const rows = await engine.all(
      `select ${columns} from ${quoted(table.name)}${where} order by ${key} limit $${last.length + 1}`,
      [...last, batchSize],
    );
    if (rows.length > 0) yield rows;
    const end = rows.at(-1);
    if (end === undefined || rows.length < batchSize) return;
    last = keyOf(table, end);
  }
};
