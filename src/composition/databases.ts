import { vaultMigrations } from '../../vault/index.ts';
import type { Config } from '../config/config.ts';
import type { Role } from '../config/settings.ts';
import { openSystemRandomness } from '../platform/system-randomness.ts';
import { systemClock } from '../platform/system-clock.ts';
import type { Engine } from '../store/engine.ts';
import type { MigrationList } from '../store/migrations/migrate.ts';
import { platformMigrations } from '../store/migrations/platform-migrations.ts';
import { openMigratedEngine } from '../store/open-engine.ts';
import { openStore } from '../store/open-store.ts';
import type { AdminContext } from '../use-cases/create-account.ts';
import { StartRefused } from './start-refused.ts';

const vaultTables: MigrationList = { owner: 'vault', migrations: vaultMigrations };

/** All tables of one process: the platform's and the vault's. */
export const migrationLists: readonly MigrationList[] = [platformMigrations, vaultTables];

/** Split, the platform's database has no place for a card, and the vault's has no place for anything else. */
const listsOf: { readonly [role in Role]: readonly MigrationList[] } = {
  all: migrationLists,
  api: [platformMigrations],
  worker: [platformMigrations],
  vault: [vaultTables],
};

/** Opens a role's database, its tables brought up to date. Throws `StartRefused`. */
export const openEngine = async (
  { database, role }: Pick<Config, 'database' | 'role'>,
  onCheckpointFailure: (error: Error) => void,
): Promise<Engine> => {
  const opened = await openMigratedEngine(database, { migrations: listsOf[role], onCheckpointFailure });
  if (opened.ok) return opened.value;
  throw new StartRefused(opened.error);
};

/** Brings the tables of a role up to date, and leaves. Throws `StartRefused`. */
export const migrateDatabase = async (config: Pick<Config, 'database' | 'role'>): Promise<void> => {
  const engine = await openEngine(config, () => undefined);
  await engine.close();
};

/** What the commands for accounts and keys stand on: the database alone, beside a running server or without one. */
export type Administration = AsyncDisposable & { readonly context: AdminContext };

/** Opens it with the platform's tables: accounts and keys are none of the vault's business. Throws `StartRefused`. */
export const openAdministration = async (config: Config): Promise<Administration> => {
  if (config.role === 'vault')
    throw new StartRefused('The vault’s database holds no accounts and no keys. Run this where the API runs.');
  const store = openStore(await openEngine({ database: config.database, role: 'api' }, () => undefined));
  return {
    context: { store, clock: systemClock, random: openSystemRandomness(), environment: config.environment },
    [Symbol.asyncDispose]: () => store.close(),
  };
};
