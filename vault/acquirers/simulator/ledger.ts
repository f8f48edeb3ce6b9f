import { DatabaseSync } from 'node:sqlite';
import type { Currency, Money } from '../../../src/domain/money.ts';

export type LedgerOperation = 'verify' | 'charge' | 'reverse' | 'refund' | 'inquire';
export type LedgerOutcome = 'approved' | 'declined' | 'challenged' | 'reversed' | 'refunded' | 'never-received';

/** One message that the acquirer received, and what it did. A message received again counts up `timesReceived`. */
export type LedgerEntry = {
  readonly accountId: string;
  /** The id that the message carried: of the attempt, or of the refund. */
  readonly attemptId: string;
  readonly operation: LedgerOperation;
  /** The account's time, milliseconds since 1970. */
  readonly at: number;
  /** The setup intent of a verification, the payment intent of all else. */
  readonly intentId: string;
  /** The charge that a refund gives back. */
  readonly refundedAttemptId: string | null;
  readonly amount: Money | null;
  readonly cardLast4: string | null;
  readonly outcome: LedgerOutcome;
  readonly responseCode: string;
  readonly timesReceived: number;
};

/** The simulated acquirer's own book, in a file of its own: it owes nothing to what the platform believes. */
export type Ledger = {
  /** Books a message. `false` when it was booked before: then the book is as it was. */
  add(entry: Omit<LedgerEntry, 'timesReceived'>): boolean;
  find(accountId: string, attemptId: string, operation: LedgerOperation): LedgerEntry | undefined;
  /** Counts a message that came again; `outcome` may follow the book for an inquiry. */
  addRepeat(accountId: string, attemptId: string, operation: LedgerOperation, outcome: LedgerOutcome): void;
  refundedMinor(accountId: string, attemptId: string): number;
  /** Oldest first. */
  entries(accountId: string): readonly LedgerEntry[];
  close(): void;
};

/**
 * One tree, keyed as messages are recognised: one page is written per message. `synchronous=OFF` leaves the log to the
 * operating system: an answered message survives the death of this process, not of the machine. A sandbox needs no more,
 * and an fsync here would stall the event loop that serves every request.
 */
const schemaVersion = 1;
const schema = `
create table ledger (
  account_id text not null,
  attempt_id text not null,
  operation text not null,
  sequence integer not null,
  at integer not null,
  intent_id text not null,
  refunded_attempt_id text,
  amount_minor integer,
  currency text,
  card_last4 text,
  outcome text not null,
  response_code text not null,
  times_received integer not null default 1,
  primary key (account_id, attempt_id, operation)
) strict, without rowid;
create index ledger_refunds on ledger (account_id, refunded_attempt_id) where refunded_attempt_id is not null;
pragma user_version = ${schemaVersion};
`;
const pragmas = 'pragma journal_mode = wal; pragma synchronous = off; pragma busy_timeout = 2000;';

type Row = Readonly<Record<string, string | number | null | bigint | Uint8Array>>;

const entryOf = (row: Row): LedgerEntry => ({
  accountId: row['account_id'] as string,
  attemptId: row['attempt_id'] as string,
  operation: row['operation'] as LedgerOperation,
  at: row['at'] as number,
  intentId: row['intent_id'] as string,
  refundedAttemptId: row['refunded_attempt_id'] as string | null,
  amount:
    row['amount_minor'] === null
      ? null
      : { amountMinor: row['amount_minor'] as number, currency: row['currency'] as Currency },
  cardLast4: row['card_last4'] as string | null,
  outcome: row['outcome'] as LedgerOutcome,
  responseCode: row['response_code'] as string,
  timesReceived: row['times_received'] as number,
});

const number = (row: Row | undefined, column: string): number => (row?.[column] as number | null | undefined) ?? 0;

const openFile = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path);
  try {
    database.exec(pragmas);
    const version = number(database.prepare('pragma user_version').get(), 'user_version');
    if (version === 0) database.exec(`begin immediate; ${schema} commit;`);
    else if (version !== schemaVersion) throw new Error(`its version is ${version}, not ${schemaVersion}`);
    return database;
  } catch (error) {
    database.close();
    throw new Error(
      `The simulator's ledger ${path} cannot be used. It holds sandbox data only: delete it to start a new one.`,
      { cause: error },
    );
  }
};

/** Opens or makes the ledger file. Throws when it is damaged or of another version, saying what to do. */
export const openLedger = (path: string): Ledger => {
  const database = openFile(path);
  const insert = database.prepare(
    'insert into ledger (account_id, attempt_id, operation, sequence, at, intent_id, refunded_attempt_id,' +
      ' amount_minor, currency, card_last4, outcome, response_code) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)' +
      ' on conflict (account_id, attempt_id, operation) do nothing',
  );
  const select = database.prepare('select * from ledger where account_id = ? and attempt_id = ? and operation = ?');
  const repeat = database.prepare(
    'update ledger set times_received = times_received + 1, outcome = ?' +
      ' where account_id = ? and attempt_id = ? and operation = ?',
  );
  const refunded = database.prepare(
    "select sum(amount_minor) as total from ledger where account_id = ? and refunded_attempt_id = ? and outcome = 'refunded'",
  );
  const all = database.prepare('select * from ledger where account_id = ? order by sequence');
  let sequence = number(database.prepare('select max(sequence) as last from ledger').get(), 'last');
  return {
    add(entry) {
      sequence += 1;
      const { changes } = insert.run(
        entry.accountId,
        entry.attemptId,
        entry.operation,
        sequence,
        entry.at,
        entry.intentId,
        entry.refundedAttemptId,
        entry.amount?.amountMinor ?? null,
        entry.amount?.currency ?? null,
        entry.cardLast4,
        entry.outcome,
        entry.responseCode,
      );
      return changes === 1;
    },
    find(accountId, attemptId, operation) {
      const row = select.get(accountId, attemptId, operation);
      return row === undefined ? undefined : entryOf(row);
    },
    addRepeat(accountId, attemptId, operation, outcome) {
      repeat.run(outcome, accountId, attemptId, operation);
    },
    refundedMinor: (accountId, attemptId) => number(refunded.get(accountId, attemptId), 'total'),
    entries: (accountId) => all.all(accountId).map(entryOf),
    close() {
      database.close();
    },
  };
};

/** Reads a ledger file from outside its server, running or dead, to hold it against the platform's books. Oldest first. */
export const readLedger = (path: string): readonly LedgerEntry[] => {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare('select * from ledger order by sequence').all().map(entryOf);
  } finally {
    database.close();
  }
};
