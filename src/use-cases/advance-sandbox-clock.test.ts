import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Result } from '../domain/result.ts';
import type { Problem } from '../problems/problems.ts';
import { advanceSandboxClock, sandboxClockAheadMsMax } from './advance-sandbox-clock.ts';
import { answerLifetimeMs } from './answer-once.ts';
import { createPaymentIntent } from './create-payment-intent.ts';
import { createSetupIntent } from './create-setup-intent.ts';
import type { DueWork } from './due-work.ts';
import { expireDueIntents, expiryOfIntents } from './expire-due-intents.ts';
import { must, openRig, paymentTerms, refusalOf, type Rig, setupTerms } from './rig.fixture.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

const advance = (rig: Rig, byMs: number) =>
  advanceSandboxClock(rig.context, [expiryOfIntents], { account: rig.account, target: { byMs }, remember: null });
const fieldsOf = (result: Result<unknown, Problem>): string[] =>
  result.ok ? [] : Object.keys(result.error.errors ?? {});

const setupIntentUntil = async ({ context, account }: Rig, expireAt: number): Promise<string> => {
  const input = { account, terms: setupTerms, expireAt, capturedCard: null, remember: null };
  return must(await createSetupIntent(context, input)).setupIntent.id;
};
const paymentIntentUntil = async ({ context, account }: Rig, expireAt: number): Promise<string> => {
  const input = { account, terms: paymentTerms, expireAt, setupIntentId: null, remember: null };
  return must(await createPaymentIntent(context, input)).id;
};

test('everything due on the way has happened when it answers, each at its own moment and in order', async (t) => {
  const rig = await openRig(t);
  const start = rig.context.clock.now();
  const third = await setupIntentUntil(rig, start + 3 * day);
  const first = await setupIntentUntil(rig, start + day);
  const second = await paymentIntentUntil(rig, start + 2 * day);
  const later = await setupIntentUntil(rig, start + 5 * day);
  assert.equal(must(await advance(rig, 4 * day)), start + 4 * day);
  const ends = await Promise.all(
    [first, second, third].map(async (id) => (await rig.context.store.intentEvents(id)).at(-1)),
  );
  assert.deepEqual(
    ends.map((event) => event?.at),
    [start + day, start + 2 * day, start + 3 * day],
  );
  assert.deepEqual(
    ends.map((event) => event?.status),
    ['Expired', 'Canceled', 'Expired'],
  );
  assert.equal((await rig.context.store.setupIntent(later))?.status, 'Created');
});

test('a card on file goes out of date on the way, and the vault has forgotten it', async (t) => {
  const rig = await openRig(t);
  const id = await rig.authorized();
  must(await advance(rig, 5 * 365 * day));
  const last = (await rig.context.store.intentEvents(id)).at(-1);
  assert.deepEqual([last?.status, last?.at], ['CardExpired', Date.UTC(2030, 0, 1, 12)]);
  assert.equal(rig.cards.asked.at(-1), 'forget card_kept');
});

test('the clock of one account moves no other', async (t) => {
  const rig = await openRig(t);
  const { context } = rig;
  const other = { ...rig.account, id: 'acc_other', name: 'Other' };
  await context.store.commit([{ kind: 'insert-account', account: other }]);
  const theirs = await setupIntentUntil({ ...rig, account: other }, context.clock.now() + minute);
  must(await advance(rig, day));
  assert.equal((await context.store.setupIntent(theirs))?.status, 'Created');
  assert.equal((await context.store.account(other.id))?.clockAheadMs, 0);
});

test('advances add up, and workers and readers live by the new time at once', async (t) => {
  const rig = await openRig(t);
  must(await advance(rig, day));
  must(await advance(rig, day));
  assert.equal((await rig.context.store.account(rig.account.id))?.clockAheadMs, 2 * day);
  const late = await setupIntentUntil(rig, rig.context.clock.now() + day);
  await expireDueIntents(rig.context);
  assert.equal((await rig.context.store.setupIntent(late))?.status, 'Expired');
});

test('time never goes back, and never runs more than ten years ahead', async (t) => {
  const rig = await openRig(t);
  const to = (at: number) =>
    advanceSandboxClock(rig.context, [expiryOfIntents], { account: rig.account, target: { at }, remember: null });
  const now = rig.context.clock.now();
  assert.equal(must(await to(now + day)), now + day);
  assert.deepEqual(fieldsOf(await to(now + day - 1)), ['Now']);
  assert.deepEqual(fieldsOf(await advance(rig, sandboxClockAheadMsMax)), ['Seconds']);
  assert.equal(must(await to(now + sandboxClockAheadMsMax)), now + sandboxClockAheadMsMax);
});

test('the end of an intent that a worker reached first is left as it is', async (t) => {
  const rig = await openRig(t);
  const id = await setupIntentUntil(rig, rig.context.clock.now() + minute);
  const { store } = rig.context;
  let raced = false;
  const racing = {
    ...store,
    dueIntentIdsOf: async (...parameters: Parameters<typeof store.dueIntentIdsOf>) => {
      const ids = await store.dueIntentIdsOf(...parameters);
      if (!raced) await expireDueIntents(rig.context);
      raced = true;
      return ids;
    },
  };
  must(await advance({ ...rig, context: { ...rig.context, store: racing } }, day));
  assert.ok(raced);
  assert.equal((await store.intentEvents(id)).length, 2);
});

for (const [what, done] of [
  ['does not end', 1],
  ['does not get done', 0],
] as const) {
  test(`stops with a refusal that says where it stands, and where it was going, when work ${what}`, async (t) => {
    const rig = await openRig(t);
    const start = rig.context.clock.now();
    let runs = 0;
    const stuck = { nextDueAt: async () => start + minute, runDue: async () => (runs++, done) };
    const input = { account: rig.account, target: { byMs: day }, remember: null };
    const refused = await advanceSandboxClock(rig.context, [stuck], input);
    assert.equal(refusalOf(refused), 'clock-stopped');
    const detail = (!refused.ok && refused.error.detail) || '';
    assert.match(detail, /stands at 2026-01-01T00:01:00\.000Z.* Set it to 2026-01-02T00:00:00\.000Z/);
    assert.ok(done === 0 ? runs < 20 : runs === 10_000, String(runs));
    assert.equal((await rig.context.store.account(rig.account.id))?.clockAheadMs, minute);
  });
}

test('a remembered advance is saved with the time that it reached', async (t) => {
  const rig = await openRig(t);
  const remember = { key: 'k', fingerprint: 'f', render: (now: number) => ({ status: 200, body: String(now) }) };
  const input = { account: rig.account, target: { byMs: day }, remember };
  const now = must(await advanceSandboxClock(rig.context, [expiryOfIntents], input));
  assert.equal((await rig.context.store.rememberedAnswer('k'))?.body, String(now));
  assert.ok(answerLifetimeMs <= day);
});

test('an advance that another process overtakes is remembered under its key all the same', async (t) => {
  const { context, account } = await openRig(t);
  const overtaking: DueWork = {
    nextDueAt: async () => {
      await context.store.commit([{ kind: 'advance-account-clock', accountId: account.id, clockAheadMs: 10 * day }]);
      return null;
    },
    runDue: () => Promise.resolve(0),
  };
  const render = (now: number) => ({ status: 200, body: String(now) });
  const input = { account, target: { byMs: day }, remember: { key: 'k', fingerprint: 'f', render } };
  const now = must(await advanceSandboxClock(context, [overtaking], input));
  assert.equal(now, context.clock.now() + day);
  assert.equal((await context.store.rememberedAnswer('k'))?.body, String(now));
});
