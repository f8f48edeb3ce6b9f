import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ok, refuse } from '../../../src/domain/result.ts';
import { type Change, objectsOfAccount, type Store } from '../../../src/ports/store.ts';
import { migrate } from '../../../src/store/migrations/migrate.ts';
import { platformMigrations } from '../../../src/store/migrations/platform-migrations.ts';
import { openStore } from '../../../src/store/open-store.ts';
import {
  append,
  insertAccount,
  insertAnswer,
  insertAttempt,
  insertPayment,
  insertRefund,
  insertSetup,
  noon,
  sampleAccount,
  sampleEvent,
} from './sample-objects.ts';
import type { DatabaseUnderTest } from './store-contract.ts';

/** What a store must do for the clock of one account, and for emptying it. */
export const describeSandboxOfStore = (name: string, create: () => Promise<DatabaseUnderTest>): void => {
  describe(`one account's time and objects over ${name}`, () => {
    let database: DatabaseUnderTest;
    let store: Store;
    const applied = async (...changes: Change[]): Promise<void> =>
      assert.deepEqual(await store.commit(changes), ok(undefined));
    const refused = async (...changes: Change[]): Promise<void> =>
      assert.deepEqual(await store.commit(changes), refuse('stale'));
    const aheadMs = async (): Promise<number | undefined> => (await store.account('acc_1'))?.clockAheadMs;

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

    it('a clock moves on and never back', async () => {
      const to = (clockAheadMs: number) =>
        ({ kind: 'advance-account-clock', accountId: 'acc_1', clockAheadMs }) as const;
      await applied(to(1000));
      await applied(to(1000));
      await refused(to(999));
      assert.equal(await aheadMs(), 1000);
      assert.deepEqual(await store.account('acc_2'), sampleAccount({ id: 'acc_2' }));
    });

    it('the next due moment is the soonest of the account’s own intents of both kinds', async () => {
      assert.equal(await store.nextDueIntentAt('acc_1'), null);
      await applied(
        insertSetup({ id: 'si_theirs', accountId: 'acc_2', status: 'Created', expireAt: noon - 9 }),
        insertSetup({ id: 'si_ended', status: 'Expired', expireAt: noon - 9 }),
        insertSetup({ id: 'si_a', status: 'Created', expireAt: noon + 2 }),
        insertPayment({ id: 'pi_a', expireAt: noon + 1 }),
        insertPayment({ id: 'pi_b', expireAt: noon + 3 }),
      );
      assert.equal(await store.nextDueIntentAt('acc_1'), noon + 1);
      assert.deepEqual(await store.dueIntentIdsOf('acc_1', noon, 9), { setupIntentIds: [], paymentIntentIds: [] });
      const due = { setupIntentIds: ['si_a'], paymentIntentIds: ['pi_a', 'pi_b'] };
      assert.deepEqual(await store.dueIntentIdsOf('acc_1', noon + 3, 9), due);
      assert.deepEqual((await store.dueIntentIdsOf('acc_1', noon + 3, 1)).paymentIntentIds, ['pi_a']);
    });

    it('the next delivery is the soonest that an active subscription waits for', async () => {
      const subscription = {
        id: 'ws_1',
        accountId: 'acc_1',
        version: 1,
        url: 'https://example.com/',
        events: ['setup_intent.created'] as const,
        description: null,
        secrets: [],
        createdAt: noon,
        updatedAt: noon,
      };
      const delivery = {
        subscriptionId: 'ws_1',
        position: 1,
        part: 0,
        intentId: 'si_1',
        kind: 'retry',
        tries: 1,
        dueAt: noon + 5,
        firstFailedAt: noon,
        lastStatus: 500,
        lastFailure: 'status',
      } as const;
      assert.equal(await store.nextDeliveryDueAt('acc_1'), null);
      await applied(
        { kind: 'insert-subscription', subscription, ofAccountMax: 100 },
        { kind: 'park-delivery', delivery, accountId: 'acc_1' },
        { kind: 'park-delivery', delivery: { ...delivery, position: 2, dueAt: noon + 4 }, accountId: 'acc_1' },
        {
          kind: 'park-delivery',
          delivery: { ...delivery, position: 3, kind: 'held', dueAt: noon },
          accountId: 'acc_1',
        },
      );
      assert.equal(await store.nextDeliveryDueAt('acc_1'), noon + 4);
      assert.equal(await store.nextDeliveryDueAt('acc_2'), null);
      const progress = await store.webhookProgress('ws_1');
      assert.ok(progress);
      await applied({ kind: 'claim-webhooks', subscriptionId: 'ws_1', owner: 'node', now: 1, leasedUntil: 2 });
      await applied({
        kind: 'save-progress',
        owner: 'node',
        progress: { ...progress, state: 'paused', pausedAt: noon },
      });
      assert.equal(await store.nextDeliveryDueAt('acc_1'), null);
    });

    it('the kept cards of an account are its own', async () => {
      await applied(
        insertSetup({ id: 'si_a', cardReference: 'card_a' }),
        insertSetup({ id: 'si_b', cardReference: null, status: 'Created' }),
        insertSetup({ id: 'si_c', accountId: 'acc_2', cardReference: 'card_c' }),
      );
      assert.deepEqual(await store.cardReferencesOf('acc_1'), ['card_a']);
    });

    const empty: readonly Change[] = [
      { kind: 'reset-account-clock', accountId: 'acc_1' },
      ...objectsOfAccount.map((what) => ({ kind: 'delete-of-account', accountId: 'acc_1', what }) as const),
    ];
    const fill = (
      state: 'unknown' | 'reversed',
      refundState: 'unknown' | 'refunded' = 'refunded',
    ): readonly Change[] => [
      { kind: 'advance-account-clock', accountId: 'acc_1', clockAheadMs: 5 },
      insertSetup(),
      insertPayment(),
      insertAttempt({ state }),
      insertRefund({ state: refundState }),
      append(sampleEvent()),
      insertAnswer({ key: 'acc_1 POST /x 1' }),
      insertAnswer({ key: 'acc_2 POST /x 1' }),
      insertSetup({ id: 'si_2', accountId: 'acc_2' }),
    ];

    it('an account is emptied whole, and no other', async () => {
      await applied(...fill('reversed'));
      await applied(...empty);
      assert.equal(await aheadMs(), 0);
      assert.equal(await store.setupIntent('si_1'), undefined);
      assert.equal(await store.paymentIntent('pi_1'), undefined);
      assert.equal(await store.refund('rfnd_1'), undefined);
      assert.equal(await store.rememberedAnswer('acc_1 POST /x 1'), undefined);
      assert.ok(await store.setupIntent('si_2'));
      assert.ok(await store.rememberedAnswer('acc_2 POST /x 1'));
    });

    it('an account with a live attempt is left as it is', async () => {
      await applied(...fill('unknown'));
      await refused(...empty);
      assert.equal(await aheadMs(), 5);
      assert.ok(await store.setupIntent('si_1'));
    });

    it('an account with a refund under way is not emptied', async () => {
      await applied(...fill('reversed', 'unknown'));
      await refused(...empty);
      assert.ok(await store.refund('rfnd_1'));
    });

    it('positions of events keep rising after the newest event’s account was emptied', async () => {
      await applied(...fill('reversed'));
      const before = await store.lastEventPosition();
      await applied(...empty);
      await applied(append(sampleEvent({ sequence: 7 })));
      assert.ok((await store.lastEventPosition()) > before);
    });
  });
};
