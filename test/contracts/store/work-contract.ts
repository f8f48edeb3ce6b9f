import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ok, refuse } from '../../../src/domain/result.ts';
import type { Change, Store } from '../../../src/ports/store.ts';
import { migrate } from '../../../src/store/migrations/migrate.ts';
import { platformMigrations } from '../../../src/store/migrations/platform-migrations.ts';
import { openStore } from '../../../src/store/open-store.ts';
import {
  insertAccount,
  insertAttempt,
  insertPayment,
  insertRefund,
  insertSetup,
  noon,
  samplePaymentIntent,
  sampleSetupIntent,
} from './sample-objects.ts';
import type { DatabaseUnderTest } from './store-contract.ts';

/** How a store finds the work that nobody asks for. */
export const describeWorkOfStore = (name: string, create: () => Promise<DatabaseUnderTest>): void => {
  describe(`work in a store over ${name}`, () => {
    let database: DatabaseUnderTest;
    let store: Store;
    const applied = async (...changes: Change[]): Promise<void> =>
      assert.deepEqual(await store.commit(changes), ok(undefined));

    beforeEach(async () => {
      database = await create();
      const engine = await database.open();
      assert.deepEqual(await migrate(engine, platformMigrations), ok(undefined));
      store = openStore(engine);
    });
    afterEach(async () => {
      await store.close();
      await database.destroy();
    });

    describe('due intents', () => {
      const setupAt = (id: string, expireAt: number, over = {}): Change =>
        insertSetup({ id, status: 'Created', expireAt, ...over });
      const paymentAt = (id: string, expireAt: number, over = {}): Change => insertPayment({ id, expireAt, ...over });

      it('are those whose time has come, soonest first, as many as are asked for', async () => {
        await applied(insertAccount());
        await applied(
          setupAt('si_c', noon),
          setupAt('si_a', noon - 2),
          setupAt('si_b', noon - 1),
          setupAt('si_later', noon + 1),
        );
        await applied(
          paymentAt('pi_c', noon),
          paymentAt('pi_a', noon - 2),
          paymentAt('pi_b', noon - 1),
          paymentAt('pi_later', noon + 1),
        );
        assert.deepEqual(await store.dueSetupIntentIds(noon, 10), ['si_a', 'si_b', 'si_c']);
        assert.deepEqual(await store.duePaymentIntentIds(noon, 10), ['pi_a', 'pi_b', 'pi_c']);
        assert.deepEqual(await store.dueSetupIntentIds(noon, 2), ['si_a', 'si_b']);
        assert.deepEqual(await store.duePaymentIntentIds(noon, 2), ['pi_a', 'pi_b']);
      });

      it('come earlier for an account whose clock is fast, and for no other', async () => {
        await applied(
          insertAccount(),
          insertAccount({ id: 'acc_fast', clockAheadMs: 1000 }),
          insertAccount({ id: 'acc_faster', clockAheadMs: 5000 }),
        );
        for (const accountId of ['acc_1', 'acc_fast', 'acc_faster']) {
          for (const ahead of [0, 1000, 1001, 5000]) {
            await applied(
              setupAt(`si ${accountId} ${ahead}`, noon + ahead, { accountId }),
              paymentAt(`pi ${accountId} ${ahead}`, noon + ahead, { accountId }),
            );
          }
        }
        const due = [
          'acc_1 0',
          'acc_fast 0',
          'acc_fast 1000',
          'acc_faster 0',
          'acc_faster 1000',
          'acc_faster 1001',
          'acc_faster 5000',
        ];
        assert.deepEqual(
          [...(await store.dueSetupIntentIds(noon, 20))].sort(),
          due.map((name) => `si ${name}`),
        );
        assert.deepEqual(
          [...(await store.duePaymentIntentIds(noon, 20))].sort(),
          due.map((name) => `pi ${name}`),
        );
        assert.equal((await store.dueSetupIntentIds(noon, 4)).length, 4);
      });

      it('do not include what has ended, what is under way, and an authorised card that is still good', async () => {
        await applied(insertAccount());
        await applied(
          setupAt('si_live', noon, { liveAttemptId: 'att_1' }),
          setupAt('si_ended', noon, { status: 'Canceled' }),
          setupAt('si_good', noon, { status: 'Authorized' }),
        );
        await applied(
          paymentAt('pi_live', noon, { liveAttemptId: 'att_1' }),
          paymentAt('pi_ended', noon, { status: 'Captured' }),
        );
        assert.deepEqual(await store.dueSetupIntentIds(noon, 10), []);
        assert.deepEqual(await store.duePaymentIntentIds(noon, 10), []);
        assert.deepEqual(await store.dueSetupIntentIds(Date.UTC(2030, 0, 1, 12) - 1, 10), []);
        assert.deepEqual(await store.dueSetupIntentIds(Date.UTC(2030, 0, 1, 12), 10), ['si_good']);
      });

      it('are due no more once they have been saved as ended, and again when a charge came to nothing', async () => {
        await applied(setupAt('si_1', noon), paymentAt('pi_1', noon));
        const savedSetup = (version: number, over: object): Change => ({
          kind: 'save-setup-intent',
          setupIntent: sampleSetupIntent({ status: 'Created', expireAt: noon, version, ...over }),
        });
        const savedPayment = (version: number, over: object): Change => ({
          kind: 'save-payment-intent',
          paymentIntent: samplePaymentIntent({ expireAt: noon, version, ...over }),
        });
        await applied(savedSetup(2, { liveAttemptId: 'att_1' }), savedPayment(2, { liveAttemptId: 'att_1' }));
        assert.deepEqual([await store.dueSetupIntentIds(noon, 9), await store.duePaymentIntentIds(noon, 9)], [[], []]);
        await applied(savedSetup(3, {}), savedPayment(3, {}));
        assert.deepEqual(
          [await store.dueSetupIntentIds(noon, 9), await store.duePaymentIntentIds(noon, 9)],
          [['si_1'], ['pi_1']],
        );
        await applied(savedSetup(4, { status: 'Expired' }), savedPayment(4, { status: 'Canceled' }));
        assert.deepEqual([await store.dueSetupIntentIds(noon, 9), await store.duePaymentIntentIds(noon, 9)], [[], []]);
      });
    });

    describe('work that is left', () => {
      it('lists pending and unknown attempts past their time, soonest first', async () => {
        const states = ['pending', 'unknown', 'approved', 'declined', 'reversed', 'failed'] as const;
        await applied(insertPayment());
        for (const [index, state] of states.entries())
          await applied(
            insertSetup({ id: `si ${state}` }),
            insertAttempt({ id: state, setupIntentId: `si ${state}`, state, settleAfter: noon - index }),
          );
        await applied(
          insertSetup({ id: 'si_later' }),
          insertAttempt({ id: 'later', setupIntentId: 'si_later', settleAfter: noon + 1 }),
        );
        assert.deepEqual(
          (await store.unsettledAttempts(noon, 10)).map((attempt) => attempt.id),
          ['unknown', 'pending'],
        );
        assert.deepEqual(
          (await store.unsettledAttempts(noon, 1)).map((attempt) => attempt.id),
          ['unknown'],
        );
      });

      it('lets one of two refunds that were decided on the same payment intent through', async () => {
        await applied(insertSetup(), insertPayment(), insertAttempt({ state: 'approved' }));
        const begin = (id: string): Promise<unknown> =>
          store.commit([
            insertRefund({ id }),
            {
              kind: 'save-payment-intent',
              paymentIntent: samplePaymentIntent({ version: 2, refundingAmountMinor: 700 }),
            },
          ]);
        assert.deepEqual(await Promise.all([begin('rfnd_1'), begin('rfnd_2')]), [ok(undefined), refuse('stale')]);
        assert.equal(await store.refund('rfnd_2'), undefined);
      });

      it('lists pending and unknown refunds past their time, soonest first', async () => {
        const states = ['pending', 'unknown', 'refunded', 'declined', 'failed'] as const;
        await applied(insertPayment());
        for (const [index, state] of states.entries())
          await applied(insertRefund({ id: state, state, settleAfter: noon - index }));
        await applied(insertRefund({ id: 'later', settleAfter: noon + 1 }));
        const listed = async (limit: number): Promise<readonly string[]> =>
          (await store.unsettledRefunds(noon, limit)).map(({ id }) => id);
        assert.deepEqual(await listed(10), ['unknown', 'pending']);
        assert.deepEqual(await listed(1), ['unknown']);
      });

      it('finds the attempt that holds a card or paid with it, and no other', async () => {
        await applied(insertPayment());
        for (const state of ['pending', 'unknown', 'approved', 'declined', 'reversed', 'failed'] as const) {
          await applied(insertSetup({ id: `si ${state}` }));
          await applied(insertAttempt({ id: state, setupIntentId: `si ${state}`, state }));
          const isFound = state === 'pending' || state === 'unknown' || state === 'approved';
          assert.equal((await store.heldOrPaidAttempt(`si ${state}`))?.id, isFound ? state : undefined);
        }
      });

      it('lists ended setup intents while they keep a card', async () => {
        const ended = ['Expired', 'CardExpired', 'Canceled', 'Completed', 'Closed'] as const;
        for (const status of [...ended, 'Created', 'Authorized'] as const)
          await applied(insertSetup({ id: `si ${status}`, status }));
        await applied(insertSetup({ id: 'si forgotten', status: 'Closed', cardReference: null }));
        const listed = await store.endedSetupIntentsWithCard(10);
        assert.deepEqual(listed.map((intent) => intent.status).sort(), [...ended].sort());
        assert.equal((await store.endedSetupIntentsWithCard(2)).length, 2);
        await applied({
          kind: 'save-setup-intent',
          setupIntent: sampleSetupIntent({ id: 'si Closed', version: 2, status: 'Closed', cardReference: null }),
        });
        assert.equal((await store.endedSetupIntentsWithCard(10)).length, 4);
      });
    });
  });
};
