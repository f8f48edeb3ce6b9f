import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { administer } from '../../test/postgres/start-postgres.ts';
import { type Cell, copiedColumns, copyFlow, type FlowTemplate, flowTemplate, grownTables } from './flow-template.ts';
import type { GrownTable, TableRow } from './flow-template.ts';

/** Flows with all of their rows, and the columns of each table. */
export type Templates = {
  readonly flows: readonly FlowTemplate[];
  readonly columns: Readonly<Record<GrownTable, readonly string[]>>;
};

/** The database under the server, reached past it while it is stopped. */
export type GrownDatabase = {
  /** What went through the server so far, flow by flow. */
  templates(): Promise<Templates>;
  /** Writes copies of flows until there are so many setup intents, or the time is up. @returns how many there are */
  growTo(setupIntents: number, templates: Templates, mayGoOn: () => boolean): Promise<number>;
  /** What is stored now, without the log of writes. */
  bytes(): Promise<number>;
  /** Some setup intents from all over the table. */
  someIds(table: 'setup_intents' | 'payment_intents', count: number): Promise<readonly string[]>;
  close(): Promise<void>;
};

/** Copies lie in the days before today, as if the server had run as long. */
const historyMs = 40 * 86_400_000;
const flowsAtOnce = 5_000;

const byIntent = (rows: readonly TableRow[], column: string): Map<string, TableRow[]> =>
  Map.groupBy(rows, (row) => String(row[column]));

const templatesFrom = (rows: Readonly<Record<GrownTable, readonly TableRow[]>>): readonly FlowTemplate[] => {
  const payments = byIntent(
    rows.payment_intents.map((row) => ({
      ...row,
      of: /"setupIntentId":"([^"]+)"/.exec(String(row['doc']))?.[1] ?? null,
    })),
    'of',
  );
  const [events, attempts] = [
    byIntent(rows.intent_events, 'intent_id'),
    byIntent(rows.charge_attempts, 'setup_intent_id'),
  ];
  const cards = byIntent(rows.vault_cards, 'reference');
  return rows.setup_intents.map((setupIntent) => {
    const id = String(setupIntent['id']);
    const paid = (payments.get(id) ?? []).map(({ of: _, ...row }) => row);
    return flowTemplate({
      setup_intents: [setupIntent],
      vault_cards: cards.get(String(setupIntent['card_reference'])) ?? [],
      payment_intents: paid,
      charge_attempts: attempts.get(id) ?? [],
      intent_events: [id, ...paid.map((row) => String(row['id']))].flatMap((intentId) => events.get(intentId) ?? []),
    });
  });
};

const columnsOf = (
  rows: Readonly<Record<GrownTable, readonly TableRow[]>>,
): Readonly<Record<GrownTable, readonly string[]>> =>
  Object.fromEntries(grownTables.map((table) => [table, copiedColumns(rows[table][0] ?? {})])) as Record<
    GrownTable,
    readonly string[]
  >;

const readAll = async (read: (table: GrownTable) => Promise<readonly TableRow[]>) => {
  const found: [GrownTable, readonly TableRow[]][] = [];
  for (const table of grownTables) found.push([table, await read(table)]);
  return Object.fromEntries(found) as unknown as Readonly<Record<GrownTable, readonly TableRow[]>>;
};

/** Calls `write` with copies of so many flows at a time. */
const growing = async (
  from: number,
  to: number,
  templates: readonly FlowTemplate[],
  now: number,
  mayGoOn: () => boolean,
  write: (fill: (put: (table: GrownTable, cells: readonly Cell[]) => void) => void) => Promise<void>,
): Promise<number> => {
  let done = from;
  while (done < to && mayGoOn()) {
    const end = Math.min(to, done + flowsAtOnce);
    const start = done;
    await write((put) => {
      for (let n = start; n < end; n += 1) {
        const template = templates[n % templates.length];
        if (template !== undefined) copyFlow(template, now - historyMs + Math.floor((historyMs * n) / to), put);
      }
    });
    done = end;
  }
  return done;
};

/** The file of a stopped server. */
export const openGrownFile = (path: string, now: number): GrownDatabase => {
  const database = new DatabaseSync(path);
  // Nothing here must outlive the machine; the server sets its own when it opens the file.
  database.exec('pragma journal_mode = wal; pragma synchronous = off; pragma cache_size = -262144');
  const read = async (table: GrownTable): Promise<readonly TableRow[]> =>
    database.prepare(`select * from ${table}`).all() as unknown as TableRow[];
  const count = (): number => Number(database.prepare('select count(*) as n from setup_intents').get()?.['n']);
  return {
    templates: async () => {
      const rows = await readAll(read);
      return { flows: templatesFrom(rows), columns: columnsOf(rows) };
    },
    growTo: async (target, { flows, columns: known }, mayGoOn) => {
      const inserts = Object.fromEntries(
        grownTables.map((table) => [
          table,
          database.prepare(
            `insert into ${table} (${known[table].join()}) values (${known[table].map(() => '?').join()})`,
          ),
        ]),
      );
      const reached = await growing(count(), target, flows, now, mayGoOn, async (fill) => {
        database.exec('begin');
        fill((table, cells) => void inserts[table]?.run(...cells));
        database.exec('commit');
      });
      database.exec('pragma wal_checkpoint(truncate); pragma optimize');
      return reached;
    },
    bytes: async () => {
      database.exec('pragma wal_checkpoint(truncate)');
      return statSync(path).size + (existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0);
    },
    someIds: async (table, wanted) => {
      const step = Math.max(1, Math.floor(count() / wanted));
      return database
        .prepare(`select id from ${table} where rowid % ? = 0 limit ?`)
        .all(step, wanted)
        .map((row) => String(row['id']));
    },
    close: async () => database.close(),
  };
};

const escaped = (cell: Cell): string =>
  cell === null
    ? '\\N'
    : String(cell).replaceAll(/[\\\t\n\r]/g, (sign) => `\\${{ '\t': 't', '\n': 'n', '\r': 'r' }[sign] ?? sign}`);

/** `COPY … FROM STDIN`, which the driver knows the messages of and no more. */
const copyIn = (client: pg.Client, sql: string, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    type Wire = { query(sql: string): void; sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void };
    const nothing = (): void => undefined;
    client.query({
      submit: (wire: Wire) => wire.query(sql),
      handleCopyInResponse: (wire: Wire) => {
        wire.sendCopyFromChunk(Buffer.from(text));
        wire.endCopyFrom();
      },
      handleError: reject,
      handleReadyForQuery: () => resolve(),
      handleCommandComplete: nothing,
      handleRowDescription: nothing,
      handleDataRow: nothing,
      handlePortalSuspended: nothing,
      handleEmptyQuery: nothing,
    } as unknown as pg.Submittable);
  });

/** What a database takes up, its catalogues included. */
export const databaseBytes = async (url: string): Promise<number> =>
  Number((await administer(url, 'select pg_database_size(current_database()) as bytes'))[0]?.['bytes']);

/** A database of which no server has hold. @param emptyBytes what it took up before the first row */
export const openGrownPostgres = async (url: string, now: number, emptyBytes: number): Promise<GrownDatabase> => {
  const asText = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;
  const client = new pg.Client({ connectionString: url, types: asText });
  await client.connect();
  const read = async (table: GrownTable): Promise<readonly TableRow[]> =>
    (await client.query<TableRow>(`select * from ${table}`)).rows;
  const one = async (sql: string): Promise<number> => Number((await client.query<{ n: string }>(sql)).rows[0]?.n);
  return {
    templates: async () => {
      const rows = await readAll(read);
      return { flows: templatesFrom(rows), columns: columnsOf(rows) };
    },
    growTo: async (target, { flows, columns: known }, mayGoOn) => {
      const from = await one('select count(*) as n from setup_intents');
      const reached = await growing(from, target, flows, now, mayGoOn, async (fill) => {
        const texts = Object.fromEntries(grownTables.map((table) => [table, [] as string[]]));
        fill((table, cells) => texts[table]?.push(cells.map(escaped).join('\t')));
        for (const table of grownTables)
          await copyIn(
            client,
            `copy ${table} (${known[table].join()}) from stdin`,
            `${texts[table]?.join('\n') ?? ''}\n`,
          );
      });
      // As autovacuum would, in its own time.
      await client.query('vacuum analyze');
      return reached;
    },
    bytes: async () => (await databaseBytes(url)) - emptyBytes,
    someIds: async (table, wanted) => {
      const rows = await one(`select count(*) as n from ${table}`);
      const percent = Math.min(100, (300 * wanted) / Math.max(1, rows));
      const sampled = await client.query<{ id: string }>(
        `select id from ${table} tablesample bernoulli (${percent}) order by random() limit ${wanted}`,
      );
      return sampled.rows.map(({ id }) => id);
    },
    close: () => client.end(),
  };
};
