import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerLatest } from './answer-latest.ts';
import { answerLifetimeMs } from './answer-once.ts';
import { refreshPaymentIntentSession } from './refresh-payment-intent-session.ts';
import { must, openRig, type Rig } from './rig.fixture.ts';

const refresh = async (rig: Rig, id: string, callerKey: string) => {
  const { context, account } = rig;
  const render = ({ session }: { session: { secret: string } }) => ({ status: 200, body: session.secret });
  const input = { account, operation: 'refresh', objectId: id, callerKey, fingerprint: 'f', render };
  return must(
    await answerLatest(context, input, (remember) => refreshPaymentIntentSession(context, { account, id, remember })),
  );
};

test('of each object one answer is kept, whatever the number of keys, and it lapses after a day', async (t) => {
  const rig = await openRig(t);
  const id = await rig.payable(await rig.authorized());
  for (const key of ['a', 'b', 'c']) await refresh(rig, id, key);
  const last = await refresh(rig, id, 'c');
  assert.ok(last.replayed);
  const kept = await rig.context.store.rememberedAnswer(`${rig.account.id} refresh ${id}`);
  assert.equal(kept?.body, last.body);
  for (const key of ['a', 'b', 'c'])
    assert.equal(await rig.context.store.rememberedAnswer(`${rig.account.id} refresh ${id} ${key}`), undefined);
  rig.pass(answerLifetimeMs + 1);
  const anew = await refresh(rig, id, 'c');
  assert.ok(!anew.replayed);
  assert.notEqual(anew.body, last.body);
});
