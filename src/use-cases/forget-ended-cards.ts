import { applyToSetupIntent } from '../domain/setup-intent/setup-intent-machine.ts';
import type { UseCaseContext } from './context.ts';
import { saveSetupIntent } from './intent-changes.ts';

const batchSize = 500;

/**
 * Has the vault destroy the cards of setup intents that have ended: nothing will ever charge them again
 * (PCI DSS 3.2.1: keep account data no longer than it is needed). Safe to repeat after a crash in between.
 * @returns whether there may be more
 */
export const forgetEndedCards = async (context: UseCaseContext): Promise<boolean> => {
  const ended = await context.store.endedSetupIntentsWithCard(batchSize);
  if (ended.length === 0) return false;
  await context.cards.forget(ended.flatMap(({ cardReference }) => (cardReference === null ? [] : [cardReference])));
  await Promise.all(
    ended.map((intent) => {
      const moved = applyToSetupIntent(intent, { type: 'forget-card' }, intent.updatedAt);
      if (!moved.ok) throw new Error(`an ended setup intent refused to forget its card: ${moved.error}`);
      return context.store.commit(saveSetupIntent(context, moved.value));
    }),
  );
  return ended.length === batchSize;
};
