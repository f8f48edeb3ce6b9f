// Writes src/store/schema.sqlite.sql from the migrations: `node scripts/generate-schema.ts`.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../src/store/migrations/migrate.ts';
import { platformMigrations } from '../src/store/migrations/platform-migrations.ts';
import { sqliteSchemaText } from '../src/store/migrations/sqlite-schema-text.ts';
import { openSqliteEngine } from '../src/store/sqlite/sqlite-engine.ts';

const folder = await mkdtemp(join(tmpdir(), 'strongroom-schema-'));
const engine = openSqliteEngine({ path: join(folder, 'empty.db') });
await migrate(engine, platformMigrations);
await writeFile(new URL('../src/store/schema.sqlite.sql', import.meta.url), await sqliteSchemaText(engine));
await engine.close();
await rm(folder, { recursive: true });
