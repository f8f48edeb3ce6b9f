import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readLedger } from '../../vault/index.ts';
import type { LedgerEntry } from '../../vault/index.ts';

/** The acquirer's own book of the charges that it received, oldest first. */
export const chargesInLedger = (dataDir: string): readonly LedgerEntry[] =>
  readLedger(join(dataDir, 'acquirer-simulator.db')).filter(({ operation }) => operation === 'charge');

/** Charges that the acquirer approved and did not take back: what customers have really paid. */
export const paidInLedger = (dataDir: string): readonly LedgerEntry[] => {
  const entries = readLedger(join(dataDir, 'acquirer-simulator.db'));
  const reversed = new Set(
    entries.filter(({ operation }) => operation === 'reverse').map(({ attemptId }) => attemptId),
  );
  return entries.filter(
    ({ operation, outcome, attemptId }) => operation === 'charge' && outcome === 'approved' && !reversed.has(attemptId),
  );
};

type Row = Readonly<Record<string, string | number | null | bigint | Uint8Array>>;

/** Looks into the server's database from outside, so that the look itself can move nothing. */
export const readDatabase = (dataDir: string, query: string, ...parameters: readonly string[]): readonly Row[] => {
  const database = new DatabaseSync(join(dataDir, 'strongroom.db'), { readOnly: true, timeout: 2_000 });
  try {
    return database.prepare(query).all(...parameters);
  } finally {
    database.close();
  }
};

/** Payment intents that our own books call paid. */
export const capturedInDatabase = (dataDir: string): readonly string[] =>
  readDatabase(dataDir, "select id from payment_intents where status = 'Captured' order by id").map(({ id }) =>
    String(id),
  );

/** Whether every attempt has come to its end, as it must soon after whatever went wrong. */
export const allSettled = (dataDir: string): true | undefined =>
  readDatabase(dataDir, "select id from charge_attempts where state in ('pending', 'unknown')").length === 0
    ? true
    : undefined;
