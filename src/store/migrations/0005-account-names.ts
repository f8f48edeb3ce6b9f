import type { Migration } from './migrate.ts';

const byName = 'create unique index accounts_by_name on accounts (name);\n';

/** People pick an account by its name, and two nodes that start together must not both make the sandbox's. */
export const migration0005: Migration = { id: '0005-account-names', sqlite: byName, postgres: byName };
