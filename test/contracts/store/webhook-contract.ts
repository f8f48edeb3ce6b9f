import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ok, refuse } from '../../../src/domain/result.ts';
import type { ParkedDelivery, SubscriptionProgress } from '../../../src/domain/webhook/delivery.ts';
import type { NotificationName } from '../../../src/domain/webhook/notification.ts';
import type { Subscription } from '../../../src/domain/webhook/subscription.ts';
import type { Change, CommitConflict, Store } from '../../../src/ports/store.ts';
import { migrate } from '../../../src/store/migrations/migrate.ts';
import { platformMigrations } from '../../../src/store/migrations/platform-migrations.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { insertAccount, sampleEvent } from './sample-objects.ts';
import type { DatabaseUnderTest } from './store-contract.ts';

const created = ['payment_intent.created'] as const;

const subscription = (over: Partial<Subscription> = {}): Subscription => ({
  id: 'ws_1',
  accountId: 'acc_1',
  version: 1,
  url: 'https://receiver.example/',
  events: created,
  description: null,
  secrets: [{ id: 'sc_1', value: 'secret', createdAt: 1, isActive: true, retiredAt: null }],
  createdAt: 1,
  updatedAt: 1,
  ...over,
});

const insert = (over: Partial<Subscription> = {}, ofAccountMax = 100): Change => ({
  kind: 'insert-subscription',
  subscription: subscription(over),
  ofAccountMax,
});

const parked = (over: Partial<ParkedDelivery> = {}): ParkedDelivery => ({
  subscriptionId: 'ws_1',
  position: 1,
  part: 0,
  intentId: 'pi_1',
  kind: 'retry',
  tries: 1,
  dueAt: 100,
  firstFailedAt: 50,
  lastStatus: 500,
  lastFailure: 'status',
  ...over,
});

const park = (over: Partial<ParkedDelivery> = {}): Change => ({
  kind: 'park-delivery',
  delivery: parked(over),
  accountId: 'acc_1',
});

/** An event of `pi_<number>` that tells something, or nothing. */
const told = (number: number, names: readonly NotificationName[] | null = created, accountId = 'acc_1'): Change => ({
  kind: 'append-event',
  eventId: `evt_${number}`,
  accountId,
  intentId: `pi_${number}`,
  event: sampleEvent({ at: number }),
  notice: names === null ? null : { names, captureMode: 'Auto', data: { said: [`of ${number}`] } },
});

/** One of two at most. */
const replay = (id: string, subscriptionId = 'ws_1'): Change => {
  const span = { position: 0, upTo: 9, from: 1, to: 2 };
  return { kind: 'insert-replay', replay: { id, subscriptionId, ...span }, underWayMax: 2 };
};

const claim = (owner: string, now: number, subscriptionId = 'ws_1'): Change => ({
  kind: 'claim-webhooks',
  subscriptionId,
  owner,
  now,
  leasedUntil: now + 10,
});

/** What a store must do for webhooks. */
export const describeWebhooksOfStore = (name: string, create: () => Promise<DatabaseUnderTest>): void => {
  describe(`webhooks over ${name}`, () => {
    let database: DatabaseUnderTest;
    let store: Store;
    const applied = async (...changes: Change[]): Promise<void> =>
      assert.deepEqual(await store.commit(changes), ok(undefined));
    const refused = async (conflict: CommitConflict, ...changes: Change[]): Promise<void> =>
      assert.deepEqual(await store.commit(changes), refuse(conflict));
    const subscribe = (over: Partial<Subscription> = {}): Promise<void> => applied(insert(over));
    const progressOf = async (id = 'ws_1'): Promise<SubscriptionProgress> => {
      const progress = await store.webhookProgress(id);
      assert.ok(progress);
      return progress;
    };

    beforeEach(async () => {
      database = await create();
      const engine = await database.open();
      assert.deepEqual(await migrate(engine, platformMigrations), ok(undefined));
      store = openStore(engine);
      await applied(insertAccount(), insertAccount({ id: 'acc_2' }));
    });
    afterEach(async () => {
      await store.close();
      await database.destroy();
    });

    it('gives back a subscription as it was saved, to nobody but by its id or account', async () => {
      await subscribe();
      assert.deepEqual(await store.webhookSubscription('ws_1'), subscription());
      assert.deepEqual(await store.webhookSubscriptions('acc_1'), [subscription()]);
      assert.deepEqual(await store.webhookSubscriptions('acc_2'), []);
      const changed = subscription({ version: 2, description: 'Moved', events: ['setup_intent.created'] });
      await applied({ kind: 'save-subscription', subscription: changed, before: subscription() });
      assert.deepEqual(await store.webhookSubscription('ws_1'), changed);
      await refused('stale', { kind: 'save-subscription', subscription: changed, before: subscription() });
    });

    it('refuses the same address and event twice in an account, until one lets go of it', async () => {
      await subscribe();
      await refused('target-taken', insert({ id: 'ws_2' }));
      await subscribe({ id: 'ws_3', accountId: 'acc_2' });
      await applied({ kind: 'delete-subscription', subscription: subscription() });
      await subscribe({ id: 'ws_2' });
    });

    /** From two nodes at once. @returns how many were not refused */
    const applyAll = async (changes: readonly Change[]): Promise<number> => {
      const other = openStore(await database.open());
      const results = await Promise.all(changes.map((change, n) => (n % 2 === 0 ? store : other).commit([change])));
      await other.close();
      for (const result of results) if (!result.ok) assert.equal(result.error, 'stale');
      return results.filter(({ ok: isApplied }) => isApplied).length;
    };

    it('takes so many subscriptions of an account and replays of a subscription, however many come at once', async () => {
      const many = Array.from({ length: 40 }, (_, n) => n);
      const url = (n: number): string => `https://receiver.example/${n}`;
      assert.equal(await applyAll(many.map((n) => insert({ id: `ws_${n}`, url: url(n) }, 5))), 5);
      assert.equal((await store.webhookSubscriptions('acc_1')).length, 5);
      await applied(insert({ accountId: 'acc_2', id: 'ws_other' }, 1));
      assert.equal(await applyAll(many.map((n) => replay(`rpl_${n}`, 'ws_other'))), 2);
    });

    it('begins a subscription behind the newest event, and deletes all of it', async () => {
      await applied(told(1), told(2));
      await subscribe();
      const progress = await progressOf();
      assert.equal(progress.position, await store.lastEventPosition());
      await applied(park(), { kind: 'note-deliveries', subscriptionId: 'ws_1', at: 1, records: [] });
      await applied({
        kind: 'insert-replay',
        replay: { id: 'rpl_1', subscriptionId: 'ws_1', position: 0, upTo: 1, from: 0, to: 1 },
        underWayMax: 1,
      });
      await applied({ kind: 'delete-subscription', subscription: subscription() });
      assert.equal(await store.webhookProgress('ws_1'), undefined);
      assert.deepEqual(await store.parkedDeliveries('ws_1', 10), []);
      assert.deepEqual(await store.webhookReplays('ws_1', 10), []);
      assert.deepEqual(await store.deliveryPages('ws_1', Number.MAX_SAFE_INTEGER, 10), []);
    });

    it('shows the outbox in order, with what each event tells, and an account only its own', async () => {
      await applied(
        told(1),
        told(2, null),
        told(3, ['payment_intent.status_updated', 'refund.created']),
        told(4, created, 'acc_2'),
      );
      const outbox = await store.outbox(0, 10);
      assert.deepEqual(
        outbox.map(({ id, names }) => [id, [...names]]),
        [
          ['evt_1', ['payment_intent.created']],
          ['evt_2', []],
          ['evt_3', ['payment_intent.status_updated', 'refund.created']],
          ['evt_4', ['payment_intent.created']],
        ],
      );
      const [first, , third] = outbox.map(({ position }) => position);
      assert.ok(first !== undefined && third !== undefined);
      assert.deepEqual(
        (await store.outbox(first, 1)).map(({ id }) => id),
        ['evt_2'],
      );
      const own = await store.notifiedEvents('acc_1', 0, Number.MAX_SAFE_INTEGER, 10);
      assert.deepEqual(
        own.map(({ id }) => id),
        ['evt_1', 'evt_3'],
      );
      assert.deepEqual(await store.notifiedEvents('acc_1', first, third - 1, 10), []);
      const { captureMode, data } = (await store.notifiedEvent('acc_1', first)) ?? {};
      assert.deepEqual([captureMode, data], ['Auto', { said: ['of 1'] }]);
      assert.equal(await store.notifiedEvent('acc_2', first), undefined);
    });

    it('tells where the first gap in the outbox is', async () => {
      await applied(told(1), told(2), told(3, created, 'acc_2'), told(4));
      await applied({ kind: 'delete-of-account', accountId: 'acc_2', what: 'intent-events' });
      const whole = (after: number, limit = 10): Promise<number> => store.lastBeforeGap(after, limit);
      assert.deepEqual(
        [await whole(0), await whole(0, 1), await whole(2), await whole(3), await whole(4)],
        [2, 1, 0, 4, 0],
      );
    });

    it('lets one owner at a time hold a subscription, and the next one after the lease', async () => {
      await subscribe();
      assert.deepEqual(await store.claimableWebhooks(100, 10), ['ws_1']);
      await applied(claim('one', 100));
      assert.deepEqual(await store.claimableWebhooks(105, 10), []);
      await refused('stale', claim('two', 105));
      assert.deepEqual(await store.heldWebhooks('one'), [{ subscriptionId: 'ws_1', version: 1 }]);
      await applied({ kind: 'renew-webhooks', owner: 'one', leasedUntil: 120 });
      await refused('stale', claim('two', 115));
      await applied(claim('two', 121));
      assert.deepEqual(await store.heldWebhooks('one'), []);
      await refused('stale', { kind: 'save-progress', progress: await progressOf(), owner: 'one' });
      await applied({ kind: 'release-webhooks', owner: 'two' });
      assert.deepEqual(await store.claimableWebhooks(122, 10), ['ws_1']);
    });

    it('keeps how far a subscription has come, and lets a paused one go on only when resumed', async () => {
      await subscribe();
      await applied(claim('one', 1), park({ dueAt: 900, tries: 7 }));
      const progress = { ...(await progressOf()), position: 7, failingSince: 3, state: 'paused' as const, pausedAt: 9 };
      await applied({ kind: 'save-progress', progress, owner: 'one' });
      assert.deepEqual(await progressOf(), progress);
      assert.deepEqual(await store.claimableWebhooks(1_000, 10), []);
      assert.deepEqual(await store.heldWebhooks('one'), []);
      assert.equal(await store.nextDeliveryDueAt('acc_1'), null);
      await applied({ kind: 'resume-webhook', subscriptionId: 'ws_1', now: 500 });
      assert.deepEqual(await progressOf(), { ...progress, state: 'active', failingSince: null, pausedAt: null });
      assert.deepEqual(await store.claimableWebhooks(1_000, 10), ['ws_1']);
      const [delivery] = await store.dueDeliveries('ws_1', 500, 10);
      assert.deepEqual(delivery, parked({ dueAt: 500, tries: 0, firstFailedAt: null }));
    });

    it('gives parked deliveries back when they are due, in order, and releases what waits behind one', async () => {
      await subscribe();
      const held = { kind: 'held', dueAt: Number.MAX_SAFE_INTEGER, intentId: 'pi_1' } as const;
      await applied(
        park(),
        park({ ...held, position: 3 }),
        park({ ...held, position: 2 }),
        park({ position: 4, intentId: 'pi_2', dueAt: 50 }),
      );
      const due = async (now: number): Promise<number[]> =>
        (await store.dueDeliveries('ws_1', now, 10)).map(({ position }) => position);
      assert.deepEqual(await due(49), []);
      assert.deepEqual(await due(100), [4, 1]);
      assert.equal(await store.nextDeliveryDueAt('acc_1'), 50);
      assert.equal(await store.nextDeliveryDueAt('acc_2'), null);
      const blocked = new Map((await store.blockedIntents('ws_1')).map(({ intentId, count }) => [intentId, count]));
      assert.deepEqual(
        blocked,
        new Map([
          ['pi_1', 3],
          ['pi_2', 1],
        ]),
      );
      await applied(
        { kind: 'unpark-delivery', subscriptionId: 'ws_1', position: 1, part: 0 },
        { kind: 'release-held', subscriptionId: 'ws_1', intentId: 'pi_1', now: 60 },
      );
      assert.deepEqual(await due(100), [4, 2, 3]);
      await applied({ kind: 'hasten-retries', subscriptionId: 'ws_1', now: 10 });
      assert.deepEqual(await due(10), [4]);
      assert.deepEqual(
        (await store.parkedDeliveries('ws_1', 10)).map(({ position }) => position),
        [2, 3, 4],
      );
      assert.equal(await store.parkedDelivery('ws_1', 1, 0), undefined);
    });

    it('replaces a parked delivery, except by one that was only asked for', async () => {
      await subscribe();
      await applied(park(), park({ tries: 2, dueAt: 200 }));
      assert.deepEqual(await store.parkedDelivery('ws_1', 1, 0), parked({ tries: 2, dueAt: 200 }));
      await applied(park({ kind: 'resend', tries: 0 }));
      assert.deepEqual(await store.parkedDelivery('ws_1', 1, 0), parked({ tries: 2, dueAt: 200 }));
      await applied(park({ kind: 'resend', position: 2 }));
      assert.deepEqual(
        (await store.blockedIntents('ws_1')).map(({ count }) => count),
        [1],
      );
    });

    it('keeps notes and replays until they are dropped', async () => {
      await subscribe();
      const record = {
        position: 1,
        part: 0,
        eventId: 'evt_1',
        name: 'e',
        attempt: 1,
        result: 'delivered',
        status: 200,
        failure: null,
        durationMs: 3,
        at: 5,
      } as const;
      for (const at of [10, 20, 30])
        await applied({ kind: 'note-deliveries', subscriptionId: 'ws_1', at, records: [{ ...record, at }] });
      const times = async (): Promise<number[]> =>
        (await store.deliveryPages('ws_1', Number.MAX_SAFE_INTEGER, 10)).flatMap(({ records }) =>
          records.map(({ at }) => at),
        );
      assert.deepEqual(await times(), [30, 20, 10]);
      await applied({ kind: 'drop-delivery-notes', before: 25, limit: 10 });
      assert.deepEqual(await times(), [30]);
      const replay = { id: 'rpl_1', subscriptionId: 'ws_1', position: 0, upTo: 9, from: 1, to: 2 };
      await applied(
        { kind: 'insert-replay', replay, underWayMax: 1 },
        { kind: 'save-replay', replay: { ...replay, position: 4 } },
      );
      assert.deepEqual(await store.webhookReplays('ws_1', 10), [{ ...replay, position: 4 }]);
      await applied({ kind: 'delete-replay', id: 'rpl_1' });
      assert.deepEqual(await store.webhookReplays('ws_1', 10), []);
    });

    it('takes so many replays of a subscription, one more when one is through, and reads no more than were asked for', async () => {
      await subscribe();
      await applied(replay('rpl_1'), replay('rpl_2'), replay('rpl_9', 'ws_2'));
      await refused('stale', replay('rpl_3'));
      const read = async (limit: number) => (await store.webhookReplays('ws_1', limit)).map(({ id }) => id);
      assert.deepEqual([await read(1), await read(10)], [['rpl_1'], ['rpl_1', 'rpl_2']]);
      await applied({ kind: 'delete-replay', id: 'rpl_1' });
      await applied(replay('rpl_3'));
      assert.deepEqual(await read(10), ['rpl_2', 'rpl_3']);
    });
  });
};
