import { migration0001 } from './0001-intents.ts';
import { migration0003 } from './0003-webhooks.ts';
import { migration0004 } from './0004-turns.ts';
import { migration0005 } from './0005-account-names.ts';
import { migration0006 } from './0006-refunds.ts';
import { migration0007 } from './0007-partitions.ts';
import type { MigrationList } from './migrate.ts';

/** The platform's own steps, listed by hand, oldest first. The vault has a list of its own. */
export const platformMigrations: MigrationList = {
  owner: 'platform',
  migrations: [migration0001, migration0003, migration0004, migration0005, migration0006, migration0007],
};
