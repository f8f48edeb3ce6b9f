import { hash } from 'node:crypto';
import { ok, type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { answerLifetimeMs, type GivenAnswer, type KeyedRequest, type Run } from './answer-once.ts';
import { accountNow, type UseCaseContext } from './context.ts';

/**
 * Runs the call of a browser or phone once per idempotency key, as `answerOnce` does, but remembers only the last key for each
 * object: whoever calls without a secret key must not be able to fill the books. Under an older key the call is made anew.
 * Refusals are not remembered.
 * @param request.account the owner of the object
 */
export const answerLatest = async <T>(
  context: UseCaseContext,
  request: KeyedRequest<T> & { readonly objectId: string },
  run: Run<T>,
): Promise<Result<GivenAnswer, Problem>> => {
  const { account, operation, objectId, render } = request;
  const key = `${account.id} ${operation} ${objectId}`;
  const ofCaller = `${hash('sha256', request.callerKey)} `;
  const fingerprint = `${ofCaller}${request.fingerprint}`;
  return context.inTurn(`answers: ${key}`, async () => {
    const last = await context.store.rememberedAnswer(key);
    const isLive = last !== undefined && last.createdAt >= accountNow(context, account) - answerLifetimeMs;
    if (isLive && last.fingerprint.startsWith(ofCaller) && last.status !== null && last.body !== null) {
      if (last.fingerprint !== fingerprint) return refuse(problem('idempotency-key-reused'));
      return ok({ status: last.status, body: last.body, replayed: true });
    }
    const outcome = await run({ key, fingerprint, render, replacesLast: true });
    return outcome.ok ? ok(render(outcome.value)) : outcome;
  });
};
