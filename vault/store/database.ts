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
  /** Resolves as soon as the write is ordered before every store commit that is begun later: never durable after one of them. */
  append(statements: readonly VaultStatement[]): Promise<void>;
  /** Resolves when the write is durable. */
  write(statements: readonly VaultStatement[]): Promise<void>;
};
