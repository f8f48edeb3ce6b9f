import { ok, type Result, refuse } from '../domain/result.ts';
import type { Account } from '../domain/account.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { accountNow, type Answer, type UseCaseContext } from './context.ts';

/** How long a key is remembered, in the account's time (a day outlasts any client's retries). */
export const answerLifetimeMs = 24 * 60 * 60 * 1000;

/** The requests under way in this process, by key: a repeated one waits for the first. */
export type InFlightAnswers = Map<
  string,
  { readonly fingerprint: string; readonly given: Promise<Result<GivenAnswer, Problem>> }
>;

/** An answer, and whether it must be remembered as it is: a refusal by the state of the objects. A success saves itself. */
export type AnswerToKeep = Answer & { readonly keep: boolean };

/** What was answered, and whether it was answered before. */
export type GivenAnswer = Answer & { readonly replayed: boolean };

/**
 * Runs a request once per idempotency key (draft-ietf-httpapi-idempotency-key-header): a repeated request gets the first
 * one's status and bytes, also while the first is under way and after a restart. Another request under the same key is refused.
 * Keys belong to one account and one operation.
 */
export const answerOnce = async (
  context: UseCaseContext,
  inFlight: InFlightAnswers,
  input: {
    readonly account: Account;
    readonly operation: string;
    readonly callerKey: string;
    readonly fingerprint: string;
  },
  run: (remember: { readonly key: string; readonly fingerprint: string }) => Promise<AnswerToKeep>,
): Promise<Result<GivenAnswer, Problem>> => {
  const key = `${input.account.id} ${input.operation} ${input.callerKey}`;
  const { fingerprint } = input;

  const other = inFlight.get(key);
  if (other !== undefined) {
    if (other.fingerprint !== fingerprint) return refuse(problem('idempotency-key-reused'));
    const given = await other.given;
    return given.ok ? ok({ ...given.value, replayed: true }) : given;
  }

  // The place is taken before anything is awaited, so that of two requests in one tick the second waits.
  const given = answerFromBooksOrRun(context, input.account, key, fingerprint, run);
  inFlight.set(key, { fingerprint, given });
  try {
    return await given;
  } finally {
    inFlight.delete(key);
  }
};

const answerFromBooksOrRun = async (
  context: UseCaseContext,
  account: Account,
  key: string,
  fingerprint: string,
  run: (remember: { readonly key: string; readonly fingerprint: string }) => Promise<AnswerToKeep>,
): Promise<Result<GivenAnswer, Problem>> => {
  const now = accountNow(context, account);
  const before = await remembered(context, key, fingerprint, now);
  if (before !== undefined) return before;
  const { status, body, keep } = await run({ key, fingerprint });
  if (keep) {
    const answer = { key, fingerprint, status, body, createdAt: now };
    const kept = await context.store.commit([{ kind: 'insert-answer', answer }]);
    if (kept.ok) return ok({ status, body, replayed: false });
  }
  // Another node may have been first with this key: then its answer is the answer.
  if (keep || status === 409) {
    return (await remembered(context, key, fingerprint, now)) ?? ok({ status, body, replayed: false });
  }
  return ok({ status, body, replayed: false });
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
