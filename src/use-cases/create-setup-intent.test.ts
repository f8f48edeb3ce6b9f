import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type VerifyOutcome, VaultUnreachable } from '../ports/card-processor.ts';
import { StoreUnavailable } from '../ports/store.ts';
import { createSetupIntent } from './create-setup-intent.ts';
import { readSetupIntent } from './read-setup-intent.ts';
import { card, must, openRig, refusalOf, type Rig, setupTerms, transaction } from './rig.fixture.ts';

const inHand = { reference: 'card_held', summary: card, usableUntil: Date.UTC(2030, 0, 1) };
const create = (rig: Rig, capturedCard: typeof inHand | null, expireAt: number | null = null) =>
  createSetupIntent(rig.context, { account: rig.account, terms: setupTerms, expireAt, capturedCard, remember: null });

test('without a card it stays Created and asks nobody', async (t) => {
  const rig = await openRig(t);
  const { setupIntent, events } = must(await create(rig, null));
  assert.equal(setupIntent.status, 'Created');
  assert.deepEqual(
    events.map(({ type }) => type),
    ['Created'],
  );
  assert.deepEqual(rig.cards.asked, []);
  assert.equal(setupIntent.expireAt - setupIntent.createdAt, 30 * 24 * 3600 * 1000);
});

const outcomes: readonly (readonly [VerifyOutcome, string, string])[] = [
  [{ outcome: 'approved', transaction: transaction(), cardReference: 'card_kept' }, 'Authorized', 'Authorized'],
  [{ outcome: 'declined', transaction: transaction('05') }, 'Created', 'Declined'],
  [{ outcome: 'declined', transaction: transaction('54') }, 'CardExpired', 'Declined'],
  [{ outcome: 'challenged', transaction: transaction('1A') }, 'Created', 'AuthChallenged'],
  [{ outcome: 'unknown', reason: 'timeout' }, 'Created', 'Error'],
];
for (const [outcome, status, event] of outcomes) {
  const code = 'transaction' in outcome ? ` (${outcome.transaction.responseCode})` : '';
  test(`a verification that is ${outcome.outcome}${code} gives ${status} with the event ${event}, and it is saved`, async (t) => {
    const rig = await openRig(t);
    rig.cards.verifyWith = async () => outcome;
    const view = must(await create(rig, inHand));
    assert.equal(view.setupIntent.status, status);
    assert.deepEqual(
      view.events.map(({ type }) => type),
      ['Created', event],
    );
    assert.equal(view.setupIntent.cardReference, outcome.outcome === 'approved' ? 'card_kept' : null);
    assert.deepEqual(must(await readSetupIntent(rig.context, { account: rig.account, id: view.setupIntent.id })), view);
  });
}

test('a card whose date has passed is CardExpired without asking its issuer', async (t) => {
  const rig = await openRig(t);
  const view = must(await create(rig, { ...inHand, usableUntil: rig.context.clock.now() }));
  assert.equal(view.setupIntent.status, 'CardExpired');
  assert.deepEqual(rig.cards.asked, []);
});

test('when no acquirer can be reached, nothing is created', async (t) => {
  const rig = await openRig(t);
  rig.cards.verifyWith = async () => ({ outcome: 'not-sent', reason: 'no-acquirer' });
  assert.equal(refusalOf(await create(rig, inHand)), 'acquirer-unavailable');
  assert.match(rig.faults.join(), /^verification att_.{22}: nothing was sent to the acquirer$/);
});

test('a processor that breaks down leaves the intent waiting for a card; one that is away is said to be', async (t) => {
  const rig = await openRig(t);
  rig.cards.verifyWith = () => Promise.reject(new Error('the ledger is full'));
  const view = must(await create(rig, inHand));
  assert.deepEqual(
    [view.setupIntent.status, view.setupIntent.cardReference, view.events.map(({ type }) => type)],
    ['Created', null, ['Created', 'Error']],
  );
  assert.deepEqual(rig.faults, ['verification: the card processor broke down']);
  for (const away of [new VaultUnreachable('away'), new StoreUnavailable('away')]) {
    rig.cards.verifyWith = () => Promise.reject(away);
    await assert.rejects(create(rig, inHand), away);
  }
});

const orderUnderKey = (rig: Rig) => {
  const remember = { key: 'k', fingerprint: 'f', render: () => ({ status: 200, body: '{}' }) };
  return { account: rig.account, terms: setupTerms, expireAt: null, capturedCard: inHand, remember };
};

test('a card kept for an intent that lost its idempotency key to another request is forgotten', async (t) => {
  const rig = await openRig(t);
  must(await createSetupIntent(rig.context, orderUnderKey(rig)));
  assert.equal(refusalOf(await createSetupIntent(rig.context, orderUnderKey(rig))), 'idempotency-key-in-flight');
  assert.deepEqual(rig.cards.asked, ['verify', 'verify', 'forget card_kept']);
});

test('the other request is told of also where that card cannot be forgotten', async (t) => {
  const rig = await openRig(t);
  must(await createSetupIntent(rig.context, orderUnderKey(rig)));
  rig.cards.forget = () => Promise.reject(new VaultUnreachable('away'));
  assert.equal(refusalOf(await createSetupIntent(rig.context, orderUnderKey(rig))), 'idempotency-key-in-flight');
  assert.deepEqual(rig.faults, ['verification: a card that lost its intent is kept']);
});
