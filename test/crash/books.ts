import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { type LedgerEntry, readLedger } from '../../vault/index.ts';

type Row = Readonly<Record<string, unknown>>;

/** Which database a run is held on. */
export type BooksPlace = {
  readonly dataDir: string;
  /** Of PostgreSQL; `null`: the SQLite file of the data folder. */
  readonly postgresUrl: string | null;
};

/** One connection to the books, past the server. */
export type BooksConnection = {
  query(sql: string): Promise<readonly Row[]>;
  /** @returns how many rows the statement inserted, updated or deleted */
  change(sql: string): Promise<number>;
  close(): Promise<void>;
};

/** Where the server keeps its books on SQLite. */
export const databaseFile = (dataDir: string): string => join(dataDir, 'strongroom.db');

/** Where the simulated acquirer keeps its own. */
export const ledgerFile = (dataDir: string): string => join(dataDir, 'acquirer-simulator.db');

/** One connection to a SQLite file, the platform's books or the acquirer's ledger. */
export const openFile = (path: string, readOnly: boolean): BooksConnection => {
  const database = new DatabaseSync(path, { readOnly, timeout: 2_000 });
  return {
    query: (sql) => Promise.resolve(database.prepare(sql).all()),
    change: (sql) => Promise.resolve(Number(database.prepare(sql).run().changes)),
    close: () => {
      database.close();
      return Promise.resolve();
    },
  };
};

/** Opens the platform's books, `writable` only to damage them on purpose. */
export const connectToBooks = async (
  { dataDir, postgresUrl }: BooksPlace,
  writable = false,
): Promise<BooksConnection> => {
  if (postgresUrl === null) return openFile(databaseFile(dataDir), !writable);
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  return {
    query: async (sql) => (await client.query<Row>(sql)).rows,
    change: async (sql) => (await client.query(sql)).rowCount ?? 0,
    close: () => client.end(),
  };
};

export type IntentRow = {
  readonly id: string;
  readonly status: string;
  readonly eventCount: number;
  readonly liveAttemptId: string | null;
  readonly reference: string;
  readonly amountMinor: number | null;
  readonly setupIntentId: string | null;
  readonly cardReference: string | null;
  /** Given back, and held by refunds that are under way; none of a setup intent. */
  readonly refundedAmountMinor: number;
  readonly refundingAmountMinor: number;
};
export type AttemptRow = {
  readonly id: string;
  readonly state: string;
  readonly paymentIntentId: string;
  readonly setupIntentId: string;
  readonly amountMinor: number;
};
export type RefundRow = {
  readonly id: string;
  readonly state: string;
  readonly paymentIntentId: string;
  readonly attemptId: string;
  readonly amountMinor: number;
  readonly reason: string | null;
};
export type EventRow = {
  readonly intentId: string;
  readonly sequence: number;
  readonly type: string;
  readonly status: string;
};

/** Both books and the vault's shelf, as they lie on disk. */
export type Books = {
  readonly setupIntents: readonly IntentRow[];
  readonly paymentIntents: readonly IntentRow[];
  readonly attempts: readonly AttemptRow[];
  readonly refunds: readonly RefundRow[];
  /** By intent, in their order. */
  readonly events: readonly EventRow[];
  /** Keys that were taken and never answered. */
  readonly openAnswers: readonly string[];
  /** References of the kept cards. */
  readonly cards: readonly string[];
  readonly ledger: readonly LedgerEntry[];
  /** What the databases say of themselves; empty when they are whole. */
  readonly damage: readonly string[];
};

type Doc = {
  readonly eventCount: number;
  readonly liveAttemptId: string | null;
  readonly terms: { readonly reference: string; readonly amount?: { readonly amountMinor: number } };
  readonly setupIntentId?: string | null;
  readonly refundedAmountMinor?: number;
  readonly refundingAmountMinor?: number;
};

const documentOf = <T>(row: Row): T => (typeof row['doc'] === 'string' ? JSON.parse(row['doc']) : row['doc']) as T;

const intentOf = (row: Row): IntentRow => {
  const { eventCount, liveAttemptId, terms, setupIntentId, refundedAmountMinor, refundingAmountMinor } =
    documentOf<Doc>(row);
  return {
    id: String(row['id']),
    status: String(row['status']),
    eventCount,
    liveAttemptId,
    reference: terms.reference,
    amountMinor: terms.amount?.amountMinor ?? null,
    setupIntentId: setupIntentId ?? null,
    cardReference: typeof row['card_reference'] === 'string' ? row['card_reference'] : null,
    refundedAmountMinor: refundedAmountMinor ?? 0,
    refundingAmountMinor: refundingAmountMinor ?? 0,
  };
};

const attemptOf = (row: Row): AttemptRow => ({
  id: String(row['id']),
  state: String(row['state']),
  paymentIntentId: String(row['payment_intent_id']),
  setupIntentId: String(row['setup_intent_id']),
  amountMinor: documentOf<{ readonly amount: { readonly amountMinor: number } }>(row).amount.amountMinor,
});

type RefundDoc = {
  readonly attemptId: string;
  readonly amount: { readonly amountMinor: number };
  readonly reason: string | null;
};

const refundOf = (row: Row): RefundRow => {
  const { attemptId, amount, reason } = documentOf<RefundDoc>(row);
  return {
    id: String(row['id']),
    state: String(row['state']),
    paymentIntentId: String(row['payment_intent_id']),
    attemptId,
    amountMinor: amount.amountMinor,
    reason,
  };
};

const checkFile = (path: string): readonly string[] => {
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
    try {
      const rows = [
        ...database.prepare('pragma integrity_check').all(),
        ...database.prepare('pragma foreign_key_check').all(),
      ];
      const said = rows.map((row) => Object.values(row).map(String).join(' '));
      return said.filter((line) => line !== 'ok').map((line) => `${path}: ${line}`);
    } finally {
      database.close();
    }
  } catch (error) {
    return [`${path}: ${String(error)}`];
  }
};

/** Reads everything that a run is judged by. A file that cannot be read is damage, no exception. */
export const readBooks = async (place: BooksPlace): Promise<Books> => {
  const files = [ledgerFile(place.dataDir), ...(place.postgresUrl === null ? [databaseFile(place.dataDir)] : [])];
  const damage = files.flatMap((file) => (existsSync(file) ? checkFile(file) : [`${file}: there is no such file`]));
  if (damage.length > 0) return { ...noBooks, damage };
  const connection = await connectToBooks(place);
  try {
    const rows = (sql: string): Promise<readonly Row[]> => connection.query(sql);
    return {
      setupIntents: (await rows('select id, status, card_reference, doc from setup_intents order by id')).map(intentOf),
      paymentIntents: (await rows('select id, status, doc from payment_intents order by id')).map(intentOf),
      attempts: (
        await rows('select id, state, payment_intent_id, setup_intent_id, doc from charge_attempts order by id')
      ).map(attemptOf),
      refunds: (await rows('select id, state, payment_intent_id, doc from refunds order by id')).map(refundOf),
      events: (
        await rows('select intent_id, sequence, type, status from intent_events order by intent_id, sequence')
      ).map((row) => ({
        intentId: String(row['intent_id']),
        sequence: Number(row['sequence']),
        type: String(row['type']),
        status: String(row['status']),
      })),
      openAnswers: (await rows('select key from answers where status is null')).map((row) => String(row['key'])),
      cards: (await rows('select reference from vault_cards')).map((row) => String(row['reference'])),
      ledger: readLedger(ledgerFile(place.dataDir)),
      damage: [],
    };
  } finally {
    await connection.close();
  }
};

const noBooks: Books = {
  setupIntents: [],
  paymentIntents: [],
  attempts: [],
  refunds: [],
  events: [],
  openAnswers: [],
  cards: [],
  ledger: [],
  damage: [],
};

/** How much is still under way: attempts and refunds that are not settled, ended intents whose card is not forgotten, answers that are owed. */
export const countUnderWay = async (connection: BooksConnection): Promise<number> => {
  const [row] = await connection.query(
    "select (select count(*) from charge_attempts where state in ('pending', 'unknown'))" +
      " + (select count(*) from refunds where state in ('pending', 'unknown'))" +
      " + (select count(*) from setup_intents where card_reference is not null and status not in ('Created', 'Authorized'))" +
      ' + (select count(*) from answers where status is null) as under_way',
  );
  return Number(row?.['under_way']);
};
