import { hash } from 'node:crypto';
import type { Account } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { answerLifetimeMs, type GivenAnswer } from './answer-once.ts';
import { accountNow, type Answer, type Remember, type UseCaseContext } from './context.ts';

/**
 * Runs the call of a browser or phone once per idempotency key, as `answerOnce` does, but remembers only the last key for each
 * object: whoever calls without a secret key must not be able to fill the books. Under an older key the call is made anew.
 * Refusals are not remembered.
 * @param input.account the owner of the object, by whose time keys lapse
 */
export const answerLatest = async <T>(
  context: UseCaseContext,
  input: {
    readonly account: Account;
    readonly operation: string;
    readonly objectId: string;
    readonly callerKey: string;
    readonly fingerprint: string;
    readonly render: (result: T) => Answer;
  },
  run: (remember: Remember<T>) => Promise<Result<T, Problem>>,
): Promise<Result<GivenAnswer, Problem>> => {
  const { account, operation, objectId, render } = input;
  const key = `${account.id} ${operation} ${objectId}`;
  const ofCaller = `${hash('sha256', input.callerKey)} `;
  const fingerprint = `${ofCaller}${input.fingerprint}`;
  return context.inTurn(`answers: ${key}`, async () => {
    const last = await context.store.rememberedAnswer(key);
    const isLive = last !== undefined && last.createdAt >= accountNow(context, account) - answerLifetimeMs;
    if (isLive && last.fingerprint.startsWith(ofCaller) && last.status !== null && last.body !== null) {
      if (last.fingerprint !== fingerprint) return refuse(problem('idempotency-key-reused'));
      return ok({ status: last.status, body: last.body, replayed: true });
    }
    const outcome = await run({ key, fingerprint, render, replacesLast: true });
    return outcome.ok ? ok({ ...render(outcome.value), replayed: false }) : outcome;
  });
};
