import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ok, refuse } from '../../domain/result.ts';
import type { Engine } from '../engine.ts';
import { openSqliteEngine } from '../sqlite/sqlite-engine.ts';
import { type Migration, migrate, migrationRefusalText } from './migrate.ts';

const both = (id: string, text: string): Migration => ({ id, sqlite: text, postgres: text });
const first = both('0001-a', 'create table a (n integer);\ninsert into a values (1);\n');
const second = both('0002-b', 'create table b (n integer);');

describe('migrations', () => {
  let folder: string;
  let engine: Engine;
  const open = (): Engine => openSqliteEngine({ path: join(folder, 'a.db') });
  const tables = async (): Promise<unknown[]> =>
    (await engine.all("select name from sqlite_schema where type = 'table' order by name", [])).map(
      (row) => row['name'],
    );

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'strongroom-migrate-'));
    engine = open();
  });
  afterEach(async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  it('are applied once each, old ones and then new ones', async () => {
    assert.deepEqual(await migrate(engine, { owner: 'platform', migrations: [first] }), ok(undefined));
    assert.deepEqual(await migrate(engine, { owner: 'platform', migrations: [first, second] }), ok(undefined));
    assert.deepEqual(await migrate(engine, { owner: 'platform', migrations: [first, second] }), ok(undefined));
    assert.deepEqual(await tables(), ['a', 'b', 'schema_migrations']);
    assert.equal((await engine.all('select n from a', [])).length, 1);
  });

  it('of several owners live in one database without knowing of each other', async () => {
    const vault = both('0001-a', 'create table cards (n integer);');
    assert.deepEqual(await migrate(engine, { owner: 'platform', migrations: [first] }), ok(undefined));
    assert.deepEqual(await migrate(engine, { owner: 'vault', migrations: [vault] }), ok(undefined));
    assert.deepEqual(await tables(), ['a', 'cards', 'schema_migrations']);
  });

  it('refuse a database that a newer release wrote, and leave it as it is', async () => {
    await migrate(engine, { owner: 'platform', migrations: [first, second] });
    const refused = await migrate(engine, {
      owner: 'platform',
      migrations: [first, both('0003-c', 'create table c (n integer);')],
    });
    assert.deepEqual(refused, refuse({ code: 'migration-unknown', owner: 'platform', id: '0002-b' }));
    assert.deepEqual(await tables(), ['a', 'b', 'schema_migrations']);
    if (!refused.ok) assert.match(migrationRefusalText(refused.error), /newer release.*platform\/0002-b/);
  });

  it('refuse a database to which another text of a step was applied', async () => {
    await migrate(engine, { owner: 'platform', migrations: [first] });
    const refused = await migrate(engine, {
      owner: 'platform',
      migrations: [both('0001-a', 'create table a (m integer);'), second],
    });
    assert.deepEqual(refused, refuse({ code: 'migration-changed', owner: 'platform', id: '0001-a' }));
    assert.deepEqual(await tables(), ['a', 'schema_migrations']);
  });

  it('leave nothing of a step that fails, and are applied by the next start', async () => {
    const broken = both('0002-b', 'create table b (n integer);\ncreate table b (n integer);');
    await assert.rejects(migrate(engine, { owner: 'platform', migrations: [first, broken] }), /already exists/);
    assert.deepEqual(await tables(), ['a', 'schema_migrations']);
    assert.deepEqual(await migrate(engine, { owner: 'platform', migrations: [first, second] }), ok(undefined));
    assert.deepEqual(await tables(), ['a', 'b', 'schema_migrations']);
  });

  it('converge when several servers start at once', async () => {
    const others = [open(), open(), open()];
    const results = await Promise.all(
      [engine, ...others].map((one) => migrate(one, { owner: 'platform', migrations: [first, second] })),
    );
    assert.deepEqual(results, [ok(undefined), ok(undefined), ok(undefined), ok(undefined)]);
    assert.equal((await engine.all('select n from a', [])).length, 1);
    for (const other of others) await other.close();
  });
});
