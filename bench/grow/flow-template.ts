import { timeOrderedToken } from '../../src/domain/ids.ts';

/** A value as the database gave it: text for PostgreSQL, whatever SQLite has. */
export type Cell = string | number | bigint | null | Uint8Array;
export type TableRow = Readonly<Record<string, Cell>>;

/** The tables that a flow leaves rows in, each behind those that it points to. */
export const grownTables = [
  'vault_cards',
  'setup_intents',
  'payment_intents',
  'charge_attempts',
  'intent_events',
] as const;
export type GrownTable = (typeof grownTables)[number];

/** Numbers that the database gives by itself. */
const numbered: readonly string[] = ['position'];

type Part = string | { readonly id: number };
/** A cell with the ids of the flow taken out of it; `madeAt` stands for the time in the intent's id. */
type Mould = Cell | readonly Part[] | 'madeAt';
type RowMould = { readonly table: GrownTable; readonly cells: readonly Mould[] };

/** One flow's rows, ready to be written again under other ids. */
export type FlowTemplate = { readonly prefixes: readonly string[]; readonly rows: readonly RowMould[] };

/** The columns of a table, in the order in which copies have them. */
export const copiedColumns = (row: TableRow): readonly string[] =>
  Object.keys(row).filter((column) => !numbered.includes(column));

const idPattern = /(?:si|pi)_[a-z]+_[\w-]{22}|(?:att|card|evt)_[\w-]{22}/g;

const mouldOf = (cell: Cell, column: string, ids: Map<string, number>): Mould => {
  if (column === 'intent_made_at') return 'madeAt';
  if (typeof cell !== 'string') return cell;
  const parts: Part[] = [];
  let end = 0;
  for (const match of cell.matchAll(idPattern)) {
    const id = ids.get(match[0]) ?? ids.size;
    ids.set(match[0], id);
    parts.push(cell.slice(end, match.index), { id });
    end = match.index + match[0].length;
  }
  return end === 0 ? cell : [...parts, cell.slice(end)].filter((part) => part !== '');
};

/** Takes the rows of one flow apart. @param rows of the flow, by table */
export const flowTemplate = (rows: Readonly<Record<GrownTable, readonly TableRow[]>>): FlowTemplate => {
  const ids = new Map<string, number>();
  const moulds = grownTables.flatMap((table) =>
    rows[table].map((row): RowMould => {
      const cells = copiedColumns(row).map((column) => mouldOf(row[column] ?? null, column, ids));
      return { table, cells };
    }),
  );
  return { prefixes: [...ids.keys()].map((id) => id.slice(0, -22)), rows: moulds };
};

let counter = 0;
const random = Buffer.alloc(10);

const newToken = (madeAt: number): string => {
  counter += 1;
  // Neighbours in time are no neighbours in the index beyond it, as with random bytes.
  random.writeUInt32BE(Math.imul(counter, 0x9e3779b1) >>> 0, 2);
  random.writeUInt32BE(counter, 6);
  return timeOrderedToken(madeAt, random);
};

/** The rows of a flow once more, as if it had happened at another moment. */
export const copyFlow = (
  { prefixes, rows }: FlowTemplate,
  madeAt: number,
  put: (table: GrownTable, cells: readonly Cell[]) => void,
): void => {
  const ids = prefixes.map((prefix) => prefix + newToken(madeAt));
  for (const { table, cells } of rows) {
    put(
      table,
      cells.map((cell): Cell => {
        if (cell === 'madeAt') return madeAt;
        if (!Array.isArray(cell)) return cell as Cell;
        let text = '';
        for (const part of cell as readonly Part[]) text += typeof part === 'string' ? part : ids[part.id];
        return text;
      }),
    );
  }
};
