import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainId, timeOrderedToken } from '../domain/ids.ts';
import type { NotifiedEvent } from '../domain/webhook/notification.ts';
import { OutboxTail } from './outbox-tail.ts';

const start = Date.UTC(2026, 0, 1);

const event = (position: number, madeAt: number): NotifiedEvent => ({
  position,
  id: plainId('evt', timeOrderedToken(madeAt, new Uint8Array(10))),
  accountId: 'acc_1',
  intentId: 'pi_1',
  sequence: 1,
  names: ['payment_intent.created'],
  status: 'Created',
  captureMode: 'Auto',
  data: null,
  at: madeAt,
});

/** An outbox whose rows appear when the test says so. */
const outboxOf = (gapsMayFill = true) => {
  const rows = new Map<number, NotifiedEvent>();
  const sorted = () => [...rows.values()].sort((one, other) => one.position - other.position);
  const running = { oldest: 1, next: 5 };
  let asked = 0;
  const store = {
    gapsMayFill,
    writers: async () => {
      asked += 1;
      return running;
    },
    lastEventPosition: async () => Math.max(0, ...rows.keys()),
    outbox: async (after: number, limit: number) =>
      sorted()
        .filter(({ position }) => position > after)
        .slice(0, limit),
  };
  return {
    add: (position: number, madeAt = start) => void rows.set(position, event(position, madeAt)),
    running,
    asked: () => asked,
    tail: new OutboxTail(store),
  };
};

const positions = ({ events }: { readonly events: readonly NotifiedEvent[] }): number[] =>
  events.map(({ position }) => position);

test('follows events in the order of their positions', async () => {
  const { add, tail } = outboxOf();
  await tail.step(start);
  add(1);
  add(2);
  assert.deepEqual(positions(await tail.step(start)), [1, 2]);
  add(3);
  assert.deepEqual(positions(await tail.step(start)), [3]);
  assert.equal(tail.horizon, 3);
});

test('waits before a position that is missing, and steps over no event that appears late', async () => {
  const { add, tail } = outboxOf();
  await tail.step(start);
  add(1);
  add(3);
  assert.deepEqual(positions(await tail.step(start)), [1]);
  assert.deepEqual(positions(await tail.step(start + 5_000)), []);
  add(2);
  assert.deepEqual(positions(await tail.step(start + 5_001)), [2, 3]);
});

test('goes on when a missing position was waited for long enough', async () => {
  const { add, tail } = outboxOf();
  await tail.step(start);
  add(2);
  for (const lateMs of [0, 20, 10_020]) assert.deepEqual(positions(await tail.step(start + lateMs)), []);
  assert.deepEqual(positions(await tail.step(start + 10_021)), [2]);
});

test('goes on at once when all who may have filled a gap have ended, with what the last of them wrote', async () => {
  const { add, running, tail } = outboxOf();
  await tail.step(start);
  add(2);
  for (let look = 0; look < 4; look += 1) assert.deepEqual(positions(await tail.step(start + look)), []);
  running.oldest = 5;
  add(1);
  assert.deepEqual(positions(await tail.step(start + 5)), [1, 2]);
  add(4);
  running.next = 9;
  for (let look = 6; look < 9; look += 1) assert.deepEqual(positions(await tail.step(start + look)), []);
  running.oldest = 9;
  assert.deepEqual(positions(await tail.step(start + 9)), [4]);
});

test('waits for a gap whatever the age of the event behind it says', async () => {
  const { add, tail } = outboxOf();
  await tail.step(start);
  add(2, start - 60_000);
  for (let look = 0; look < 4; look += 1) assert.deepEqual(positions(await tail.step(start + look)), []);
  add(1);
  assert.deepEqual(positions(await tail.step(start + 4)), [1, 2]);
});

test('passes all gaps of long ago at once when it starts, having asked once who still writes', async () => {
  const { add, running, asked, tail } = outboxOf();
  for (let position = 1; position < 1_999; position += 2) add(position);
  running.oldest = running.next;
  await tail.step(start);
  assert.deepEqual([tail.horizon, asked()], [1_997, 1]);
});

test('waits for nothing where positions are given out in the order of commits', async () => {
  const { add, tail } = outboxOf(false);
  await tail.step(start);
  add(5);
  assert.deepEqual(positions(await tail.step(start)), [5]);
});
