import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { parsePostgresUrl } from '../../../src/config/postgres-url.ts';
import { openPostgresEngine } from '../../../src/store/postgres/postgres-engine.ts';
import { openSqliteEngine } from '../../../src/store/sqlite/sqlite-engine.ts';
import { type PostgresForTests, postgresForTests } from '../../postgres/start-postgres.ts';
import { describeSandboxOfStore } from './sandbox-contract.ts';
import { type DatabaseUnderTest, describeStore } from './store-contract.ts';
import { describeTurn } from './turn-contract.ts';
import { describeWorkOfStore } from './work-contract.ts';
import { describeWebhooksOfStore } from './webhook-contract.ts';

const sqlite = async (): Promise<DatabaseUnderTest> => {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-store-'));
  return {
    open: async () => openSqliteEngine({ path: join(folder, 'strongroom.db') }),
    destroy: () => rm(folder, { recursive: true }),
  };
};

let postgres: PostgresForTests | undefined;
after(() => postgres?.stop());

const postgresql = async (): Promise<DatabaseUnderTest> => {
  postgres ??= await postgresForTests();
  const database = await postgres.createDatabase();
  const server = parsePostgresUrl(database.url);
  if (!server.ok) throw new Error(server.error);
  return { open: async () => openPostgresEngine({ server: server.value }), destroy: database.drop };
};

for (const describeContract of [
  describeStore,
  describeWorkOfStore,
  describeSandboxOfStore,
  describeTurn,
  describeWebhooksOfStore,
]) {
  describeContract('SQLite', sqlite);
  describeContract('PostgreSQL', postgresql);
}
