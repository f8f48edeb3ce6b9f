import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Currency, Money } from '../../../src/domain/money.ts';

export type LedgerOperation = 'verify' | 'charge' | 'reverse' | 'refund';
export type LedgerOutcome = 'approved' | 'declined' | 'challenged' | 'reversed' | 'refunded';

/** One message that the acquirer received and acted on. A message received again counts up `timesReceived`. */
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
  /** The merchant's reference, of a verification or a charge. */
  readonly merchantReference: string | null;
};

/** ISO 8583 field 39: invalid transaction; for a charge that comes after its reversal, or a refund of nothing. */
export const invalidTransactionCode = '12';

/** The simulated acquirer's own book, in a file of its own: it owes nothing to what the platform believes. */
export type Ledger = {
  /**
   * Books a message and says what was booked: a charge whose reversal is in the book already is declined, whatever was
   * decided. `undefined` when the message was booked before: then the book is as it was.
   */
  add(entry: Omit<LedgerEntry, 'timesReceived'>): Pick<LedgerEntry, 'outcome' | 'responseCode'> | undefined;
  find(accountId: string, attemptId: string, operation: LedgerOperation): LedgerEntry | undefined;
  /** Counts a message that came again. */
  addRepeat(accountId: string, attemptId: string, operation: LedgerOperation): void;
  refundedMinor(accountId: string, attemptId: string): number;
  /** Oldest first. */
  entries(accountId: string): readonly LedgerEntry[];
  /** As `entries`, with the place of each in the book of all accounts. */
  page(accountId: string, after: number, limit: number): readonly (LedgerEntry & { readonly sequence: number })[];
  /**
   * Looks and books with the file locked, so that no other server books in between. What comes in one turn of the event
   * loop shares a transaction. Resolves when it is in the file.
   */
  booked<T>(run: () => T): Promise<T>;
  /** Books what waits. */
  flush(): void;
  /** Tears an account's leaves out. */
  remove(accountId: string): void;
};

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
  merchantReference: row['merchant_reference'] as string | null,
});

const number = (row: Row | undefined, column: string): number => (row?.[column] as number | null | undefined) ?? 0;

type Waiting = { readonly run: () => () => void; readonly reject: (error: unknown) => void };

/** Transactions of what comes in one turn of the event loop. */
const bookTogether = (database: DatabaseSync): Pick<Ledger, 'booked' | 'flush'> => {
  const begin = database.prepare('begin immediate');
  const commit = database.prepare('commit');
  let waiting: Waiting[] = [];
  const flush = (): void => {
    const group = waiting;
    waiting = [];
    if (group.length === 0) return;
    try {
      begin.run();
      const answers = group.map(({ run }) => run());
      commit.run();
      for (const answer of answers) answer();
    } catch (error) {
      if (database.isTransaction) database.exec('rollback');
      for (const { reject } of group) reject(error);
    }
  };
  return {
    booked: (run) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        const runAndAnswer = (): (() => void) => {
          const result = run();
          return () => resolve(result);
        };
        waiting.push({ run: runAndAnswer, reject });
      }),
    flush,
  };
};

/** The book in an open simulator file. */
export const openLedger = (database: DatabaseSync): Ledger => {
  /** One statement, so that nobody books in between: the order is counted, and a reversal looked for, while it writes. */
  const isReversed = `exists (select 1 from ledger where account_id = ? and attempt_id = ? and operation = 'reverse')`;
  const insertWith = (outcome: string, responseCode: string): StatementSync =>
    database.prepare(
      'insert into ledger (account_id, attempt_id, operation, sequence, at, intent_id, refunded_attempt_id,' +
        ' amount_minor, currency, card_last4, merchant_reference, outcome, response_code)' +
        ' values (?, ?, ?, (select coalesce(max(sequence), 0) + 1 from ledger), ?, ?, ?, ?, ?, ?, ?,' +
        ` ${outcome}, ${responseCode})` +
        ' on conflict (account_id, attempt_id, operation) do nothing returning outcome, response_code',
    );
  const insert = insertWith('?', '?');
  const insertUnlessReversed = insertWith(
    `case when ${isReversed} then 'declined' else ? end`,
    `case when ${isReversed} then '${invalidTransactionCode}' else ? end`,
  );
  const select = database.prepare('select * from ledger where account_id = ? and attempt_id = ? and operation = ?');
  const repeat = database.prepare(
    'update ledger set times_received = times_received + 1' +
      ' where account_id = ? and attempt_id = ? and operation = ?',
  );
  const refunded = database.prepare(
    "select sum(amount_minor) as total from ledger where account_id = ? and refunded_attempt_id = ? and outcome = 'refunded'",
  );
  const pageOf = database.prepare(
    'select * from ledger where account_id = ? and sequence > ? order by sequence limit ?',
  );
  const erase = database.prepare('delete from ledger where account_id = ?');
  const all = database.prepare('select * from ledger where account_id = ? order by sequence');
  return {
    add(entry) {
      const { accountId, attemptId, operation, outcome, responseCode } = entry;
      const message = [
        accountId,
        attemptId,
        operation,
        entry.at,
        entry.intentId,
        entry.refundedAttemptId,
        entry.amount?.amountMinor ?? null,
        entry.amount?.currency ?? null,
        entry.cardLast4,
        entry.merchantReference,
      ];
      const row =
        operation === 'charge'
          ? insertUnlessReversed.get(...message, accountId, attemptId, outcome, accountId, attemptId, responseCode)
          : insert.get(...message, outcome, responseCode);
      if (row === undefined) return undefined;
      return { outcome: row['outcome'] as LedgerOutcome, responseCode: String(row['response_code']) };
    },
    find(accountId, attemptId, operation) {
      const row = select.get(accountId, attemptId, operation);
      return row === undefined ? undefined : entryOf(row);
    },
    addRepeat(accountId, attemptId, operation) {
      repeat.run(accountId, attemptId, operation);
    },
    refundedMinor: (accountId, attemptId) => number(refunded.get(accountId, attemptId), 'total'),
    entries: (accountId) => all.all(accountId).map(entryOf),
    page: (accountId, after, limit) =>
      pageOf.all(accountId, after, limit).map((row) => ({ ...entryOf(row), sequence: number(row, 'sequence') })),
    ...bookTogether(database),
    remove(accountId) {
      erase.run(accountId);
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
