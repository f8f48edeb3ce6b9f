import { createHash } from 'node:crypto';
import type { Engine, SqlRow } from '../engine.ts';
import type { DescribedTable } from './described-table.ts';
import { rowsInOrder } from './rows-in-order.ts';

/** What a table holds, in a form that two databases can be compared by. */
export type TableDigest = { readonly rows: number; readonly checksum: string };

const rowText = (table: DescribedTable, row: SqlRow): string =>
  JSON.stringify(
    table.columns.map((column) => {
      const value = row[column];
      return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('hex') } : value;
    }),
  );

/** Counts rows and combines the SHA-256 of each so that their order, which differs between databases, does not matter. */
export const digestTable = async (engine: Engine, table: DescribedTable): Promise<TableDigest> => {
  const checksum = Buffer.alloc(32);
  let rows = 0;
  for await (const batch of rowsInOrder(engine, table)) {
    rows += batch.length;
    for (const row of batch) {
      const hash = createHash('sha256').update(rowText(table, row)).digest();
      for (let place = 0; place < checksum.length; place += 1)
        checksum[place] = (checksum[place] ?? 0) ^ (hash[place] ?? 0);
    }
  }
  return { rows, checksum: checksum.toString('hex') };
};
