/**
 * What a throw of `node:sqlite` means.
 * - `unique`: a row exists already; the write is refused, its neighbours are unharmed.
 * - `bug`: our SQL or our values are wrong; only that write fails.
 * - `unavailable`: the disk, the lock or the file; nothing in the transaction can be relied on.
 */
export type SqliteFailure =
  | { readonly kind: 'unique'; readonly constraint: string }
  | { readonly kind: 'bug' }
  | { readonly kind: 'unavailable' };

/** Result codes of SQLite (https://sqlite.org/rescode.html); the low byte is the primary code. */
const primary = { error: 1, tooBig: 18, constraint: 19, mismatch: 20, misuse: 21, range: 25 } as const;
const extended = { primaryKey: 1555, unique: 2067, rowid: 2579 } as const;
const ourFault: readonly number[] = Object.values(primary);
const uniqueness: readonly number[] = Object.values(extended);

const resultCode = (error: unknown): number | undefined => {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
};

/** Sorts what was thrown by SQLite's result code. */
export const sqliteFailure = (error: unknown): SqliteFailure => {
  const code = resultCode(error);
  // No result code: thrown by Node before SQLite was asked, for a value of the wrong type.
  if (code === undefined) return { kind: 'bug' };
  if (uniqueness.includes(code))
    return { kind: 'unique', constraint: (error as Error).message.replace(/^.*failed: /, '') };
  return { kind: ourFault.includes(code & 0xff) ? 'bug' : 'unavailable' };
};
