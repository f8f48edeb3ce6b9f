import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Engine, Statement } from '../../src/store/engine.ts';
import { openEngineAt } from './open-engine.ts';
import { administer, type StartedPostgres, startPostgres } from './start-postgres.ts';
import { openTcpProxy } from './tcp-proxy.ts';

const insert = (n: number): Statement => ({ sql: 'insert into numbers (n) values ($1)', params: [n], wakes: true });
const quiet = (n: number): Statement => ({ sql: 'insert into numbers (n) values ($1)', params: [n] });

const until = async (isSo: () => boolean, tend: () => void = () => undefined): Promise<void> => {
  while (!isSo()) {
    tend();
    await new Promise(setImmediate);
  }
};

/** What a relay does: it tends, with a clock that the test may push. */
const listen = (engine: Engine) => {
  const { wakes } = engine;
  assert.ok(wakes !== undefined);
  const heard = { times: 0, now: 1_000_000 };
  wakes.onWake(() => {
    heard.times += 1;
  });
  return {
    heard,
    isTrusted: () => wakes.isTrusted(),
    tend: () => wakes.tend(heard.now),
    rest: () => wakes.rest(),
    untilTrusted: async () => {
      await until(
        () => wakes.isTrusted(),
        () => wakes.tend(heard.now),
      );
      heard.times = 0;
    },
  };
};

describe('word of commits on PostgreSQL', () => {
  let postgres: StartedPostgres;
  let databases = 0;
  const open = async (t: TestContext) => {
    databases += 1;
    const name = `wakes_${databases}`;
    await administer(postgres.url(), `create database ${name} template template0`);
    const url = postgres.url(name);
    await administer(url, 'create table numbers (n bigint primary key)');
    const engineAt = (at: string): Engine => {
      const engine = openEngineAt(at);
      t.after(() => engine.close());
      return engine;
    };
    return { url, writer: engineAt(url), node: engineAt(url), engineAt };
  };
  const endListeners = (url: string) =>
    administer(
      url,
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen%'",
    );

  before(async () => {
    postgres = await startPostgres({ settings: { fsync: 'off' } });
  });
  after(() => postgres.stop());

  it('reaches another node after the commit, once for a group of writes', async (t) => {
    const { writer, node } = await open(t);
    const listener = listen(node);
    await listener.untilTrusted();
    await Promise.all(Array.from({ length: 20 }, (_, n) => writer.write([insert(n), insert(100 + n)])));
    await until(() => listener.heard.times > 0);
    // The first group holds the first write or more, the second all others.
    await writer.write([insert(1000)]);
    await until(() => listener.heard.times >= 2);
    assert.ok(listener.heard.times <= 3, `told ${listener.heard.times} times of 21 writes`);
    assert.equal((await node.all('select n from numbers', [])).length, 41);
  });

  it('is not sent for a write that has nothing to deliver', async (t) => {
    const { writer, node } = await open(t);
    const listener = listen(node);
    await listener.untilTrusted();
    await writer.write([quiet(1)]);
    await writer.write([insert(2)]);
    await until(() => listener.heard.times > 0);
    assert.equal(listener.heard.times, 1);
  });

  it('is sent by the second try of a group too, in which one write was refused', async (t) => {
    const { writer, node } = await open(t);
    await writer.write([quiet(1)]);
    const listener = listen(node);
    await listener.untilTrusted();
    const [refused, applied] = await Promise.all([writer.write([insert(1)]), writer.write([insert(2)])]);
    assert.equal(refused?.refused, 'unique');
    assert.equal(applied, undefined);
    await until(() => listener.heard.times > 0);
  });

  it('comes again after the listening session was ended', async (t) => {
    const { url, writer, node } = await open(t);
    const listener = listen(node);
    await listener.untilTrusted();
    await endListeners(url);
    await until(() => !listener.isTrusted());
    listener.tend();
    listener.heard.now += 1_000;
    await listener.untilTrusted();
    await writer.write([insert(1)]);
    await until(() => listener.heard.times > 0);
  });

  it('is not trusted any more when the host has gone without a word', async (t) => {
    const { url, engineAt } = await open(t);
    const proxy = await openTcpProxy(postgres.port);
    t.after(() => proxy.close());
    const through = new URL(url);
    through.port = String(proxy.port);
    const listener = listen(engineAt(through.href));
    await listener.untilTrusted();
    proxy.freeze();
    listener.heard.now += 5_000;
    listener.tend();
    assert.ok(listener.isTrusted(), 'a question is under way');
    listener.heard.now += 2_001;
    listener.tend();
    assert.ok(!listener.isTrusted());
    proxy.cut();
  });

  it('is never trusted behind a pooler that takes LISTEN and hands the session to others', async (t) => {
    const { url, writer, engineAt } = await open(t);
    const proxy = await openTcpProxy(postgres.port);
    t.after(() => proxy.close());
    proxy.replace('listen strongroom_outbox', 'unlisten strongroom_outb');
    const through = new URL(url);
    through.port = String(proxy.port);
    const node = engineAt(through.href);
    const listener = listen(node);
    for (let tries = 0; tries < 3; tries += 1) {
      const unlistening =
        "select 1 from pg_stat_activity where datname = current_database() and query like 'unlisten%'";
      let isUp = false;
      while (!isUp) {
        listener.tend();
        isUp = (await administer(url, unlistening)).length > 0;
      }
      await writer.write([insert(tries)]);
      assert.equal((await node.all('select n from numbers', [])).length, tries + 1);
      assert.ok(!listener.isTrusted());
      listener.heard.now += 2_001;
      listener.tend();
      await until(() => !listener.isTrusted());
      listener.heard.now += 60_000;
      while ((await administer(url, unlistening)).length > 0);
    }
    assert.equal(listener.heard.times, 0);
  });

  it('costs no connection while nobody wants it', async (t) => {
    const { url, node } = await open(t);
    const listener = listen(node);
    await listener.untilTrusted();
    listener.rest();
    const sessions = "select 1 from pg_stat_activity where datname = current_database() and query like 'listen%'";
    while ((await administer(url, sessions)).length > 0);
    assert.ok(!listener.isTrusted());
  });
});
