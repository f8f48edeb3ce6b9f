import { ok, type Result, refuse } from '../domain/result.ts';
import type { Account } from '../domain/account.ts';
import { type Problem, problem, problemStatus } from '../problems/problems.ts';
import { accountNow, type Answer, type Remember, type UseCaseContext } from './context.ts';

/** How long a key is remembered, in the account's time (a day outlasts any client's retries). */
export const answerLifetimeMs = 24 * 60 * 60 * 1000;

/** The requests under way in this process, by key: a repeated one waits for the first. */
export type InFlightAnswers = Map<
  string,
  { readonly fingerprint: string; readonly given: Promise<Result<GivenAnswer, Problem>> }
>;

/** An answer, and whether it was given before. */
export type GivenAnswer = Answer & { readonly replayed?: boolean };

/** A request under an idempotency key. */
export type KeyedRequest<T> = {
  /** Whose key it is, and by whose time it lapses. */
  readonly account: Account;
  readonly operation: string;
  readonly callerKey: string;
  /** The same for the same request. */
  readonly fingerprint: string;
  readonly render: (result: T) => Answer;
};

/** What a request does. A success saves its answer with its own changes. */
export type Run<T> = (remember: Remember<T>) => Promise<Result<T, Problem>>;

/**
 * Runs a request once per idempotency key (draft-ietf-httpapi-idempotency-key-header): a repeated request gets the first
 * one's status and bytes, also while the first is under way and after a restart. Another request under the same key is refused.
 * Keys belong to one account and one operation.
 * A refusal by the state of the objects (400 without fields) is kept here, since a repeat must not get another answer because
 * the state moved on. Any other refusal is kept for nobody: whoever waits is refused by the same problem, and may try again.
 */
export const answerOnce = async <T>(
  context: UseCaseContext,
  inFlight: InFlightAnswers,
  request: KeyedRequest<T> & { readonly renderRefusal: (refusal: Problem) => Answer },
  run: Run<T>,
): Promise<Result<GivenAnswer, Problem>> => {
  const key = `${request.account.id} ${request.operation} ${request.callerKey}`;
  const { fingerprint } = request;

  const other = inFlight.get(key);
  if (other !== undefined) {
    if (other.fingerprint !== fingerprint) return refuse(problem('idempotency-key-reused'));
    const given = await other.given;
    return given.ok ? ok({ ...given.value, replayed: true }) : given;
  }

  // The place is taken before anything is awaited, so that of two requests in one tick the second waits.
  const given = answerFromBooksOrRun(context, request, key, run);
  inFlight.set(key, { fingerprint, given });
  try {
    return await given;
  } finally {
    inFlight.delete(key);
  }
};

const answerFromBooksOrRun = async <T>(
  context: UseCaseContext,
  { account, fingerprint, render, renderRefusal }: Parameters<typeof answerOnce<T>>[2],
  key: string,
  run: Run<T>,
): Promise<Result<GivenAnswer, Problem>> => {
  const now = accountNow(context, account);
  const before = await remembered(context, key, fingerprint, now);
  if (before !== undefined) return before;
  const outcome = await run({ key, fingerprint, render });
  if (outcome.ok) return ok(render(outcome.value));
  const { code, errors } = outcome.error;
  const isOfState = problemStatus(code) === 400 && errors === undefined;
  if (isOfState) {
    const { status, body } = renderRefusal(outcome.error);
    const answer = { key, fingerprint, status, body, createdAt: now };
    const kept = await context.store.commit([{ kind: 'insert-answer', answer }]);
    if (kept.ok) return ok({ status, body, replayed: false });
  }
  // Another node may have been first with this key: then its answer is the answer.
  if (isOfState || problemStatus(code) === 409) return (await remembered(context, key, fingerprint, now)) ?? outcome;
  return outcome;
};

/** How often a request looks whether another node has answered: seldom enough for a crowd of them, often enough for a person. */
const lookMs = 50;
/** Beyond the acquirer's time-out: the other node records the outcome, or a worker settles what a dead one left. */
const patienceMs = 2_000;

/** The remembered answer; while another node is still working on it, waits as for one of this process. */
const remembered = async (
  context: UseCaseContext,
  key: string,
  fingerprint: string,
  now: number,
): Promise<Result<GivenAnswer, Problem> | undefined> => {
  const until = context.clock.now() + context.acquirerTimeoutMs + patienceMs;
  for (;;) {
    const found = await lookUp(context, key, fingerprint, now);
    const isUnderWay = found !== undefined && !found.ok && found.error.code === 'idempotency-key-in-flight';
    if (!isUnderWay || context.pause === undefined || context.clock.now() > until) return found;
    await context.pause(lookMs);
  }
};

const lookUp = async (
  context: UseCaseContext,
  key: string,
  fingerprint: string,
  now: number,
): Promise<Result<GivenAnswer, Problem> | undefined> => {
  const answer = await context.store.rememberedAnswer(key);
  if (answer === undefined) return undefined;
  const lapsedBefore = now - answerLifetimeMs;
  if (answer.createdAt < lapsedBefore) {
    await context.store.commit([{ kind: 'delete-answer', key, createdBefore: lapsedBefore }]);
    return undefined;
  }
  if (answer.fingerprint !== fingerprint) return refuse(problem('idempotency-key-reused'));
  if (answer.status === null || answer.body === null) return refuse(problem('idempotency-key-in-flight'));
  return ok({ status: answer.status, body: answer.body, replayed: true });
};
