import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { NotifiedEvent } from '../domain/webhook/notification.ts';
import type { Store } from '../ports/store.ts';
import { followingOf } from './follow-notifications.ts';

const account = { id: 'acc_1', name: 'One', createdAt: 0, clockAheadMs: 0 };
const eventAt = (position: number): NotifiedEvent => ({
  position,
  id: `evt_${position}`,
  accountId: account.id,
  intentId: 'si_1',
  sequence: position,
  names: ['setup_intent.created'],
  status: 'Created',
  captureMode: null,
  data: null,
  at: 0,
});

const rig = () => {
  const events: NotifiedEvent[] = [];
  const store = {
    gapsMayFill: false,
    lastEventPosition: async () => events.length,
    notifiedEvents: async (_id: string, after: number) => events.slice(after),
  } as Partial<Store> as Store;
  const follow = followingOf({ store, clock: { now: () => 0 } });
  const from = { account, limit: 10, names: [], looksMax: 3 } as const;
  return { events, follow, from };
};

it('waits for the first event, and answers with it', async () => {
  const { events, follow, from } = rig();
  let looks = 0;
  const goOn = async (): Promise<boolean> => {
    looks += 1;
    if (looks === 2) events.push(eventAt(1));
    return true;
  };
  const page = await follow({ ...from, after: 0, goOn });
  assert.deepEqual([page.notifications.length, page.next, looks], [1, 1, 2]);
});

it('answers at once where there is something, and where nothing but the newest place is asked for', async () => {
  const { events, follow, from } = rig();
  const goOn = () => assert.fail('nobody has to wait');
  assert.equal((await follow({ ...from, after: 'newest', goOn })).next, 0);
  events.push(eventAt(1));
  assert.equal((await follow({ ...from, after: 0, goOn })).next, 1);
});

it('gives up after its time, and when nobody waits any more', async () => {
  const { follow, from } = rig();
  let looks = 0;
  const counted = (goesOn: boolean) => async (): Promise<boolean> => {
    looks += 1;
    return goesOn;
  };
  await follow({ ...from, after: 0, goOn: counted(true) });
  assert.equal(looks, 3);
  await follow({ ...from, after: 0, goOn: counted(false) });
  assert.equal(looks, 4);
});

it('keeps the 201st follower waiting for nothing', async () => {
  const { follow, from } = rig();
  const ended = Promise.withResolvers<boolean>();
  const waiting = Array.from({ length: 200 }, () => follow({ ...from, after: 0, goOn: () => ended.promise }));
  await follow({ ...from, after: 0, goOn: () => assert.fail('one too many waits') });
  ended.resolve(false);
  await Promise.all(waiting);
});
