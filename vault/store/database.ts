export type VaultSqlValue = string | number | null | Uint8Array;
export type VaultSqlRow = Readonly<Record<string, VaultSqlValue>>;

/** A statement with its parameters written `$1`, `$2` … in the order of `params`, each used once. */
export type VaultStatement = { readonly sql: string; readonly params: readonly VaultSqlValue[] };

/**
 * The database that holds the vault's own tables, SQLite or PostgreSQL. Each list of statements happens whole or not at all.
 * In one process it may be the platform's database, so that keeping a card and saving its intent share one fsync.
 */
export type VaultDatabase = {
  /** Sees only what is committed. */
  all(sql: string, params: readonly VaultSqlValue[]): Promise<readonly VaultSqlRow[]>;
  /** Resolves once the write is queued ahead of every store commit begun later; it is durable no later than they are. */
  append(statements: readonly VaultStatement[]): Promise<void>;
  /** Resolves when the write is durable. */
  write(statements: readonly VaultStatement[]): Promise<void>;
};
