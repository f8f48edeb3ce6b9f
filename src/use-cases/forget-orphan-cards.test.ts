import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orphanCardSweep } from './forget-orphan-cards.ts';
import { openRig } from './rig.fixture.ts';

test('a kept card whose setup intent was never saved, or holds another card, is forgotten; one that is held stays', async (t) => {
  const rig = await openRig(t);
  const held = await rig.authorized();
  const asked: unknown[] = [];
  const kept = [
    { reference: 'card_held_by_nobody', setupIntentId: 'si_sandbox_0000000000000000000000' },
    { reference: 'card_kept', setupIntentId: held },
    { reference: 'card_of_another_try', setupIntentId: held },
  ];
  rig.cards.keptCards = (page) => {
    asked.push(page);
    return Promise.resolve(kept);
  };
  const before = rig.cards.asked.length;
  await orphanCardSweep()(rig.context);
  assert.deepEqual(rig.cards.asked.slice(before), ['forget card_held_by_nobody,card_of_another_try']);
  assert.deepEqual(asked, [{ after: '', keptBefore: rig.context.clock.now() - 600_000, limit: 500 }]);
});

test('every card gets its turn: a full page is followed by the next, the last one by the first', async (t) => {
  const rig = await openRig(t);
  const held = await rig.authorized();
  const cards = Array.from({ length: 700 }, (_, index) => `card_${String(index).padStart(4, '0')}`);
  const asked: string[] = [];
  rig.cards.keptCards = ({ after, limit }) => {
    asked.push(after);
    const page = cards.filter((reference) => reference > after).slice(0, limit);
    return Promise.resolve(page.map((reference) => ({ reference, setupIntentId: held })));
  };
  const round = orphanCardSweep();
  for (let rounds = 0; rounds < 3; rounds++) await round(rig.context);
  assert.deepEqual(asked, ['', 'card_0499', '']);
});
