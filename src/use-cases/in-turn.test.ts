import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreUnavailable } from '../ports/store.ts';
import { openTurns } from './in-turn.ts';

const passMicrotasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what is done under one name runs in the order of the calls, never two at once', async () => {
  const inTurn = openTurns();
  const order: string[] = [];
  const run = (name: string) => async (): Promise<string> => {
    order.push(`${name} begins`);
    await passMicrotasks();
    order.push(`${name} ends`);
    return name;
  };
  assert.deepEqual(await Promise.all(['a', 'b', 'c'].map((name) => inTurn('pi_1', run(name)))), ['a', 'b', 'c']);
  assert.deepEqual(order, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('other names do not wait', async () => {
  const inTurn = openTurns();
  let release = (): void => undefined;
  const held = inTurn('pi_1', () => new Promise<void>((resolve) => (release = resolve)));
  assert.equal(await inTurn('pi_2', async () => 'done'), 'done');
  release();
  await held;
});

test('one that fails tells its caller, and holds nobody up', async () => {
  const inTurn = openTurns();
  const failed = inTurn('pi_1', () => Promise.reject(new Error('down')));
  const next = inTurn('pi_1', async () => 'done');
  await assert.rejects(failed, /down/);
  assert.equal(await next, 'done');
});

test('while the database is away, those that wait are told with the first, and whoever comes later tries again', async () => {
  const inTurn = openTurns();
  const away = new StoreUnavailable('away');
  let tries = 0;
  const first = inTurn('pi_1', async () => {
    await passMicrotasks();
    throw away;
  });
  const waiting = [1, 2].map(() => inTurn('pi_1', async () => (tries += 1)));
  for (const told of [first, ...waiting]) await assert.rejects(told, away);
  assert.equal(tries, 0);
  assert.equal(await inTurn('pi_1', async () => 'done'), 'done');
});
