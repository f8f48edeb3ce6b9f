import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuse, ok } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { answerLifetimeMs, answerOnce, type InFlightAnswers, type Run as RunOf } from './answer-once.ts';
import { claimAnswer, rememberAnswer } from './remember-answer.ts';
import { must, openRig, refusalOf, type Rig } from './rig.fixture.ts';

type Run = RunOf<string>;

const ask = (
  rig: Rig,
  inFlight: InFlightAnswers,
  run: Run,
  changed: { callerKey?: string; fingerprint?: string; operation?: string } = {},
) =>
  answerOnce(
    rig.context,
    inFlight,
    {
      account: rig.account,
      operation: 'POST /things',
      callerKey: 'k',
      fingerprint: 'f',
      render,
      renderRefusal,
      ...changed,
    },
    run,
  );
const render = (body: string) => ({ status: 200, body });
const renderRefusal = ({ code, detail }: Problem) => ({ status: 400, body: detail ?? code });

/** A request that remembers its own success, as use cases do. */
const success =
  (rig: Rig, body: string): Run =>
  async (remember) => {
    const saved = await rig.context.store.commit(rememberAnswer(remember, body, rig.context.clock.now()));
    return saved.ok ? ok(body) : refuse(problem('idempotency-key-in-flight'));
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

test('a refusal by the state is repeated, another one is not', async (t) => {
  const rig = await openRig(t);
  const refusing =
    (refusal: Problem): Run =>
    async () =>
      refuse(refusal);
  must(await ask(rig, new Map(), refusing(problem('payment-intent-ended', { detail: 'kept' }))));
  const again = await ask(rig, new Map(), refusing(problem('payment-intent-ended', { detail: 'new' })));
  assert.deepEqual(must(again), { status: 400, body: 'kept', replayed: true });
  for (const passing of [problem('request-invalid', { errors: { A: ['wrong'] } }), problem('acquirer-unavailable')]) {
    const key = { callerKey: passing.code };
    assert.equal(refusalOf(await ask(rig, new Map(), refusing(passing), key)), passing.code);
    assert.equal(must(await ask(rig, new Map(), success(rig, 'works'), key)).body, 'works');
  }
});

test('whoever waits for one that is refused is refused by the same problem, or gets the refusal that is kept', async (t) => {
  const rig = await openRig(t);
  for (const refusal of [problem('acquirer-unavailable'), problem('payment-intent-ended')]) {
    const inFlight: InFlightAnswers = new Map();
    const gate = Promise.withResolvers<void>();
    const slow: Run = async () => {
      await gate.promise;
      return refuse(refusal);
    };
    const both = Promise.all([ask(rig, inFlight, slow), ask(rig, inFlight, slow)]);
    gate.resolve();
    const [first, second] = await both;
    if (refusal.code === 'acquirer-unavailable') {
      assert.deepEqual([first, second], [refuse(refusal), refuse(refusal)]);
    } else assert.deepEqual(must(second), { ...must(first), replayed: true });
  }
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
    return refuse(problem('payment-intent-already-paid'));
  };
  assert.deepEqual(must(await ask(rig, new Map(), raced)), { status: 200, body: 'theirs', replayed: true });
});

test('a key whose charge is still being settled says so', async (t) => {
  const rig = await openRig(t);
  const claim: Run = async (remember) => {
    await rig.context.store.commit(claimAnswer(remember, rig.context.clock.now()));
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
