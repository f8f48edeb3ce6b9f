import { type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import type { CommitConflict } from '../ports/store.ts';

/**
 * Each lost race means that somebody else made progress, so a few tries are enough;
 * the bound keeps a caller from waiting without end behind a crowd.
 */
const usualTriesMax = 8;

/**
 * Reads, decides and commits anew while others commit in between.
 * `attempt` returns the conflict of a lost race. An idempotency key that somebody else took first is the caller's to handle.
 */
export const untilUnchanged = async <T>(
  attempt: () => Promise<Result<T, Problem> | CommitConflict>,
  triesMax = usualTriesMax,
): Promise<Result<T, Problem>> => {
  for (let tries = 0; tries < triesMax; tries++) {
    const outcome = await attempt();
    if (typeof outcome === 'object') return outcome;
    if (outcome === 'answer-exists') return refuse(problem('idempotency-key-in-flight'));
  }
  return refuse(problem('edit-conflict'));
};
