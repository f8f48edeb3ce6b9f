import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CardProcessor, KeptCard } from '../ports/card-processor.ts';
import { forgetOrphanCards } from './forget-orphan-cards.ts';
import { openRig, type Rig } from './rig.fixture.ts';

const nobodys = 'si_sandbox_0000000000000000000000';

/** A vault that keeps these cards, and a round over it. */
const openSweep = async (t: TestContext, cardsFor: (rig: Rig, held: string) => readonly KeptCard[]) => {
  const rig = await openRig(t);
  const kept = cardsFor(rig, await rig.authorized());
  const asked: Parameters<CardProcessor['keptCards']>[0][] = [];
  rig.cards.keptCards = (page) => {
    asked.push(page);
    return Promise.resolve(kept.filter(({ reference }) => reference > page.after).slice(0, page.limit));
  };
  const warned: unknown[] = [];
  const round = forgetOrphanCards({ warn: (fields) => void warned.push(fields) });
  const forgotten = () => rig.cards.asked.filter((line) => line.startsWith('forget'));
  return { rig, round: () => round(rig.context), asked, forgotten, warned };
};

test('a kept card whose setup intent was never saved, or holds another card, is forgotten a day later; one that is held stays', async (t) => {
  const { rig, round, asked, forgotten, warned } = await openSweep(t, ({ account: { id: accountId } }, held) => [
    { reference: 'card_held_by_nobody', accountId, setupIntentId: nobodys },
    { reference: 'card_kept', accountId, setupIntentId: held },
    { reference: 'card_of_another_try', accountId, setupIntentId: held },
  ]);
  await round();
  assert.deepEqual(forgotten(), ['forget card_held_by_nobody,card_of_another_try']);
  assert.deepEqual(asked, [{ after: '', keptBefore: rig.context.clock.now() - 86_400_000, limit: 500 }]);
  assert.deepEqual(warned, [{ accountId: rig.account.id, cards: 2 }]);
});

test('a database that lacks the account of a kept card is not the vault’s: nothing is forgotten, however often it is tried', async (t) => {
  const { round, forgotten, warned } = await openSweep(t, ({ account }) => [
    { reference: 'card_held_by_nobody', accountId: account.id, setupIntentId: nobodys },
    { reference: 'card_of_elsewhere', accountId: 'acc_elsewhere', setupIntentId: nobodys },
  ]);
  for (let rounds = 0; rounds < 2; rounds++)
    await assert.rejects(
      round(),
      /acc_elsewhere, an account that this database does not have.*STRONGROOM_DATABASE_URL/,
    );
  assert.deepEqual([forgotten(), warned], [[], []]);
});

test('every card gets its turn: a full page is followed by the next, the last one by the first', async (t) => {
  const { round, asked } = await openSweep(t, ({ account: { id: accountId } }, setupIntentId) =>
    Array.from({ length: 700 }, (_, index) => {
      return { reference: `card_${String(index).padStart(4, '0')}`, accountId, setupIntentId };
    }),
  );
  for (let rounds = 0; rounds < 3; rounds++) await round();
  assert.deepEqual(
    asked.map((page) => page.after),
    ['', 'card_0499', ''],
  );
});
