import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { runCommand } from '../journeys/run-command.ts';
import { administer, type PostgresForTests, postgresForTests, untilOneWaits } from './start-postgres.ts';

describe('commands on PostgreSQL', () => {
  let postgres: PostgresForTests;
  let database: Awaited<ReturnType<PostgresForTests['createDatabase']>>;
  let folder: string;
  const run = (url: string, ...parameters: readonly string[]) =>
    runCommand(parameters, folder, { STRONGROOM_DATABASE_URL: url });

  before(async () => {
    postgres = await postgresForTests();
    database = await postgres.createDatabase();
    folder = mkdtempSync(join(tmpdir(), 'strongroom-commands-'));
  });
  after(async () => {
    await database.drop();
    await postgres.stop();
    rmSync(folder, { recursive: true });
  });

  it('migrate makes the tables, also when several run at once, and again', async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => run(database.url, 'migrate')));
    outcomes.push(await run(database.url, 'migrate'));
    for (const outcome of outcomes)
      assert.deepEqual(outcome, { exitCode: 0, stdout: 'The database is up to date.\n', stderr: '' });
    assert.deepEqual(await administer(database.url, 'select beats from heartbeat'), [{ beats: '0' }]);
  });

  it('migrate waits for another that is at work, longer than a request would', async () => {
    const other = await postgres.createDatabase();
    const client = new pg.Client({ connectionString: other.url });
    await client.connect();
    // Whoever migrates holds this until its step is done.
    await client.query("begin; select pg_advisory_xact_lock(x'5374726f6e67'::bigint)");
    const waiting = run(other.url, 'migrate');
    await untilOneWaits(other.url);
    // Past the patience of a group, so that the wait is that of a write alone.
    await client.query('select pg_sleep(3.5)');
    await client.query('commit');
    assert.equal((await waiting).exitCode, 0);
    await client.end();
    await other.drop();
  });

  it('accounts and keys are kept there', async () => {
    const created = await run(database.url, 'accounts', 'create', 'Hotel');
    assert.equal(created.exitCode, 0, created.stderr);
    const id = created.stdout.trim();
    assert.match((await run(database.url, 'keys', 'create', id)).stdout, /sk_sandbox_/);
    assert.deepEqual(await administer(database.url, 'select id, name from accounts'), [{ id, name: 'Hotel' }]);
  });

  it('say in words that the database cannot be reached or refuses them, without its password', async () => {
    for (const command of [['migrate'], ['accounts', 'list']]) {
      const nowhere = await run('postgres://u:hunter2@127.0.0.1:1,localhost:2/x', ...command);
      assert.equal(nowhere.exitCode, 1);
      assert.match(nowhere.stderr, /^The database cannot be used: .*ECONNREFUSED/);
      assert.doesNotMatch(nowhere.stderr + nowhere.stdout, /hunter2| at /);
    }
    const url = new URL(database.url);
    url.pathname = '/not_there';
    const missing = await run(url.href, 'serve');
    assert.equal(missing.exitCode, 1);
    assert.equal(missing.stderr, 'The database cannot be used: database "not_there" does not exist\n');
  });
});
