import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { parsePostgresUrl } from '../../../src/config/postgres-url.ts';
import type { Engine } from '../../../src/store/engine.ts';
import { serveWrites } from '../../../src/store/joined-writes.ts';
import { openThreadEngine } from '../../../src/store/open-engine.ts';
import { openPostgresEngine } from '../../../src/store/postgres/postgres-engine.ts';
import { openSqliteEngine } from '../../../src/store/sqlite/sqlite-engine.ts';
import { type PostgresForTests, postgresForTests } from '../../postgres/start-postgres.ts';
import { describeLeadership } from './leadership-contract.ts';
import { describeSandboxOfStore } from './sandbox-contract.ts';
import { type DatabaseUnderTest, describeStore } from './store-contract.ts';
import { describeWorkOfStore } from './work-contract.ts';
import { describeWebhooksOfStore } from './webhook-contract.ts';

/** A file in a folder of its own, which goes with it. */
const sqliteFile = async (open: (path: string) => Engine): Promise<DatabaseUnderTest> => {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-store-'));
  return {
    open: async () => open(join(folder, 'strongroom.db')),
    destroy: () => rm(folder, { recursive: true }),
  };
};

const sqlite = (): Promise<DatabaseUnderTest> => sqliteFile((path) => openSqliteEngine({ path }));

/** As the thread that delivers notifications has it: it reads by itself, and writes through another engine. */
const sqliteFromThread = (): Promise<DatabaseUnderTest> =>
  sqliteFile((path) => {
    const serving = openSqliteEngine({ path });
    const { port1, port2 } = new MessageChannel();
    serveWrites(serving, port1);
    const engine = openThreadEngine({ kind: 'sqlite', path }, port2);
    return {
      ...engine,
      close: async () => {
        await engine.close();
        await serving.close();
      },
    };
  });

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
  describeLeadership,
  describeWebhooksOfStore,
]) {
  describeContract('SQLite', sqlite);
  describeContract('SQLite, from another thread', sqliteFromThread);
  describeContract('PostgreSQL', postgresql);
}
