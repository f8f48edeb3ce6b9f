import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnswerToKeep, answerLifetimeMs, answerOnce, type InFlightAnswers } from './answer-once.ts';
import { must, openRig, refusalOf, type Rig } from './rig.fixture.ts';

type Run = Parameters<typeof answerOnce>[3];

const ask = (
  rig: Rig,
  inFlight: InFlightAnswers,
  run: Run,
  changed: { callerKey?: string; fingerprint?: string; operation?: string } = {},
) =>
  answerOnce(
    rig.context,
    inFlight,
    { account: rig.account, operation: 'POST /things', callerKey: 'k', fingerprint: 'f', ...changed },
    run,
  );

/** A request that remembers its own success, as use cases do. */
const success =
  (rig: Rig, body: string): Run =>
  async ({ key, fingerprint }): Promise<AnswerToKeep> => {
    const answer = { key, fingerprint, status: 200, body, createdAt: rig.context.clock.now() };
    const saved = await rig.context.store.commit([{ kind: 'insert-answer', answer }]);
    return saved.ok ? { status: 200, body, keep: false } : { status: 409, body: 'lost the race', keep: false };
  };

test('a repeated request gets the first answer, byte for byte, also from another process', async (t) => {
  const rig = await openRig(t);
  must(await ask(rig, new Map(), success(rig, 'first')));
  const again = must(await ask(rig, new Map(), success(rig, 'second')));
  assert.deepEqual(again, { status: 200, body: 'first', replayed: true });
});

test('a repeated request waits for one that is under way and gets its answer', async (t) => {
  const rig = await openRig(t);
  const inFlight: InFlightAnswers = new Map();
  const gate = Promise.withResolvers<void>();
  let runs = 0;
  const slow: Run = async (slot) => {
    runs++;
    await gate.promise;
    return success(rig, 'slow')(slot);
  };
  const all = Promise.all(Array.from({ length: 10 }, () => ask(rig, inFlight, slow)));
  gate.resolve();
  assert.deepEqual(new Set((await all).map((given) => must(given).body)), new Set(['slow']));
  assert.equal(runs, 1);
  assert.equal(inFlight.size, 0);
});

test('another request under the same key is refused, while the first is under way and afterwards', async (t) => {
  const rig = await openRig(t);
  const inFlight: InFlightAnswers = new Map();
  const first = ask(rig, inFlight, success(rig, 'first'));
  assert.equal(
    refusalOf(await ask(rig, inFlight, success(rig, 'x'), { fingerprint: 'other' })),
    'idempotency-key-reused',
  );
  must(await first);
  assert.equal(
    refusalOf(await ask(rig, inFlight, success(rig, 'x'), { fingerprint: 'other' })),
    'idempotency-key-reused',
  );
});

test('keys of other operations and accounts are other keys', async (t) => {
  const rig = await openRig(t);
  must(await ask(rig, new Map(), success(rig, 'one')));
  assert.equal(must(await ask(rig, new Map(), success(rig, 'two'), { operation: 'DELETE /things' })).body, 'two');
  const stranger = { ...rig, account: { ...rig.account, id: 'acc_other' } };
  assert.equal(must(await ask(stranger, new Map(), success(stranger, 'three'))).body, 'three');
});

test('a refusal is repeated only when it is one to keep', async (t) => {
  const rig = await openRig(t);
  const refusing =
    (body: string, keep: boolean): Run =>
    async () => ({ status: 400, body, keep });
  must(await ask(rig, new Map(), refusing('kept', true)));
  assert.equal(must(await ask(rig, new Map(), refusing('new', true))).body, 'kept');
  must(await ask(rig, new Map(), refusing('passing', false), { callerKey: 'other' }));
  assert.equal(must(await ask(rig, new Map(), success(rig, 'works'), { callerKey: 'other' })).body, 'works');
});

test('a key lapses after 24 hours of the account’s time', async (t) => {
  const rig = await openRig(t);
  must(await ask(rig, new Map(), success(rig, 'first')));
  rig.pass(answerLifetimeMs);
  assert.equal(must(await ask(rig, new Map(), success(rig, 'x'))).body, 'first');
  rig.pass(1);
  assert.equal(must(await ask(rig, new Map(), success(rig, 'second'))).body, 'second');
});

test('when another node was first, its answer is given', async (t) => {
  const rig = await openRig(t);
  const raced: Run = async (slot) => {
    await success(rig, 'theirs')(slot);
    return success(rig, 'ours')(slot);
  };
  assert.deepEqual(must(await ask(rig, new Map(), raced)), { status: 200, body: 'theirs', replayed: true });
});

test('when another node was first, its answer is given also in place of a refusal', async (t) => {
  const rig = await openRig(t);
  const raced: Run = async (slot) => {
    await success(rig, 'theirs')(slot);
    return { status: 400, body: 'already paid, by that very request', keep: true };
  };
  assert.deepEqual(must(await ask(rig, new Map(), raced)), { status: 200, body: 'theirs', replayed: true });
});

test('a key whose charge is still being settled says so', async (t) => {
  const rig = await openRig(t);
  const claim: Run = async ({ key, fingerprint }) => {
    const answer = { key, fingerprint, status: null, body: null, createdAt: rig.context.clock.now() };
    await rig.context.store.commit([{ kind: 'insert-answer', answer }]);
    throw new Error('the process dies here');
  };
  await assert.rejects(ask(rig, new Map(), claim));
  assert.equal(refusalOf(await ask(rig, new Map(), success(rig, 'x'))), 'idempotency-key-in-flight');
});

test('a request waits for the answer that another node is working on, and not for ever', async (t) => {
  const rig = await openRig(t);
  const { store, clock } = rig.context;
  for (const key of ['k', 'lost']) {
    const answer = { key: `${rig.account.id} POST /things ${key}`, fingerprint: 'f', status: null, body: null };
    await store.commit([{ kind: 'insert-answer', answer: { ...answer, createdAt: clock.now() } }]);
  }
  let looks = 0;
  const pause = async (ms: number): Promise<void> => {
    rig.pass(ms);
    looks += 1;
    // The other node answers while we wait.
    const key = `${rig.account.id} POST /things k`;
    if (looks === 3) await store.commit([{ kind: 'complete-answer', key, status: 200, body: 'from the other node' }]);
  };
  const waiting = { ...rig, context: { ...rig.context, pause } };
  const given = must(await ask(waiting, new Map(), success(rig, 'x')));
  assert.deepEqual(given, { status: 200, body: 'from the other node', replayed: true });
  assert.equal(looks, 3);
  const lost = await ask(waiting, new Map(), success(rig, 'x'), { callerKey: 'lost' });
  assert.equal(refusalOf(lost), 'idempotency-key-in-flight');
});
