// Writes src/store/schema.sqlite.sql and schema.postgres.sql from the migrations: `node scripts/generate-schema.ts`.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../src/store/engine.ts';
import { migrate } from '../src/store/migrations/migrate.ts';
import { platformMigrations } from '../src/store/migrations/platform-migrations.ts';
import { postgresSchemaText } from '../src/store/migrations/postgres-schema-text.ts';
import { sqliteSchemaText } from '../src/store/migrations/sqlite-schema-text.ts';
import { openSqliteEngine } from '../src/store/sqlite/sqlite-engine.ts';
import { openEngineAt } from '../test/postgres/open-engine.ts';
import { postgresForTests } from '../test/postgres/start-postgres.ts';

const generate = async (engine: Engine, render: (engine: Engine) => Promise<string>): Promise<void> => {
  await migrate(engine, platformMigrations);
  await writeFile(new URL(`../src/store/schema.${engine.dialect}.sql`, import.meta.url), await render(engine));
  await engine.close();
};

const folder = await mkdtemp(join(tmpdir(), 'strongroom-schema-'));
await generate(openSqliteEngine({ path: join(folder, 'empty.db') }), sqliteSchemaText);
await rm(folder, { recursive: true });

const postgres = await postgresForTests();
const database = await postgres.createDatabase();
await generate(openEngineAt(database.url), postgresSchemaText);
await database.drop();
await postgres.stop();
