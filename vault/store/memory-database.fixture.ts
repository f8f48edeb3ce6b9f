import { DatabaseSync } from 'node:sqlite';
import type { VaultDatabase, VaultSqlRow, VaultStatement } from './database.ts';
import { vaultMigrations } from './migrations.ts';

/** A vault database in memory for tests, with the migrations applied and a look at what was written. */
export type MemoryDatabase = VaultDatabase & {
  readonly rows: (sql: string) => readonly VaultSqlRow[];
  readonly run: (sql: string) => void;
  /** Every value that a statement carried, in order. */
  readonly written: VaultStatement[];
};

export const openMemoryDatabase = (): MemoryDatabase => {
  const database = new DatabaseSync(':memory:');
  for (const migration of vaultMigrations) database.exec(migration.sqlite);
  const written: VaultStatement[] = [];
  const bind = ({ params }: VaultStatement) =>
    Object.fromEntries(params.map((value, index) => [`$${index + 1}`, value]));
  const write = (statements: readonly VaultStatement[]): Promise<void> => {
    for (const statement of statements) {
      written.push(statement);
      database.prepare(statement.sql).run(bind(statement));
    }
    return Promise.resolve();
  };
  const rows = (sql: string): readonly VaultSqlRow[] => database.prepare(sql).all() as VaultSqlRow[];
  return {
    all: (sql, params) => Promise.resolve(database.prepare(sql).all(bind({ sql, params })) as VaultSqlRow[]),
    append: write,
    write,
    rows,
    run: (sql) => {
      database.exec(sql);
    },
    written,
  };
};
