import { openSync, writeSync, closeSync } from 'node:fs';
import { type BooksConnection, type BooksPlace, connectToBooks, databaseFile, ledgerFile, openFile } from './books.ts';

type Damage =
  /** Statements on the platform's books. */
  | { readonly books: readonly string[] }
  /** Statements on the acquirer's ledger. */
  | { readonly ledger: readonly string[] }
  /** Bytes of the ledger's file. */
  | { readonly garbage: true };

const someApproved = "(select min(id) from charge_attempts where state = 'approved')";
const someCaptured = "(select min(id) from payment_intents where status = 'Captured')";
const someRefunded = "(select min(id) from refunds where state = 'refunded')";
const someReversed =
  "(select min(c.attempt_id) from ledger c join ledger r on r.attempt_id = c.attempt_id and r.operation = 'reverse'" +
  " where c.operation = 'charge' and c.outcome = 'approved')";
const columns =
  'account_id, attempt_id, operation, sequence, at, intent_id, refunded_attempt_id, amount_minor, currency, card_last4,' +
  ' outcome, response_code, times_received, merchant_reference';

/** What a bug or a broken disk would leave behind, one thing at a time. Each must be seen by the check, or the check is worth nothing. */
const sabotages = {
  /** An approval that nobody wrote down. */
  'add-approval': {
    ledger: [
      `insert into ledger (${columns}) select ${columns.replace('attempt_id,', "'att_never_sent',").replace('sequence,', 'sequence + 1000000,')}` +
        " from ledger where operation = 'charge' and outcome = 'approved' limit 1",
    ],
  },
  /** The same attempt, charged and taken back at the acquirer, taken back no more. */
  'drop-reversal': { ledger: [`delete from ledger where operation = 'reverse' and attempt_id = ${someReversed}`] },
  /** A payment that the acquirer does not know. */
  'drop-approval': { ledger: ["delete from ledger where operation = 'charge' and outcome = 'approved'"] },
  'change-amount': {
    ledger: [
      "update ledger set amount_minor = amount_minor + 1 where operation = 'charge' and outcome = 'approved' and attempt_id not in" +
        " (select attempt_id from ledger where operation = 'reverse')",
    ],
  },
  /** A refund that nobody wrote down. */
  'add-refund': {
    ledger: [
      `insert into ledger (${columns}) select ${columns.replace('attempt_id,', "'rfnd_never_sent',").replace('sequence,', 'sequence + 1000000,')}` +
        " from ledger where operation = 'refund' and outcome = 'refunded' limit 1",
    ],
  },
  /** A refund that the customer never got. */
  'drop-refund': { ledger: ["delete from ledger where operation = 'refund' and outcome = 'refunded'"] },
  'change-refund': {
    ledger: ["update ledger set amount_minor = amount_minor + 1 where operation = 'refund' and outcome = 'refunded'"],
  },
  'forget-refund': { books: [`update refunds set state = 'declined' where id = ${someRefunded}`] },
  'lose-refund': { books: [`delete from refunds where id = ${someRefunded}`] },
  'leave-refund-unsettled': { books: [`update refunds set state = 'unknown' where id = ${someRefunded}`] },
  'take-status-back': { books: [`update payment_intents set status = 'Created' where id = ${someCaptured}`] },
  'leave-unsettled': { books: [`update charge_attempts set state = 'unknown' where id = ${someApproved}`] },
  'forget-outcome': { books: [`update charge_attempts set state = 'declined' where id = ${someApproved}`] },
  'lose-event': {
    books: [`delete from intent_events where sequence = 1 and intent_id = ${someCaptured}`],
  },
  'lose-intent': {
    books: [
      "delete from intent_events where intent_id = (select min(id) from setup_intents where status = 'Created')",
      "delete from setup_intents where id = (select min(id) from setup_intents where status = 'Created')",
    ],
  },
  'keep-orphan-card': {
    books: [
      'insert into vault_cards (reference, account_id, data_key_id, nonce, sealed, fingerprint, scheme, last4, expiry, created_at)' +
        " select 'card_of_nobody', account_id, data_key_id, nonce, sealed, fingerprint, scheme, last4, expiry, created_at" +
        ' from vault_cards limit 1',
    ],
  },
  'lose-card': { books: ['delete from vault_cards where reference = (select min(reference) from vault_cards)'] },
  'leave-answer-open': {
    books: ['update answers set status = null, body = null where key = (select min(key) from answers)'],
  },
  'scribble-on-file': { garbage: true },
} as const satisfies Readonly<Record<string, Damage>>;

export type SabotageName = keyof typeof sabotages;
export const sabotageNames = Object.keys(sabotages) as readonly SabotageName[];

/**
 * Damages the books of servers that have stopped.
 * @throws when the run left no row for this damage: books that nobody damaged would agree, and prove nothing
 */
export const sabotage = async (place: BooksPlace, name: SabotageName): Promise<void> => {
  const damage: Damage = sabotages[name];
  if ('garbage' in damage)
    return scribble(place.postgresUrl === null ? databaseFile(place.dataDir) : ledgerFile(place.dataDir));
  const isOfBooks = 'books' in damage;
  const connection = isOfBooks ? await connectToBooks(place, true) : openFile(ledgerFile(place.dataDir), false);
  try {
    // Rows go although others refer to them, as a broken disk would have it.
    if (isOfBooks && place.postgresUrl === null) await connection.query('pragma foreign_keys = off');
    await damageRows(connection, name, isOfBooks ? damage.books : damage.ledger);
  } finally {
    await connection.close();
  }
};

const damageRows = async (
  connection: BooksConnection,
  name: SabotageName,
  statements: readonly string[],
): Promise<void> => {
  for (const statement of statements)
    if ((await connection.change(statement)) === 0)
      throw new Error(`${name} found nothing to damage: run more cycles (--cycles)`);
};

/** Where the second and the third page begin, whatever lies there. */
const scribble = (file: string): void => {
  const descriptor = openSync(file, 'r+');
  for (const place of [4096, 8192]) writeSync(descriptor, Buffer.alloc(512, 0x5a), 0, 512, place);
  closeSync(descriptor);
};
