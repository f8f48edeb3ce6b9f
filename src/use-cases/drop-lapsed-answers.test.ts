import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropLapsedAnswers } from './drop-lapsed-answers.ts';
import { openRig } from './rig.fixture.ts';

test('deletes what lapsed round by round until nothing is left, and then asks without writing', async (t) => {
  const rig = await openRig(t);
  const { store } = rig.context;
  const createdAt = rig.context.clock.now();
  const answers = Array.from({ length: 1_200 }, (_, n) => ({
    kind: 'insert-answer' as const,
    answer: {
      key: `acc_1 create key-${n}`,
      fingerprint: 'f',
      status: n === 0 ? null : 200,
      body: n === 0 ? null : '{}',
      createdAt,
    },
  }));
  assert.ok((await store.commit(answers)).ok);
  let commits = 0;
  const counting: typeof store = {
    ...store,
    commit: (changes) => {
      commits += 1;
      return store.commit(changes);
    },
  };
  const context = { ...rig.context, store: counting };
  assert.equal(await dropLapsedAnswers(context), false);
  rig.pass(25 * 3_600_000);
  let rounds = 0;
  while (await dropLapsedAnswers(context)) rounds += 1;
  assert.deepEqual([rounds, commits], [3, 3]);
  assert.equal(await store.rememberedAnswer('acc_1 create key-1'), undefined);
  assert.equal((await store.rememberedAnswer('acc_1 create key-0'))?.status, null, 'its charge is still under way');
});
