import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/**
 * The ledger is one tree, keyed as messages are recognised: one page is written per message. `synchronous=OFF` leaves the log to the
 * operating system: an answered message survives the death of this process, not of the machine. A sandbox needs no more,
 * and an fsync here would stall the event loop that serves every request.
 */
const schemas: readonly string[] = [
  `
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
`,
  `
alter table ledger add column merchant_reference text;
create table scripts (
  account_id text not null primary key,
  script text not null,
  counts text not null
) strict, without rowid;
`,
  `
create unique index ledger_in_order on ledger (sequence);
`,
  `
delete from ledger where operation = 'inquire';
`,
];
const pragmas = 'pragma busy_timeout = 2000; pragma journal_mode = wal; pragma synchronous = off;';

/** SQLite's result codes. */
const busy = 5;
const malformed = 11;
const notADatabase = 26;

const triesMax = 20;

/** The primary code of SQLite's refusal, or `undefined`. */
const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;

/**
 * Of several servers that start on one file, one turns the log on. To the others SQLite says at once that the file is locked,
 * whatever their time-out; a transaction waits for it, so that is what they do before they try again.
 */
const setPragmas = (database: DatabaseSync): void => {
  for (let tries = 1; ; tries += 1) {
    try {
      return database.exec(pragmas);
    } catch (error) {
      if (codeOf(error) !== busy || tries >= triesMax) throw error;
      database.exec('begin immediate; commit');
    }
  }
};

const versionOf = (database: DatabaseSync): number =>
  Number(database.prepare('pragma user_version').get()?.['user_version']);

/** Opens or makes the simulator's own file. Throws when it cannot be used, and says what to do where it is damaged or of a newer release. */
export const openSimulatorFile = (path: string): DatabaseSync => {
  // It holds last digits and references: nobody else's to read.
  closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path);
  try {
    setPragmas(database);
    // Looked at inside the transaction: another server may be doing the same.
    database.exec('begin immediate');
    const version = versionOf(database);
    if (version > schemas.length) throw new Error(`its version is ${version}, not ${schemas.length}`);
    for (const [index, schema] of schemas.entries()) {
      if (index >= version) database.exec(`${schema} pragma user_version = ${index + 1};`);
    }
    database.exec('commit');
    return database;
  } catch (error) {
    database.close();
    // A file that is locked, or a machine without room or descriptors, may be well again at the next start.
    const isUseless = [undefined, malformed, notADatabase].includes(codeOf(error));
    const advice = isUseless ? ' It holds sandbox data only: delete it to start a new one.' : '';
    const why = error instanceof Error ? error.message : 'unknown';
    throw new Error(`The simulator's ledger ${path} cannot be used: ${why}.${advice}`, { cause: error });
  }
};
