import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PartitionTimes } from '../ports/store.ts';
import { dropDeliveryNotes } from './drop-delivery-notes.ts';
import { keepPartitions } from './keep-partitions.ts';
import { openRig } from './rig.fixture.ts';

const dayMs = 86_400_000;

const askedOf = async (t: Parameters<typeof openRig>[0], strays: number, eventsKeptMs?: number) => {
  const rig = await openRig(t);
  const asked: PartitionTimes[] = [];
  const faults: unknown[] = [];
  const store = {
    ...rig.context.store,
    keepPartitions: async (times: PartitionTimes) => {
      asked.push(times);
      return { added: ['intent_events from 2026-12-01'], strays };
    },
  };
  const context = {
    ...rig.context,
    store,
    onFault: (error: unknown) => void faults.push(error),
    ...(eventsKeptMs === undefined ? {} : { eventsKeptMs }),
  };
  return { rig, context, asked, faults };
};

test('keeps the notes of three days, and events for good or as long as was said', async (t) => {
  const forGood = await askedOf(t, 0);
  assert.equal(await keepPartitions(forGood.context), false);
  const now = forGood.context.clock.now();
  assert.deepEqual(forGood.asked, [{ now, notesBefore: now - 3 * dayMs, eventsBefore: null }]);
  const aYear = await askedOf(t, 0, 365 * dayMs);
  await keepPartitions(aYear.context);
  assert.equal(aYear.asked[0]?.eventsBefore, aYear.context.clock.now() - 365 * dayMs);
  assert.deepEqual([...forGood.faults, ...aYear.faults], []);
});

test('tells a person of rows that had no partition', async (t) => {
  const { context, faults } = await askedOf(t, 7);
  await keepPartitions(context);
  assert.match(String(faults), /7 rows had no partition; made: intent_events from 2026-12-01/);
});

test('does nothing where tables are not in partitions, and there notes are deleted row by row', async (t) => {
  const { context, rig } = await askedOf(t, 0);
  const committed: unknown[] = [];
  const commit: typeof rig.context.store.commit = (changes) => {
    committed.push(...changes.map(({ kind }) => kind));
    return rig.context.store.commit(changes);
  };
  assert.equal(await keepPartitions(rig.context), false);
  await dropDeliveryNotes({ ...context, store: { ...context.store, commit } });
  assert.deepEqual(committed, []);
  await dropDeliveryNotes({ ...rig.context, store: { ...rig.context.store, commit } });
  assert.deepEqual(committed, ['drop-delivery-notes']);
});
