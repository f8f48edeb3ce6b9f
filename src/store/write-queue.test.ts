import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreUnavailable } from '../ports/store.ts';
import { type RunGroup, writeQueue } from './write-queue.ts';

const write = (sql: string) => [{ sql, params: [] }];
const namesOf = (group: Parameters<RunGroup>[0]): string[] => group.map(([first]) => first?.sql ?? '');
const stateOf = (one: PromiseSettledResult<unknown>): string => {
  if (one.status === 'fulfilled') return 'written';
  return one.reason instanceof StoreUnavailable ? 'unavailable' : 'bug';
};

test('what is written in one turn, and while a group is under way, is a group, in the order of the calls', async () => {
  const groups: string[][] = [];
  const queue = writeQueue(
    async (group, told) => {
      groups.push(namesOf(group));
      if (groups.length === 1) void queue.write(write('d'));
      for (const index of group.keys()) told(index, { refusal: undefined });
    },
    { groupMax: 2, waitingMax: 10 },
  );
  await Promise.all(['a', 'b', 'c'].map((name) => queue.write(write(name))));
  assert.deepEqual(groups, [
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('a group that fails takes along what waits behind it, but not what it has told of', async () => {
  const queue = writeQueue(
    async (_group, told) => {
      told(0, { refusal: undefined });
      throw new Error('the disk is full');
    },
    { groupMax: 2, waitingMax: 10 },
  );
  const settled = await Promise.allSettled(['a', 'b', 'c'].map((name) => queue.write(write(name))));
  assert.deepEqual(settled.map(stateOf), ['written', 'unavailable', 'unavailable']);
});

test('nothing begins while writes are held, and what waited is written before the queue is closed', async () => {
  const names: string[] = [];
  const queue = writeQueue(
    async (group, told) => {
      names.push(...namesOf(group));
      for (const index of group.keys()) told(index, { refusal: undefined });
    },
    { groupMax: 2, waitingMax: 3 },
  );
  await queue.hold();
  const writing = Promise.all(['a', 'b', 'c'].map((name) => queue.write(write(name))));
  await assert.rejects(queue.write(write('d')), /Too many/);
  await new Promise(setImmediate);
  assert.deepEqual(names, []);
  await queue.finish();
  await writing;
  assert.deepEqual(names, ['a', 'b', 'c']);
  await assert.rejects(queue.write(write('e')), StoreUnavailable);
});

test('a group that fails before it begins keeps nobody waiting, and the next one runs', async () => {
  let groups = 0;
  const queue = writeQueue(
    (group, told) => {
      if (++groups === 1) throw new Error('the thread has ended');
      for (const index of group.keys()) told(index, { refusal: undefined });
      return Promise.resolve();
    },
    { groupMax: 2, waitingMax: 10 },
  );
  await assert.rejects(queue.write(write('a')), StoreUnavailable);
  await queue.write(write('b'));
  await queue.finish();
});

test('a write of which nothing was told is a bug, and keeps nobody waiting', async () => {
  const queue = writeQueue(async () => undefined, { groupMax: 2, waitingMax: 10 });
  await assert.rejects(queue.write(write('a')), /no outcome/);
});
