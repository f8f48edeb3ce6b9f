import { hash } from 'node:crypto';
import type { Account } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import type { Answer, Remember } from '../use-cases/context.ts';
import { problemAnswer } from './answer.ts';
import { type CalledRequest, callerOf } from './call.ts';
import type { Server } from './server.ts';

/** 1 to 100 printable ASCII characters (the API's limit; the IETF draft leaves the length open). */
const keyPattern = /^[\x21-\x7e](?:[\x20-\x7e]{0,98}[\x21-\x7e])?$/;

/**
 * The caller's idempotency key: header `idempotencyKey`, or `Idempotency-Key` as the IETF draft names it.
 * Both are taken when they agree. `null` when there is none.
 */
export const idempotencyKeyOf = ({ headers }: Pick<CalledRequest, 'headers'>): Result<string | null, Problem> => {
  const ours = headers['idempotencykey'];
  const draft = headers['idempotency-key'];
  if (ours === undefined && draft === undefined) return ok(null);
  const key = ours ?? draft;
  if (ours !== undefined && draft !== undefined && ours !== draft) {
    return refuse(
      problem('idempotency-key-invalid', {
        detail: 'The headers idempotencyKey and Idempotency-Key differ. Send one of them.',
      }),
    );
  }
  return typeof key === 'string' && keyPattern.test(key) ? ok(key) : refuse(problem('idempotency-key-invalid'));
};

/**
 * What makes two requests the same: everything that the caller sent and that can change the answer.
 * @param content the body as it was parsed, which has passed the guard: what parsing lost nobody has looked at
 */
const requestFingerprint = (request: CalledRequest, content: unknown): string =>
  hash('sha256', `${request.method}\n${request.url}\n${request.apiVersion}\n${JSON.stringify(content)}`);

/** An answer, and whether it was given before. */
export type Delivered = { readonly answer: Answer; readonly replayed: boolean };

/** Turns a success into its bytes. */
export type Render<T> = (result: T) => Answer;

/**
 * Runs a use case at most once per idempotency key. A success is remembered by the use case in its own commit;
 * a refusal that came from the state of the objects is remembered here, since a repeat must not get another answer
 * because the state moved on. Nothing is remembered of a field that is wrong: the caller corrects it and sends it again.
 * @param operation method and route template: the same key may be used for another operation
 */
export const deliverOnce = async <T>(
  server: Server,
  request: CalledRequest,
  once: { readonly operation: string; readonly content: unknown; readonly render: Render<T> },
  run: (remember: Remember<T>) => Promise<Result<T, Problem>>,
): Promise<Result<Delivered, Problem>> => {
  const callerKey = idempotencyKeyOf(request);
  if (!callerKey.ok) return callerKey;
  if (callerKey.value === null) {
    const outcome = await run(null);
    return outcome.ok ? ok({ answer: once.render(outcome.value), replayed: false }) : outcome;
  }
  let refusal: Problem | undefined;
  const fingerprint = requestFingerprint(request, once.content);
  const input = { account: callerOf(request), operation: once.operation, callerKey: callerKey.value, fingerprint };
  const given = await server.useCases.answerOnce(input, async (slot) => {
    const outcome = await run({ ...slot, render: once.render });
    if (outcome.ok) return { ...once.render(outcome.value), keep: false };
    refusal = outcome.error;
    const answer = problemAnswer(outcome.error, request.id);
    return { ...answer, keep: answer.status === 400 && outcome.error.errors === undefined };
  });
  if (!given.ok) return given;
  // A fresh refusal goes to the sender as itself, for the headers that belong to it; its bytes are the same.
  if (!given.value.replayed && refusal !== undefined) return refuse(refusal);
  return ok({ answer: given.value, replayed: given.value.replayed });
};

/**
 * The same for a call of a browser or phone, which carries no secret key: of each object, the last idempotency key is remembered.
 * @param object whose it is, and its id
 */
export const deliverLatest = async <T>(
  server: Server,
  request: CalledRequest,
  once: { readonly operation: string; readonly content: unknown; readonly render: Render<T> },
  object: { readonly owner: Account; readonly id: string },
  run: (remember: Remember<T>) => Promise<Result<T, Problem>>,
): Promise<Result<Delivered, Problem>> => {
  const callerKey = idempotencyKeyOf(request);
  if (!callerKey.ok) return callerKey;
  if (callerKey.value === null) {
    const outcome = await run(null);
    return outcome.ok ? ok({ answer: once.render(outcome.value), replayed: false }) : outcome;
  }
  const fingerprint = requestFingerprint(request, once.content);
  const { operation, render } = once;
  const input = {
    account: object.owner,
    objectId: object.id,
    operation,
    callerKey: callerKey.value,
    fingerprint,
    render,
  };
  const given = await server.useCases.answerLatest(input, run);
  return given.ok ? ok({ answer: given.value, replayed: given.value.replayed }) : given;
};
