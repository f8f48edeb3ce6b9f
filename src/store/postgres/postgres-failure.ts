/**
 * What an error of PostgreSQL means.
 * - `unique`: a row exists already; the write is refused, its neighbours are unharmed.
 * - `stale`: a statement that must change exactly one row did not.
 * - `contended`: another transaction held a row for too long, or waited for us too; nothing is wrong with the write.
 * - `aborted`: an earlier statement of the transaction failed; that one says why.
 * - `unavailable`: the server, the disk or the connection; whether a commit took place is not known from this.
 * - `bug`: our SQL or our values are wrong; only that write fails.
 */
export type PostgresFailure =
  | { readonly kind: 'unique'; readonly constraint: string }
  | { readonly kind: 'stale' | 'contended' | 'aborted' | 'unavailable' | 'bug' };

/** SQLSTATE codes (https://www.postgresql.org/docs/current/errcodes-appendix.html); the first two characters are the class. */
const uniqueViolation = '23505';
const divisionByZero = '22012';
const inFailedTransaction = '25P02';
const contended: readonly string[] = ['40001', '40P01', '55P03'];
/** A standby that was a primary a moment ago, and a session that was timed out in a transaction. */
const unavailable: readonly string[] = ['25006', '25P03', '25P04'];
/** Connection, resources, an operator's intervention, the system, its configuration, an internal error. */
const unavailableClasses: readonly string[] = ['08', '28', '53', '57', '58', 'F0', 'XX'];

const sqlState = (error: unknown): string | undefined => {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  // A socket's error has a code too: ECONNRESET.
  return 'severity' in error ? error.code : undefined;
};

/** A partition's index has a name that PostgreSQL made of the partition's and the columns. The rule is the whole table's. */
const indexesOfPartitions: readonly (readonly [RegExp, string])[] = [
  [/^intent_events_(earlier|default|\d+)_intent_id_sequence_/, 'intent_events_in_order'],
];

const ruleOf = (constraint: string): string =>
  indexesOfPartitions.find(([pattern]) => pattern.test(constraint))?.[1] ?? constraint;

export const postgresFailure = (error: unknown): PostgresFailure => {
  const code = sqlState(error);
  if (code === undefined) return { kind: 'unavailable' };
  if (code === uniqueViolation)
    return { kind: 'unique', constraint: ruleOf(String((error as { constraint?: unknown }).constraint)) };
  if (code === divisionByZero) return { kind: 'stale' };
  if (code === inFailedTransaction) return { kind: 'aborted' };
  if (contended.includes(code)) return { kind: 'contended' };
  if (unavailable.includes(code) || unavailableClasses.includes(code.slice(0, 2))) return { kind: 'unavailable' };
  return { kind: 'bug' };
};
