import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import pg from 'pg';
import { StoreUnavailable } from '../../src/ports/store.ts';
import type { Engine, Statement } from '../../src/store/engine.ts';
import { openEngineAt } from './open-engine.ts';
import { administer, type StartedPostgres, startPostgres, untilOneWaits } from './start-postgres.ts';
import { openTcpProxy } from './tcp-proxy.ts';

const create: Statement = { sql: 'create table numbers (n bigint primary key)', params: [] };
const insert = (n: number): Statement => ({ sql: 'insert into numbers (n) values ($1)', params: [n] });
const numbers = async (engine: Engine): Promise<number[]> =>
  (await engine.all('select n from numbers order by n', [])).map((row) => Number(row['n']));

const fails = (write: Promise<unknown>): Promise<void> => assert.rejects(write, StoreUnavailable);

/** Writes numbers until told to end; what was answered is noted, what failed is not. */
const writeOn = (engine: Engine, first: number): { readonly answered: number[]; end(): Promise<void> } => {
  const answered: number[] = [];
  let ending = false;
  const run = async (lane: number): Promise<void> => {
    for (let n = first + lane; !ending; n += 8) {
      const done = await engine.write([insert(n)]).then(
        () => true,
        (error: unknown) => {
          assert.ok(error instanceof StoreUnavailable, String(error));
          return false;
        },
      );
      if (done) answered.push(n);
      // Others in this process need a turn while every write fails at once.
      await new Promise(setImmediate);
    }
  };
  const running = Promise.all(Array.from({ length: 8 }, (_, lane) => run(lane)));
  return {
    answered,
    end: async () => {
      ending = true;
      await running;
    },
  };
};

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise(setImmediate);
};

describe('PostgreSQL that fails', () => {
  let postgres: StartedPostgres;
  let engine: Engine;
  let databases = 0;

  const createDatabase = async (): Promise<string> => {
    databases += 1;
    await administer(postgres.url(), `create database outage_${databases} template template0`);
    return postgres.url(`outage_${databases}`);
  };

  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  afterEach(() => engine.close());

  it('before a commit: the write fails and is not applied, and the next one works', async () => {
    const url = await createDatabase();
    engine = openEngineAt(url);
    await engine.write([create, insert(1)]);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('begin; delete from numbers');
    const failure = fails(engine.write([insert(2), insert(1)]));
    const waiting = await untilOneWaits(url);
    await client.query('select pg_terminate_backend($1)', [waiting]);
    await client.query('rollback');
    await failure;
    assert.deepEqual(await numbers(engine), [1]);
    assert.equal(await engine.write([insert(3)]), undefined);
    await client.end();
  });

  it('while it commits: the write fails, and the next one works', async () => {
    const url = await createDatabase();
    engine = openEngineAt(url);
    await engine.write([create]);
    // A promise that is kept at COMMIT only, so that the session can be ended in the middle of one.
    await administer(
      url,
      'create function linger() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return null; end $$',
    );
    await administer(
      url,
      'create constraint trigger slow after insert on numbers deferrable initially deferred for each row when (new.n = 7) execute function linger()',
    );
    const failure = fails(engine.write([insert(7)]));
    const behind = fails(engine.write([insert(8)]));
    const end =
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
    while ((await administer(url, end)).length === 0);
    await failure;
    await behind;
    assert.equal(await engine.write([insert(9)]), undefined);
    assert.deepEqual(await numbers(engine), [9]);
  });

  it('after it has committed, before it says so: the write fails, and is there', async () => {
    const url = new URL(await createDatabase());
    const proxy = await openTcpProxy(postgres.port);
    url.port = String(proxy.port);
    engine = openEngineAt(url.href);
    await engine.write([create]);
    proxy.cutBehind('commit');
    await fails(engine.write([insert(1)]));
    proxy.cutBehind('no statement says this');
    assert.deepEqual(await numbers(engine), [1]);
    assert.deepEqual(await engine.write([insert(1)]), { refused: 'unique', constraint: 'numbers_pkey' });
    await proxy.close();
  });

  it('and cannot be reached: writes fail at once', async () => {
    const url = new URL(await createDatabase());
    const proxy = await openTcpProxy(postgres.port);
    url.port = String(proxy.port);
    engine = openEngineAt(url.href);
    await engine.write([create]);
    await proxy.close();
    await fails(engine.write([insert(1)]));
    await fails(engine.write([insert(2)]));
    await assert.rejects(numbers(engine), StoreUnavailable);
  });

  it('by falling silent: nobody waits for it for ever, neither for an answer nor for the end', async () => {
    const url = new URL(await createDatabase());
    const proxy = await openTcpProxy(postgres.port);
    url.port = String(proxy.port);
    engine = openEngineAt(url.href, { limits: { answerTimeoutMs: 1000, connectTimeoutMs: 1000 } });
    await engine.write([create]);
    assert.deepEqual(await numbers(engine), []);
    const other = openEngineAt(url.href);
    assert.deepEqual(await numbers(other), []);
    proxy.freeze();
    await fails(engine.write([insert(1)]));
    await fails(engine.write([insert(2)]));
    await assert.rejects(numbers(engine), StoreUnavailable);
    await other.close();
    await proxy.close();
  });

  for (const signal of ['SIGINT', 'SIGQUIT'] as const)
    it(`by ${signal} under load and starts again: all that was answered is there, and service resumes by itself`, async () => {
      engine = openEngineAt(await createDatabase());
      await engine.write([create]);
      const load = writeOn(engine, 1);
      await until(() => load.answered.length > 200);
      await postgres.end(signal);
      const before = load.answered.length;
      await postgres.start();
      await until(() => load.answered.length > before + 200);
      await load.end();
      const kept = new Set(await numbers(engine));
      assert.deepEqual(
        load.answered.filter((n) => !kept.has(n)),
        [],
      );
    });
});

describe('PostgreSQL with a synchronous standby', () => {
  const standbyName = 'standby';
  const flags = { hot_standby: 'on', wal_level: 'replica', max_wal_senders: '4' };

  it('that takes over under load loses nothing that was answered, and is found by itself', async (t) => {
    const primary = await startPostgres({ settings: flags });
    t.after(primary.stop);
    // A copy of a server at rest is a standby as soon as it is told whom to follow.
    await primary.end('SIGINT');
    const copy = join(primary.folder, 'copy');
    cpSync(join(primary.folder, 'data'), copy, { recursive: true });
    writeFileSync(join(copy, 'standby.signal'), '');
    await primary.start();
    const primary_conninfo = `host=127.0.0.1 port=${primary.port} user=postgres application_name=${standbyName}`;
    const fill = (data: string): void => cpSync(copy, data, { recursive: true });
    const standby = await startPostgres({ settings: { ...flags, primary_conninfo }, fill });
    t.after(standby.stop);
    await administer(primary.url(), `alter system set synchronous_standby_names = '${standbyName}'`);
    await administer(primary.url(), 'select pg_reload_conf()');
    while (
      (await administer(primary.url(), "select 1 from pg_stat_replication where sync_state = 'sync'")).length === 0
    );

    const engine = openEngineAt(`postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres`);
    t.after(engine.close);
    await engine.write([create]);
    const load = writeOn(engine, 1);
    await until(() => load.answered.length > 200);
    await primary.end('SIGQUIT');
    const before = load.answered.length;
    await administer(standby.url(), 'select pg_promote()');
    await until(() => load.answered.length > before + 200);
    await load.end();
    const kept = new Set(await numbers(engine));
    assert.deepEqual(
      load.answered.filter((n) => !kept.has(n)),
      [],
    );
  });
});
