import type { Wakes } from '../ports/wakes.ts';

/** A value as both databases take and give it. 64-bit integers arrive as numbers: all of ours stay below 2^53. */
export type SqlValue = string | number | null | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** A statement with its parameters written `$1`, `$2` … in the order of `params`, each used once. */
export type Statement = {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  /** `one`: exactly one row must be changed, or the whole write is refused as stale. */
  readonly mustChange?: 'one';
  /** Whoever follows the outbox, on any node, is told when the write is durable; see `Engine.wakes`. */
  readonly wakes?: true;
};

/** Why a write was refused by the database's own rules; nothing of it was applied. */
export type WriteRefusal =
  | { readonly refused: 'stale' }
  | {
      readonly refused: 'unique' /** Index or table and columns, as the database names them. */;
      readonly constraint: string;
    };

/**
 * One database behind the store and the vault's own tables.
 * Writes that are ready together share one durable transaction, each in its own savepoint, in the order of the calls:
 * a write is never durable without the ones that were called before it.
 */
export type Engine = {
  readonly dialect: 'sqlite' | 'postgres';
  all(sql: string, params: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  /** Resolves after the fsync; `undefined` when applied. Throws `StoreUnavailable`. */
  write(statements: readonly Statement[]): Promise<WriteRefusal | undefined>;
  /**
   * Counts the moments at which another process may have written: while it stands, what this process wrote last is
   * what the database holds. Absent where that cannot be known, and nothing may be remembered.
   */
  readonly foreignWrites?: () => number;
  /** Hears of writes that wake, whichever process made them. Absent where a process has the database to itself. */
  readonly wakes?: Wakes;
  close(): Promise<void>;
};
