import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chargePaymentIntent } from './charge-payment-intent.ts';
import { createPaymentIntent } from './create-payment-intent.ts';
import { createSetupIntent } from './create-setup-intent.ts';
import { expireDueIntents } from './expire-due-intents.ts';
import { forgetEndedCards } from './forget-ended-cards.ts';
import { readPaymentIntent } from './read-payment-intent.ts';
import { readSetupIntent } from './read-setup-intent.ts';
import { must, openRig, paymentTerms, refusalOf, setupTerms } from './rig.fixture.ts';

const minute = 60_000;

test('the worker expires a setup intent at its time, without a reader, once', async (t) => {
  const { context, account, pass } = await openRig(t);
  const expireAt = context.clock.now() + minute;
  const input = { account, terms: setupTerms, expireAt, capturedCard: null, remember: null };
  const { id } = must(await createSetupIntent(context, input)).setupIntent;
  pass(minute - 1);
  await expireDueIntents(context);
  assert.equal((await context.store.setupIntent(id))?.status, 'Created');
  pass(1);
  await expireDueIntents(context);
  await expireDueIntents(context);
  assert.equal((await context.store.setupIntent(id))?.status, 'Expired');
  assert.equal((await context.store.intentEvents(id)).length, 2);
});

test('a reader never sees a status that is out of date, even before the worker came by', async (t) => {
  const { context, account, pass } = await openRig(t);
  const expireAt = context.clock.now() + minute;
  const input = { account, terms: setupTerms, expireAt, capturedCard: null, remember: null };
  const { id } = must(await createSetupIntent(context, input)).setupIntent;
  pass(minute);
  assert.equal(must(await readSetupIntent(context, { account, id })).setupIntent.status, 'Expired');
});

test('an unpaid payment intent is voided at its time and then found only by asking for canceled ones', async (t) => {
  const { context, account, pass } = await openRig(t);
  const expireAt = context.clock.now() + minute;
  const { id } = must(
    await createPaymentIntent(context, { account, terms: paymentTerms, expireAt, setupIntentId: null, remember: null }),
  );
  pass(minute);
  await expireDueIntents(context);
  assert.equal(
    refusalOf(await readPaymentIntent(context, { account, id, returnCanceled: false })),
    'payment-intent-not-found',
  );
  assert.equal(must(await readPaymentIntent(context, { account, id, returnCanceled: true })).status, 'Canceled');
});

test('a card on file goes out of date, and can then not be charged', async (t) => {
  const rig = await openRig(t);
  const { context, account } = rig;
  const si = await rig.authorized();
  const expireAt = Date.UTC(2031, 0, 1);
  const input = { account, terms: paymentTerms, expireAt, setupIntentId: si, remember: null };
  const pi = must(await createPaymentIntent(context, input)).id;
  rig.pass(Date.UTC(2030, 0, 1, 12) - context.clock.now());
  assert.equal(
    refusalOf(await chargePaymentIntent(context, { account, id: pi, remember: null })),
    'setup-intent-not-authorized',
  );
  assert.equal((await context.store.setupIntent(si))?.status, 'CardExpired');
});

test('accounts whose clock runs ahead see their intents expire by it', async (t) => {
  const { context, account } = await openRig(t);
  const ahead = { ...account, id: 'acc_ahead', name: 'Other', clockAheadMs: 40 * 24 * 3600 * 1000 };
  await context.store.commit([{ kind: 'insert-account', account: ahead }]);
  const expireAt = context.clock.now() + minute;
  const mine = must(
    await createSetupIntent(context, { account, terms: setupTerms, expireAt, capturedCard: null, remember: null }),
  );
  const theirs = must(
    await createSetupIntent(context, {
      account: ahead,
      terms: setupTerms,
      expireAt,
      capturedCard: null,
      remember: null,
    }),
  );
  await expireDueIntents(context);
  assert.equal((await context.store.setupIntent(mine.setupIntent.id))?.status, 'Created');
  assert.equal((await context.store.setupIntent(theirs.setupIntent.id))?.status, 'Expired');
});

test('the card of an ended intent is forgotten, once, and that of a living one is kept', async (t) => {
  const rig = await openRig(t);
  const [paid, kept] = [await rig.authorized(), await rig.authorized()];
  must(await chargePaymentIntent(rig.context, { account: rig.account, id: await rig.payable(paid), remember: null }));
  await forgetEndedCards(rig.context);
  await forgetEndedCards(rig.context);
  assert.deepEqual(
    rig.cards.asked.filter((line) => line.startsWith('forget')),
    ['forget card_kept'],
  );
  assert.equal((await rig.context.store.setupIntent(paid))?.cardReference, null);
  assert.equal((await rig.context.store.setupIntent(kept))?.cardReference, 'card_kept');
});
