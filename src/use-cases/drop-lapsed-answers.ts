import { answerLifetimeMs } from './answer-once.ts';
import type { UseCaseContext } from './context.ts';

/** Some milliseconds of the database's time, in which requests wait. Ten rounds a second keep pace with any server that was seen. */
const batchSize = 500;

/** Deletes remembered answers that no repeated request can ask for any more, a bounded number a round. */
export const dropLapsedAnswers = async ({
  store,
  clock,
}: Pick<UseCaseContext, 'store' | 'clock'>): Promise<boolean> => {
  const createdBefore = clock.now() - answerLifetimeMs;
  if (!(await store.hasAnswersBefore(createdBefore))) return false;
  await store.commit([{ kind: 'delete-answers-before', createdBefore, limit: batchSize }]);
  return true;
};
