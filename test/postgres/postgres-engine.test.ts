import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import pg from 'pg';
import { refuse } from '../../src/domain/result.ts';
import { StoreUnavailable } from '../../src/ports/store.ts';
import type { Engine, Statement, WriteRefusal } from '../../src/store/engine.ts';
import { migrate } from '../../src/store/migrations/migrate.ts';
import { platformMigrations } from '../../src/store/migrations/platform-migrations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { insertAccount, insertAttempt, insertPayment, insertSetup } from '../contracts/store/sample-objects.ts';
import { openEngineAt } from './open-engine.ts';
import { administer, type PostgresForTests, postgresForTests, untilOneWaits } from './start-postgres.ts';

describe('PostgreSQL engine', () => {
  let postgres: PostgresForTests;
  let database: Awaited<ReturnType<PostgresForTests['createDatabase']>>;
  let engine: Engine;
  const opened: Engine[] = [];

  const open = (options: Parameters<typeof openEngineAt>[1] = {}): Engine => {
    const made = openEngineAt(database.url, options);
    opened.push(made);
    return made;
  };
  const insert = (n: number, note: string | null = null): Statement => ({
    sql: 'insert into numbers (n, note) values ($1, $2)',
    params: [n, note],
  });
  const note = (n: number, text: string): Statement => ({
    sql: 'update numbers set note = $1 where n = $2',
    params: [text, n],
    mustChange: 'one',
  });
  const numbers = async (): Promise<unknown[]> =>
    (await engine.all('select n from numbers order by n', [])).map((row) => row['n']);
  const together = (...writes: Statement[][]): Promise<PromiseSettledResult<WriteRefusal | undefined>[]> =>
    Promise.allSettled(writes.map((statements) => engine.write(statements)));
  const outcomes = (settled: PromiseSettledResult<WriteRefusal | undefined>[]): string[] =>
    settled.map((one) => {
      if (one.status === 'fulfilled') return one.value?.refused ?? 'applied';
      return one.reason instanceof StoreUnavailable ? 'unavailable' : 'bug';
    });
  /** A session beside the engine's. */
  const beside = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  before(async () => {
    postgres = await postgresForTests();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    database = await postgres.createDatabase();
    engine = open();
    await engine.write([{ sql: 'create table numbers (n bigint primary key, note text)', params: [] }]);
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    await database.drop();
  });

  it('refuses as stale a write whose statement does not change exactly one row, and leaves nothing of it', async () => {
    await engine.write([insert(1), insert(2)]);
    const update = (where: string): Statement => ({
      sql: `update numbers set note = $1 where ${where}`,
      params: ['x'],
      mustChange: 'one',
    });
    assert.deepEqual(await engine.write([insert(9), update('n = 3')]), { refused: 'stale' });
    assert.deepEqual(await engine.write([update('n < 3'), insert(9)]), { refused: 'stale' });
    assert.deepEqual(await numbers(), [1, 2]);
    assert.equal(await engine.write([update('n = 1'), insert(9)]), undefined);
    assert.deepEqual(await numbers(), [1, 2, 9]);
  });

  it('names the constraint of a row that exists', async () => {
    assert.equal(await engine.write([insert(1)]), undefined);
    assert.deepEqual(await engine.write([insert(2), insert(1)]), { refused: 'unique', constraint: 'numbers_pkey' });
    assert.deepEqual(await numbers(), [1]);
  });

  it('does no harm to the neighbours of writes that are refused or wrong, and keeps the order of all', async () => {
    const settled = await together(
      [insert(1, 'first')],
      [insert(2), insert(1)],
      [insert(3), note(4, 'not there')],
      [note(1, 'second')],
      [insert(5), { sql: 'insert into numbers (n) values ($1)', params: ['five'] }],
      [insert(6), { sql: 'insert into nowhere (n) values ($1)', params: [1] }],
      [insert(7), { sql: 'insert into numbers (n) values ($1)', params: [{} as never] }],
      [note(1, 'third'), insert(8)],
      [insert(8), note(1, 'fourth')],
    );
    assert.deepEqual(outcomes(settled), [
      'applied',
      'unique',
      'stale',
      'applied',
      'bug',
      'bug',
      'bug',
      'applied',
      'unique',
    ]);
    assert.deepEqual(await numbers(), [1, 8]);
    assert.deepEqual(await engine.all('select note from numbers where n = $1', [1]), [{ note: 'third' }]);
  });

  it('goes on with named statements that were first seen in a write that failed', async () => {
    await together([insert(1)], [insert(1), note(1, 'x')], [note(1, 'y')]);
    assert.deepEqual(outcomes(await together([note(1, 'z')], [note(1, 'zz')], [insert(2)])), [
      'applied',
      'applied',
      'applied',
    ]);
  });

  it('applies hundreds of writes on one row in the order of the calls', async () => {
    await engine.write([insert(0, '0')]);
    const step = (n: number): Statement => ({
      sql: 'update numbers set note = $1 where n = 0 and note = $2',
      params: [String(n + 1), String(n)],
      mustChange: 'one',
    });
    const settled = await together(...Array.from({ length: 500 }, (_, n) => [step(n)]));
    assert.ok(outcomes(settled).every((outcome) => outcome === 'applied'));
  });

  it('commits writes that are ready together in few transactions', async () => {
    const client = await beside();
    const transactions = async (): Promise<number> =>
      Number(
        (await client.query<{ id: string }>('select txid_snapshot_xmax(txid_current_snapshot())::text as id')).rows[0]
          ?.id,
      );
    const first = await transactions();
    await together(...Array.from({ length: 120 }, (_, n) => [insert(n)]));
    assert.ok((await transactions()) - first <= 4, 'each write was a transaction of its own');
    await client.end();
  });

  it('waits for a row that another session holds, alone, and is applied when it is free', async () => {
    await engine.write([insert(1), insert(2)]);
    const client = await beside();
    await client.query('begin; update numbers set note = $$held$$ where n = 1');
    const writing = together([note(2, 'neighbour')], [note(1, 'waited')]);
    await untilOneWaits(database.url);
    await client.query('commit');
    assert.deepEqual(outcomes(await writing), ['applied', 'applied']);
    assert.deepEqual(await engine.all('select note from numbers order by n', []), [
      { note: 'waited' },
      { note: 'neighbour' },
    ]);
    await client.end();
  });

  it('outlives a deadlock with another session: both are applied', async () => {
    await engine.write([insert(1), insert(2)]);
    const client = await beside();
    await client.query('begin; update numbers set note = $$held$$ where n = 2');
    const writing = together([note(1, 'a')], [note(2, 'b')]);
    await untilOneWaits(database.url);
    // It waits for row 1, which the group holds, and the group waits for row 2.
    await client.query('update numbers set note = $$other$$ where n = 1');
    await client.query('commit');
    assert.deepEqual(outcomes(await writing), ['applied', 'applied']);
    await client.end();
  });

  it('refuses a write, and all behind it, whose row stays held, but not those before it', async () => {
    await engine.write([insert(1), insert(2)]);
    const client = await beside();
    await client.query('begin; update numbers set note = $$held$$ where n = 1');
    const settled = await together([note(2, 'before')], [note(1, 'held')], [note(2, 'behind')]);
    assert.deepEqual(outcomes(settled), ['applied', 'unavailable', 'unavailable']);
    await client.query('rollback');
    assert.deepEqual(await engine.all('select note from numbers order by n', []), [{ note: null }, { note: 'before' }]);
    assert.equal(await engine.write([note(1, 'free')]), undefined);
    await client.end();
  });

  it('refuses at once what would wait behind too many others, and serves those', async () => {
    engine = open({ waitingMax: 3, readers: 1 });
    await engine.write([insert(1)]);
    const client = await beside();
    await client.query('begin; lock table numbers in access exclusive mode');
    const reads = Promise.all(Array.from({ length: 3 }, numbers));
    await assert.rejects(numbers(), /Too many reads/);
    const first = engine.write([insert(2)]);
    await untilOneWaits(database.url);
    const writes = together(...[3, 4, 5].map((n) => [insert(n)]));
    await assert.rejects(engine.write([insert(6)]), /Too many writes/);
    await client.query('commit');
    await first;
    assert.deepEqual(outcomes(await writes), ['applied', 'applied', 'applied']);
    assert.equal((await reads).length, 3);
    await client.end();
  });

  it('refuses at once what the server has no connection for', async () => {
    await administer(database.url, 'create role limited login connection limit 1; grant all on numbers to limited');
    const limited = new URL(database.url);
    limited.username = 'limited';
    const small = openEngineAt(limited.href);
    await small.write([insert(1)]);
    await assert.rejects(small.all('select n from numbers', []), StoreUnavailable);
    await small.close();
    await administer(database.url, 'drop owned by limited; drop role limited');
  });

  it('does not wait for ever for one statement', async () => {
    engine = open({ limits: { statementTimeoutMs: 50 } });
    await assert.rejects(engine.all('select pg_sleep($1)', [30]), StoreUnavailable);
    assert.deepEqual(await numbers(), []);
  });

  it('lets one of 100 parallel live attempts on one setup intent through, from two nodes', async () => {
    await migrate(engine, platformMigrations);
    const stores = [openStore(engine), openStore(open())] as const;
    const payments = Array.from({ length: 100 }, (_, index) => `pi_${index}`);
    await stores[0].commit([insertSetup(), ...payments.map((id) => insertPayment({ id }))]);
    const results = await Promise.all(
      payments.map((id, index) =>
        stores[index % 2 === 0 ? 0 : 1].commit([insertAttempt({ id: `att_${index}`, paymentIntentId: id })]),
      ),
    );
    assert.equal(results.filter((result) => result.ok).length, 1);
    assert.equal(results.filter((result) => !result.ok && result.error === 'live-attempt').length, 99);
  });

  it('counts what another node is about to commit before it takes one more', async () => {
    await migrate(engine, platformMigrations);
    const store = openStore(engine);
    await store.commit([insertAccount()]);
    const client = await beside();
    await client.query(`begin; update accounts set clock_ahead_ms = 0 where id = 'acc_1';
      insert into webhook_subscriptions values ('ws_1', 'acc_1', 1, 'https://receiver.example/', '{}')`);
    const one = { url: 'https://other.example/', description: null, secrets: [], createdAt: 1, updatedAt: 1 };
    const subscription = { ...one, id: 'ws_2', accountId: 'acc_1', version: 1, events: [] };
    const writing = store.commit([{ kind: 'insert-subscription', subscription, ofAccountMax: 1 }]);
    await Promise.race([untilOneWaits(database.url), writing]);
    await client.query('commit');
    assert.deepEqual(await writing, refuse('stale'));
    await client.end();
  });

  it('tells when all have ended that may fill a gap in the stream of events', async () => {
    const store = openStore(engine);
    const client = await beside();
    await client.query('begin; insert into numbers (n) values (1)');
    const seen = await store.writers();
    assert.ok(seen.oldest < seen.next);
    assert.equal((await store.writers()).oldest, seen.oldest);
    await client.query('commit');
    assert.ok((await store.writers()).oldest >= seen.next);
    await client.end();
  });

  it('has racing starters converge on one schema', async () => {
    const nodes = [engine, open(), open(), open()];
    const results = await Promise.all(nodes.map((node) => migrate(node, platformMigrations)));
    assert.ok(results.every((result) => result.ok));
    const [row] = await engine.all('select count(*) as steps from schema_migrations', []);
    assert.equal(row?.['steps'], platformMigrations.migrations.length);
  });
});
