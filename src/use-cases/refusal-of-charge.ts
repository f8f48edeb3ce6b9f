import { type Problem, type ProblemCode, problem } from '../problems/problems.ts';
import type { UseCaseContext } from './context.ts';

/**
 * Words a refusal by the state of an intent. A charge that holds the intent is told apart: one that is under way,
 * and one whose outcome is being settled, which may take as long as the acquirer is silent.
 */
export const refusalOfCharge = async (
  context: UseCaseContext,
  code: ProblemCode,
  liveAttemptId: string | null,
  status: string,
): Promise<Problem> => {
  if (code === 'charge-pending' && liveAttemptId !== null) {
    const attempt = await context.store.chargeAttempt(liveAttemptId);
    return problem(attempt?.state === 'unknown' ? 'charge-unsettled' : 'charge-pending');
  }
  const isOfStatus =
    code === 'setup-intent-not-authorized' || code === 'setup-intent-ended' || code === 'payment-intent-ended';
  return problem(code, isOfStatus ? { intentStatus: status } : {});
};
