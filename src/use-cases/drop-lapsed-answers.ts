import { answerLifetimeMs } from './answer-once.ts';
import type { UseCaseContext } from './context.ts';

const batchSize = 1000;

/** Deletes remembered answers that no repeated request can ask for any more, a bounded number a round. */
export const dropLapsedAnswers = async (context: UseCaseContext): Promise<boolean> => {
  const createdBefore = context.clock.now() - answerLifetimeMs;
  await context.store.commit([{ kind: 'delete-answers-before', createdBefore, limit: batchSize }]);
  return false;
};
