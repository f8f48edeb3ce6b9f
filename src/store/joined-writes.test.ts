import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { StoreUnavailable } from '../ports/store.ts';
import type { Engine, SqlValue } from './engine.ts';
import { joinedWrites, serveWrites } from './joined-writes.ts';

const open = (t: TestContext, write: Engine['write']) => {
  const { port1, port2 } = new MessageChannel();
  serveWrites({ write }, port1);
  t.after(() => port1.close());
  return { joined: joinedWrites(port2), serving: port1 };
};
const statement = (sql: string, ...params: SqlValue[]) => [{ sql, params }];

test('writes reach the engine in the order of the calls, and each gets its own outcome', async (t) => {
  const seen: string[] = [];
  const { joined } = open(t, async ([first]) => {
    seen.push(first?.sql ?? '');
    return first?.sql === 'b' ? { refused: 'stale' } : undefined;
  });
  const outcomes = await Promise.all(['a', 'b', 'c'].map((sql) => joined.write(statement(sql))));
  assert.deepEqual(seen, ['a', 'b', 'c']);
  assert.deepEqual(outcomes, [undefined, { refused: 'stale' }, undefined]);
  await joined.close();
});

test('an outage arrives as one, with its cause', async (t) => {
  const { joined } = open(t, () => Promise.reject(new StoreUnavailable('gone', { cause: 'a full disk' })));
  await assert.rejects(joined.write(statement('a')), (error) => {
    assert.ok(error instanceof StoreUnavailable);
    assert.deepEqual([error.message, error.cause], ['gone', 'a full disk']);
    return true;
  });
  await joined.close();
});

test('writes under way fail when the serving end goes, and so does every later one', async (t) => {
  const asked = Promise.withResolvers<void>();
  const { joined, serving } = open(t, () => {
    asked.resolve();
    return new Promise(() => undefined);
  });
  const underWay = joined.write(statement('a'));
  await asked.promise;
  serving.close();
  await assert.rejects(underWay, StoreUnavailable);
  await assert.rejects(joined.write(statement('b')), StoreUnavailable);
  await joined.close();
});

test('closing waits for the writes under way', async (t) => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const { joined } = open(t, () => promise);
  const done: string[] = [];
  const writing = joined.write(statement('a')).then(() => done.push('written'));
  const closing = joined.close().then(() => done.push('closed'));
  resolve(undefined);
  await Promise.all([writing, closing]);
  assert.deepEqual(done, ['written', 'closed']);
});

test('a value that cannot travel fails its own write, and keeps nothing from closing', async (t) => {
  const odd = (): void => undefined;
  const { joined } = open(t, () => Promise.resolve(undefined));
  await assert.rejects(joined.write(statement('a', odd as unknown as SqlValue)), /could not be cloned/);
  await joined.close();
});

test('an outage whose cause cannot travel is an outage all the same', async (t) => {
  const cause = { socket: () => undefined };
  const { joined } = open(t, () => Promise.reject(new StoreUnavailable('gone', { cause })));
  await assert.rejects(joined.write(statement('a')), (error) => error instanceof StoreUnavailable);
  await joined.close();
});
