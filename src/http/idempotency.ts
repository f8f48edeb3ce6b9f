import { hash } from 'node:crypto';
import type { Account } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import type { GivenAnswer, KeyedRequest, Run } from '../use-cases/answer-once.ts';
import type { Answer, Remember } from '../use-cases/context.ts';
import { problemAnswer } from './answer.ts';
import { isObject } from './body.ts';
import { type Call, type CalledRequest, callerOf } from './call.ts';
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
 * @param content the parsed body, checked by the guard; text that parsing dropped (duplicate keys) was not, and must not be hashed
 */
const requestFingerprint = (request: CalledRequest, content: unknown): string =>
  hash('sha256', `${request.method}\n${request.url}\n${request.apiVersion}\n${JSON.stringify(content, canonical)}`);

/**
 * Members in one order, since a client that was started again may write its map in another; null means absent.
 * Of names that differ in case alone the last one counts, so these keep the order in which they came.
 */
const canonical = (_name: string, value: unknown): unknown =>
  isObject(value)
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([, member]) => member !== null)
          .map((member) => [member[0].toLowerCase(), member] as const)
          .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
          .map(([, member]) => member),
      )
    : value;

/** Turns a success into its bytes. */
export type Render<T> = (result: T) => Answer;

/** What is answered once. */
type Once<T> = {
  /** Method and route template: the same key may be used for another operation. */
  readonly operation: string;
  /** What was sent beside the URL. */
  readonly content: unknown;
  readonly render: Render<T>;
};

/** Finds the first answer of a keyed request, or runs it. */
type AnswerKeyed<T> = (keyed: Omit<KeyedRequest<T>, 'account'>) => Promise<Result<GivenAnswer, Problem>>;

const deliver = async <T>(
  request: CalledRequest,
  { operation, content, render }: Once<T>,
  run: Run<T>,
  answerKeyed: AnswerKeyed<T>,
): Promise<Result<GivenAnswer, Problem>> => {
  const callerKey = idempotencyKeyOf(request);
  if (!callerKey.ok) return callerKey;
  if (callerKey.value !== null) {
    const fingerprint = requestFingerprint(request, content);
    return answerKeyed({ operation, callerKey: callerKey.value, fingerprint, render });
  }
  const outcome = await run(null);
  return outcome.ok ? ok(render(outcome.value)) : outcome;
};

/** Runs a use case at most once per idempotency key; see `answerOnce`. */
export const deliverOnce = <T>(
  { useCases }: Pick<Server, 'useCases'>,
  request: CalledRequest,
  once: Once<T>,
  run: Run<T>,
): Promise<Result<GivenAnswer, Problem>> => {
  const account = callerOf(request);
  const renderRefusal = (refusal: Problem): Answer => problemAnswer(refusal, request.id, request.apiVersion);
  return deliver(request, once, run, (keyed) => useCases.answerOnce({ ...keyed, account, renderRefusal }, run));
};

/** A use case that changes one object, and saves the answer with it. */
export type ChangeById<T> = (input: {
  readonly account: Account;
  readonly id: string;
  readonly remember: Remember<T>;
}) => Promise<Result<T, Problem>>;

/** Changes the object of an id at most once per idempotency key. */
export const changeById = <T>(
  { server, request, operation }: Call,
  id: string,
  render: Render<T>,
  change: ChangeById<T>,
): Promise<Result<GivenAnswer, Problem>> => {
  const object = { account: callerOf(request), id };
  const once = { operation, content: request.body, render };
  return deliverOnce(server, request, once, (remember) => change({ ...object, remember }));
};

/**
 * The same for a call of a browser or phone, which carries no secret key; see `answerLatest`.
 * @param object whose it is, and its id
 */
export const changeLatest = <T>(
  { server, request, operation }: Call,
  object: { readonly account: Account; readonly id: string },
  render: Render<T>,
  change: ChangeById<T>,
): Promise<Result<GivenAnswer, Problem>> => {
  const run: Run<T> = (remember) => change({ ...object, remember });
  return deliver(request, { operation, content: request.body, render }, run, (keyed) =>
    server.useCases.answerLatest({ ...keyed, account: object.account, objectId: object.id }, run),
  );
};
