import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { migrationLists } from '../../src/main.ts';
import type { Engine } from '../../src/store/engine.ts';
import { migrate, migrationRefusalText } from '../../src/store/migrations/migrate.ts';
import { platformMigrations } from '../../src/store/migrations/platform-migrations.ts';
import { postgresSchemaText } from '../../src/store/migrations/postgres-schema-text.ts';
import { sql } from '../../src/store/statements.ts';
import { webhookSql } from '../../src/store/webhook-statements.ts';
import { openEngineAt } from './open-engine.ts';
import { administer, type PostgresForTests, postgresForTests } from './start-postgres.ts';

describe('PostgreSQL schema', () => {
  let postgres: PostgresForTests;
  let database: Awaited<ReturnType<PostgresForTests['createDatabase']>>;
  let engine: Engine;
  let client: pg.Client;

  before(async () => {
    postgres = await postgresForTests();
    database = await postgres.createDatabase();
    engine = openEngineAt(database.url);
    await migrate(engine, platformMigrations);
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    // An index is then left aside only where there is none to use, however small the tables are.
    await client.query(
      'set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_bitmapscan = off',
    );
  });
  after(async () => {
    await client.end();
    await engine.close();
    await database.drop();
    await postgres.stop();
  });

  it('is what schema.postgres.sql says (else run scripts/generate-schema.ts)', async () => {
    const kept = readFileSync(new URL('../../src/store/schema.postgres.sql', import.meta.url), 'utf8');
    assert.equal(kept, await postgresSchemaText(engine));
  });

  const plan = async (text: string): Promise<string> => {
    const places = [...text.matchAll(/\$\d+/g)].map(() => 'null').join(', ');
    await client.query(`prepare looked_at as ${text}`);
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `explain (costs off) execute looked_at${places === '' ? '' : `(${places})`}`,
    );
    await client.query('deallocate looked_at');
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };

  const texts: readonly (readonly [string, string])[] = Object.entries({ ...sql, ...webhookSql }).flatMap(
    ([name, text]): readonly (readonly [string, string])[] =>
      typeof text === 'string' ? [[name, text]] : Object.entries<string>(text),
  );
  /** Accounts are few, and no call from outside runs the first two. The others empty a sandbox: all of it is read anyway. */
  const emptying = Object.keys(sql.deleteOfAccount);
  const wholeTable = ['accounts', 'furthestClockAhead', 'cardReferencesOf', ...emptying];
  for (const [name, text] of texts) {
    if (wholeTable.includes(name) || text.startsWith('insert')) continue;
    it(`lets ${name} run on an index, without reading a whole table or sorting it`, async () => {
      assert.doesNotMatch(await plan(text), /Seq Scan|(?<!Incremental )Sort(?! Key)/);
    });
  }

  it('would be caught reading a whole table, or sorting one', async () => {
    assert.match(await plan('select id from setup_intents where doc::text = $1'), /Seq Scan/);
    assert.match(await plan('select id from payment_intents where id > $1 order by version'), /Sort/);
  });

  it('refuses a database that a newer release wrote, on every node', async () => {
    const other = await postgres.createDatabase();
    const node = openEngineAt(other.url);
    for (const list of migrationLists) assert.ok((await migrate(node, list)).ok);
    await administer(
      other.url,
      "insert into schema_migrations (owner, id, checksum) values ('platform', '9999-future', 'x')",
    );
    const refused = await migrate(node, platformMigrations);
    assert.ok(!refused.ok);
    assert.match(migrationRefusalText(refused.error), /newer release.*9999-future/);
    await node.close();
    await other.drop();
  });

  it('is used by a role that may not change it, when it is up to date', async () => {
    await administer(
      database.url,
      'create role node login; grant select, insert, update, delete on all tables in schema public to node',
    );
    const url = new URL(database.url);
    url.username = 'node';
    const node = openEngineAt(url.href);
    assert.ok((await migrate(node, platformMigrations)).ok);
    await assert.rejects(node.write([{ sql: 'create table mine (n integer)', params: [] }]), /permission denied/);
    await node.close();
    await administer(database.url, 'drop owned by node; drop role node');
  });
});
