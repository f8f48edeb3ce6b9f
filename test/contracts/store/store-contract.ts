import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ok, refuse } from '../../../src/domain/result.ts';
import type { Change, Store } from '../../../src/ports/store.ts';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import type { Engine } from '../../../src/store/engine.ts';
import { migrate } from '../../../src/store/migrations/migrate.ts';
import { platformMigrations } from '../../../src/store/migrations/platform-migrations.ts';
import { openStore } from '../../../src/store/open-store.ts';
import {
  append,
  insertAccount,
  insertAnswer,
  insertAttempt,
  insertKey,
  insertPayment,
  insertRefund,
  insertSetup,
  noon,
  sampleAccount,
  sampleAnswer,
  sampleAttempt,
  sampleEvent,
  sampleKey,
  samplePaymentIntent,
  sampleRefund,
  sampleSetupIntent,
} from './sample-objects.ts';

/** One database of a kind, empty at first; `open` may be called again after a close, and finds what was there. */
export type DatabaseUnderTest = { open(): Promise<Engine>; destroy(): Promise<void> };

/** What every store must do, whatever database is under it. */
export const describeStore = (name: string, create: () => Promise<DatabaseUnderTest>): void => {
  describe(`store over ${name}`, () => {
    let database: DatabaseUnderTest;
    let store: Store;

    const reopen = async (): Promise<Store> => {
      const engine = await database.open();
      assert.deepEqual(await migrate(engine, platformMigrations), ok(undefined));
      return openStore(engine);
    };
    const applied = async (...changes: Change[]): Promise<void> =>
      assert.deepEqual(await store.commit(changes), ok(undefined));
    const refused = async (conflict: string, ...changes: Change[]): Promise<void> =>
      assert.deepEqual(await store.commit(changes), refuse(conflict));

    beforeEach(async () => {
      database = await create();
      store = await reopen();
    });
    afterEach(async () => {
      await store.close();
      await database.destroy();
    });

    describe('objects', () => {
      it('gives back every field of every object, also after it was closed and opened again', async () => {
        const event = sampleEvent({
          sequence: 2,
          type: 'Declined',
          statusChanged: false,
          transaction: null,
          card: null,
        });
        await applied(
          insertAccount(),
          insertKey(),
          insertSetup(),
          insertPayment(),
          insertAttempt(),
          insertRefund(),
          insertAnswer(),
          append(),
          append(event),
        );
        for (const _ of ['as written', 'opened again']) {
          assert.deepEqual(await store.setupIntent('si_1'), sampleSetupIntent());
          assert.deepEqual(await store.paymentIntent('pi_1'), samplePaymentIntent());
          assert.deepEqual(await store.chargeAttempt('att_1'), sampleAttempt());
          assert.deepEqual(await store.heldOrPaidAttempt('si_1'), sampleAttempt());
          assert.deepEqual(await store.refund('rfnd_1'), sampleRefund());
          assert.deepEqual(await store.intentEvents('si_1'), [sampleEvent(), event]);
          assert.deepEqual(await store.rememberedAnswer('acc_1 charge key'), sampleAnswer());
          assert.deepEqual(await store.account('acc_1'), sampleAccount());
          assert.deepEqual(await store.accounts(), [sampleAccount()]);
          assert.deepEqual(await store.apiKeys('acc_1'), [sampleKey()]);
          assert.deepEqual(await store.apiKeyByHash('a'.repeat(64)), { key: sampleKey(), account: sampleAccount() });
          await store.close();
          store = await reopen();
        }
      });

      it('keeps the order of the fields that a client sent', async () => {
        await applied(insertSetup());
        const read = await store.setupIntent('si_1');
        assert.deepEqual(Object.keys(read?.terms.echo ?? {}), Object.keys(sampleSetupIntent().terms.echo));
      });

      it('gives back objects whose optional parts are null', async () => {
        const bare = { status: 'Created', cardReference: null, card: null, authorization: null } as const;
        await applied(insertSetup(bare), insertPayment({ setupIntentId: null, payment: null }));
        await applied(
          insertAttempt({ transaction: null, answerKey: null }),
          insertAnswer({ status: null, body: null }),
        );
        assert.deepEqual(await store.setupIntent('si_1'), sampleSetupIntent(bare));
        assert.deepEqual(
          await store.paymentIntent('pi_1'),
          samplePaymentIntent({ setupIntentId: null, payment: null }),
        );
        assert.deepEqual(await store.chargeAttempt('att_1'), sampleAttempt({ transaction: null, answerKey: null }));
        assert.deepEqual(await store.rememberedAnswer('acc_1 charge key'), sampleAnswer({ status: null, body: null }));
      });

      it('finds nothing under an id that nobody used', async () => {
        assert.equal(await store.setupIntent('si_1'), undefined);
        assert.equal(await store.paymentIntent('pi_1'), undefined);
        assert.equal(await store.chargeAttempt('att_1'), undefined);
        assert.equal(await store.heldOrPaidAttempt('si_1'), undefined);
        assert.equal(await store.refund('rfnd_1'), undefined);
        assert.equal(await store.account('acc_1'), undefined);
        assert.equal(await store.apiKeyByHash('a'.repeat(64)), undefined);
        assert.equal(await store.rememberedAnswer('acc_1 charge key'), undefined);
        assert.deepEqual(await store.intentEvents('si_1'), []);
      });

      it('saves every field of the next version', async () => {
        await applied(insertSetup(), insertPayment(), insertAttempt(), insertRefund());
        const setupIntent = sampleSetupIntent({
          version: 2,
          status: 'Completed',
          cardReference: null,
          eventCount: 9,
          updatedAt: noon + 9,
        });
        const paymentIntent = samplePaymentIntent({
          version: 2,
          status: 'Captured',
          refundedAmountMinor: 5,
          refundingAmountMinor: 6,
          updatedAt: noon + 9,
        });
        const chargeAttempt = sampleAttempt({ version: 2, state: 'approved', settleAfter: noon + 9, settleTries: 3 });
        const refund = sampleRefund({ version: 2, state: 'refunded', settleAfter: noon + 9, settleTries: 3 });
        await applied(
          { kind: 'save-setup-intent', setupIntent },
          { kind: 'save-payment-intent', paymentIntent },
          { kind: 'save-charge-attempt', chargeAttempt },
          { kind: 'save-refund', refund },
        );
        assert.deepEqual(await store.refund('rfnd_1'), refund);
        assert.deepEqual(await store.setupIntent('si_1'), setupIntent);
        assert.deepEqual(await store.paymentIntent('pi_1'), paymentIntent);
        assert.deepEqual(await store.chargeAttempt('att_1'), chargeAttempt);
      });

      it('refuses a second account of one name', async () => {
        await applied(insertAccount({ name: 'Hotel' }));
        await refused('account-name-taken', insertAccount({ id: 'acc_2', name: 'Hotel' }));
      });

      it('lists accounts and keys oldest first, keys of their account only', async () => {
        await applied(
          insertAccount({ id: 'acc_b', createdAt: noon + 1 }),
          insertAccount({ id: 'acc_a', createdAt: noon + 2 }),
        );
        await applied(insertKey({ id: 'key_b', accountId: 'acc_b', hash: 'b', createdAt: noon + 1 }));
        await applied(
          insertKey({ id: 'key_a', accountId: 'acc_b', hash: 'a', createdAt: noon + 2 }),
          insertKey({ id: 'key_c', accountId: 'acc_a', hash: 'c' }),
        );
        assert.deepEqual(
          (await store.accounts()).map((account) => account.id),
          ['acc_b', 'acc_a'],
        );
        assert.deepEqual(
          (await store.apiKeys('acc_b')).map((key) => key.id),
          ['key_b', 'key_a'],
        );
      });

      it('finds no revoked key, and lists it with its time', async () => {
        await applied(insertAccount(), insertKey());
        await applied({ kind: 'revoke-api-key', id: 'key_1', revokedAt: noon + 5 });
        assert.equal(await store.apiKeyByHash('a'.repeat(64)), undefined);
        assert.deepEqual(await store.apiKeys('acc_1'), [sampleKey({ revokedAt: noon + 5 })]);
        await refused('stale', { kind: 'revoke-api-key', id: 'key_1', revokedAt: noon + 6 });
      });
    });

    describe('conflicts', () => {
      it('refuses a save of a version that is not the next one, for every kind of object', async () => {
        await applied(insertSetup(), insertPayment(), insertAttempt());
        for (const version of [1, 3]) {
          await refused('stale', { kind: 'save-setup-intent', setupIntent: sampleSetupIntent({ version }) });
          await refused('stale', { kind: 'save-payment-intent', paymentIntent: samplePaymentIntent({ version }) });
          await refused('stale', { kind: 'save-charge-attempt', chargeAttempt: sampleAttempt({ version }) });
        }
        await refused('stale', {
          kind: 'save-setup-intent',
          setupIntent: sampleSetupIntent({ id: 'si_none', version: 2 }),
        });
      });

      it('lets one of two saves of the same version through', async () => {
        await applied(insertSetup());
        const save: Change = { kind: 'save-setup-intent', setupIntent: sampleSetupIntent({ version: 2 }) };
        const results = await Promise.all([store.commit([save]), store.commit([save])]);
        assert.deepEqual(results, [ok(undefined), refuse('stale')]);
      });

      for (const state of ['pending', 'unknown', 'approved'] as const) {
        it(`refuses a second live attempt of a setup intent beside one that is ${state}`, async () => {
          await applied(insertSetup(), insertPayment(), insertPayment({ id: 'pi_2' }), insertAttempt({ state }));
          await refused('live-attempt', insertAttempt({ id: 'att_2', paymentIntentId: 'pi_2' }));
          assert.equal(await store.chargeAttempt('att_2'), undefined);
        });
      }

      for (const state of ['declined', 'reversed', 'failed'] as const) {
        it(`takes another attempt after one that is ${state}`, async () => {
          await applied(insertSetup(), insertPayment(), insertAttempt({ state }));
          await applied(insertAttempt({ id: 'att_2' }));
        });
      }

      it('lets exactly one of 100 parallel attempts on one setup intent through', async () => {
        const payments = Array.from({ length: 100 }, (_, index) => `pi_${index}`);
        await applied(insertSetup(), ...payments.map((id) => insertPayment({ id })));
        const attempts = payments.map((id, index) => insertAttempt({ id: `att_${index}`, paymentIntentId: id }));
        const results = await Promise.all(attempts.map((attempt) => store.commit([attempt])));
        assert.equal(results.filter((result) => result.ok).length, 1);
        assert.equal(results.filter((result) => !result.ok && result.error === 'live-attempt').length, 99);
        assert.equal((await store.unsettledAttempts(noon + 99_000, 200)).length, 1);
      });

      it('refuses a second answer under one key', async () => {
        await applied(insertAnswer({ status: null, body: null }));
        await refused('answer-exists', insertAnswer({ body: 'other' }));
        assert.equal((await store.rememberedAnswer('acc_1 charge key'))?.body, null);
      });

      it('refuses a second event with one number in one intent', async () => {
        await applied(append(), append({}, 'si_2'));
        await refused('stale', append({ type: 'Declined' }));
        assert.deepEqual(await store.intentEvents('si_1'), [sampleEvent()]);
      });

      it('refuses a second object under one id', async () => {
        const inserts = [
          insertKey(),
          insertSetup(),
          insertPayment(),
          insertAttempt({ state: 'failed' }),
          insertRefund(),
        ];
        await applied(insertAccount(), ...inserts);
        for (const insert of inserts) await refused('stale', insert);
        await refused('stale', insertAccount({ name: 'Inn' }));
        await refused('stale', insertKey({ id: 'key_2' }));
      });
    });

    describe('change sets', () => {
      it('leaves nothing of a refused one, whichever of its changes is refused', async () => {
        await applied(insertSetup());
        const stale: Change = { kind: 'save-setup-intent', setupIntent: sampleSetupIntent({ version: 9 }) };
        const good = [insertPayment(), append(), insertAnswer()];
        for (let place = 0; place <= good.length; place += 1)
          await refused('stale', ...good.toSpliced(place, 0, stale));
        assert.equal(await store.paymentIntent('pi_1'), undefined);
        assert.deepEqual(await store.intentEvents('si_1'), []);
        assert.equal(await store.rememberedAnswer('acc_1 charge key'), undefined);
      });

      it('names the first refusal of several', async () => {
        await applied(insertSetup(), insertPayment(), insertAttempt(), insertAnswer());
        await refused('answer-exists', insertAnswer(), insertAttempt({ id: 'att_2' }));
        await refused('live-attempt', insertAttempt({ id: 'att_2' }), insertAnswer());
      });

      it('does no harm to the neighbours of a refused one', async () => {
        await applied(insertAnswer());
        const keys = ['key 1', 'acc_1 charge key', 'key 2'];
        const results = await Promise.all(
          keys.map((key) => store.commit([append({ sequence: 1 }, `si of ${key}`), insertAnswer({ key })])),
        );
        assert.deepEqual(results, [ok(undefined), refuse('answer-exists'), ok(undefined)]);
        assert.equal((await store.intentEvents('si of key 1')).length, 1);
        assert.equal((await store.intentEvents('si of acc_1 charge key')).length, 0);
        assert.equal((await store.intentEvents('si of key 2')).length, 1);
      });

      it('fails alone when it breaks a rule that no caller can break in good faith', async () => {
        const orphan = store.commit([
          insertSetup(),
          insertAttempt({ setupIntentId: 'si_none', paymentIntentId: 'pi_none' }),
        ]);
        const neighbour = store.commit([insertSetup({ id: 'si_2' })]);
        await assert.rejects(orphan, (error) => !(error instanceof StoreUnavailable));
        assert.deepEqual(await neighbour, ok(undefined));
        assert.equal(await store.setupIntent('si_1'), undefined);
      });

      it('are applied in the order of the calls', async () => {
        const versions = Array.from({ length: 300 }, (_, index) => index + 2);
        const first = store.commit([insertSetup()]);
        const saves = versions.map((version) =>
          store.commit([{ kind: 'save-setup-intent', setupIntent: sampleSetupIntent({ version }) }]),
        );
        assert.ok((await Promise.all([first, ...saves])).every((result) => result.ok));
        assert.equal((await store.setupIntent('si_1'))?.version, 301);
      });

      it('may be empty', async () => {
        await applied();
      });
    });

    describe('answers', () => {
      it('are completed once: the first answer stands', async () => {
        await applied(insertAnswer({ status: null, body: null }));
        await applied({ kind: 'complete-answer', key: 'acc_1 charge key', status: 200, body: 'first' });
        await applied({ kind: 'complete-answer', key: 'acc_1 charge key', status: 400, body: 'second' });
        assert.deepEqual(
          await store.rememberedAnswer('acc_1 charge key'),
          sampleAnswer({ status: 200, body: 'first' }),
        );
      });

      it('are released only while they are to come', async () => {
        await applied(insertAnswer({ status: null, body: null }), insertAnswer({ key: 'given' }));
        for (const key of ['acc_1 charge key', 'given', 'nobody knows']) await applied({ kind: 'release-answer', key });
        assert.equal(await store.rememberedAnswer('acc_1 charge key'), undefined);
        assert.ok(await store.rememberedAnswer('given'));
        await applied(insertAnswer());
      });

      it('let a charge reach its end when its answer has gone', async () => {
        await applied(insertSetup(), { kind: 'complete-answer', key: 'gone', status: 200, body: 'x' });
        assert.equal(await store.rememberedAnswer('gone'), undefined);
        assert.notEqual(await store.setupIntent('si_1'), undefined);
      });

      it('are deleted oldest first, as many as asked for, never one that is still to come', async () => {
        await applied(...[3, 1, 2, 4].map((age) => insertAnswer({ key: `key ${age}`, createdAt: noon - age })));
        await applied(insertAnswer({ key: 'to come', createdAt: noon - 9, status: null, body: null }));
        await applied({ kind: 'delete-answers-before', createdBefore: noon - 1, limit: 2 });
        const left = async (): Promise<unknown[]> =>
          Promise.all(
            ['key 1', 'key 2', 'key 3', 'key 4', 'to come'].map(
              async (key) => (await store.rememberedAnswer(key)) !== undefined,
            ),
          );
        assert.deepEqual(await left(), [true, true, false, false, true]);
        await applied({ kind: 'delete-answers-before', createdBefore: noon - 1, limit: 2 });
        assert.deepEqual(await left(), [true, false, false, false, true]);
      });

      it('make room one by one when they have lapsed and are not still to come', async () => {
        await applied(insertAnswer({ key: 'done' }), insertAnswer({ key: 'to come', status: null, body: null }));
        const remove = (key: string, createdBefore: number): Change => ({ kind: 'delete-answer', key, createdBefore });
        await applied(remove('done', noon), remove('to come', noon + 1), remove('none', noon + 1));
        assert.notEqual(await store.rememberedAnswer('done'), undefined);
        await applied(remove('done', noon + 1));
        assert.equal(await store.rememberedAnswer('done'), undefined);
        assert.notEqual(await store.rememberedAnswer('to come'), undefined);
      });
    });

    describe('a closed store', () => {
      it('has committed what was asked before, and refuses what is asked after', async () => {
        const asked = store.commit([insertSetup()]);
        await store.close();
        assert.deepEqual(await asked, ok(undefined));
        await assert.rejects(store.commit([insertSetup({ id: 'si_2' })]), StoreUnavailable);
        await assert.rejects(store.setupIntent('si_1'), StoreUnavailable);
        await assert.rejects(store.ping(), StoreUnavailable);
        store = await reopen();
        assert.notEqual(await store.setupIntent('si_1'), undefined);
        assert.equal(await store.setupIntent('si_2'), undefined);
        await store.ping();
      });
    });
  });
};
