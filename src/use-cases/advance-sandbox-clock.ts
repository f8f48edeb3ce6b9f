import type { Account } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { accountNow, type Remember, type UseCaseContext } from './context.ts';
import type { DueWork } from './due-work.ts';
import { rememberAnswer } from './remember-answer.ts';

/** Ten years: beyond every card's date, and short of where calendars and databases have opinions. */
export const sandboxClockAheadMsMax = 3653 * 24 * 60 * 60 * 1000;

/** How much one call may set off: some seconds of work, so that no caller waits without end. */
const movesMax = 10_000;

/** Rounds in which nothing was done, because a worker was first. More means something stays due for ever: stop. */
const idleStepsMax = 10;

/** Receivers of webhooks may be slow; a caller should not wait longer than its own time-outs are likely to be. */
const workMsMax = 60_000;

/**
 * Where the clock shall be: at a moment of the account's time, or so much later than it stands as the call begins. Only the
 * first is as good twice: another process, or a call that broke off, may have moved the clock a part of the way.
 */
export type ClockTarget = { readonly byMs: number } | { readonly at: number };

/**
 * Moves an account's clock on, and answers when all that falls due on the way has happened, each at its own moment.
 * Workers may do some of it first, by the clock as it stands at each step. Refuses to go back, further than the limit,
 * and to do more than `movesMax` at once: then the clock stands where the work stopped.
 * @param dueWorks everything that the clock sets off, in the order in which it happens where two fall on one moment
 * @returns the account's time, milliseconds since 1970
 */
export const advanceSandboxClock = async (
  context: UseCaseContext,
  dueWorks: readonly DueWork[],
  input: { readonly account: Account; readonly target: ClockTarget; readonly remember: Remember<number> },
): Promise<Result<number, Problem>> => {
  const account = await context.store.account(input.account.id);
  if (account === undefined) throw new Error('an account has no row');
  const aheadMs = aheadOf(context, account, input.target);
  if (!aheadMs.ok) return aheadMs;

  const reached = await workThrough(context, dueWorks, account, aheadMs.value);
  if (!reached.ok) return reached;
  const there = { ...account, clockAheadMs: aheadMs.value };
  const now = accountNow(context, there);
  const remembered = rememberAnswer(input.remember, now, now);
  const saved = await context.store.commit([moveClock(there), ...remembered]);
  if (saved.ok) return ok(now);
  // Stale: another process moved the same clock further still, which is no less than was asked for. The answer is kept alone.
  const kept = saved.error === 'stale' ? await context.store.commit(remembered) : saved;
  return kept.ok ? ok(now) : refuse(problem('idempotency-key-in-flight'));
};

const aheadOf = (context: UseCaseContext, account: Account, target: ClockTarget): Result<number, Problem> => {
  const field = 'at' in target ? 'Now' : 'Seconds';
  const aheadMs = 'at' in target ? target.at - context.clock.now() : account.clockAheadMs + target.byMs;
  if (aheadMs < account.clockAheadMs) {
    return refuse(wrongField(field, `The ${field} field must not be in the past: time never goes back.`));
  }
  if (aheadMs > sandboxClockAheadMsMax) {
    return refuse(wrongField(field, `The ${field} field must leave the clock at most ten years ahead of real time.`));
  }
  return ok(aheadMs);
};

const wrongField = (field: string, text: string): Problem =>
  problem('request-invalid', { errors: { [field]: [text] } });

const moveClock = ({ id, clockAheadMs }: Account) =>
  ({ kind: 'advance-account-clock', accountId: id, clockAheadMs }) as const;

/** Steps from due moment to due moment until none is left before the target. */
const workThrough = async (
  context: UseCaseContext,
  dueWorks: readonly DueWork[],
  account: Account,
  targetAheadMs: number,
): Promise<Result<void, Problem>> => {
  let at = account;
  let idle: { readonly moment: number; readonly steps: number } = { moment: Number.NaN, steps: 0 };
  const startedAt = context.clock.now();
  const hasTime = () => context.clock.now() - startedAt < workMsMax;
  for (let moves = 0; moves < movesMax && idle.steps < idleStepsMax && hasTime(); ) {
    const next = await nextDueAt(context, dueWorks, account.id);
    if (next === null || next > context.clock.now() + targetAheadMs) return ok(undefined);
    // Never back, also where a worker has left something overdue.
    const clockAheadMs = Math.max(at.clockAheadMs, Math.min(next - context.clock.now(), targetAheadMs));
    if (clockAheadMs !== at.clockAheadMs) {
      at = { ...at, clockAheadMs };
      await context.store.commit([moveClock(at)]);
    }
    const done = await runDueAt(context, dueWorks, at, next);
    idle = done === 0 && next === idle.moment ? { moment: next, steps: idle.steps + 1 } : { moment: next, steps: 0 };
    moves += Math.max(1, done);
  }
  const [stands, meant] = [at.clockAheadMs, targetAheadMs].map((aheadMs) =>
    new Date(context.clock.now() + aheadMs).toISOString(),
  );
  const why =
    idle.steps < idleStepsMax ? 'after as much as one call does' : 'where something that is due does not get done';
  const detail = `It stands at ${stands}, ${why}. Set it to ${meant} to go on.`;
  return refuse(problem('clock-stopped', { detail }));
};

const nextDueAt = async (
  context: UseCaseContext,
  dueWorks: readonly DueWork[],
  accountId: string,
): Promise<number | null> => {
  const moments = await Promise.all(dueWorks.map((work) => work.nextDueAt(context, accountId)));
  const due = moments.filter((moment) => moment !== null);
  return due.length === 0 ? null : Math.min(...due);
};

/** Does what is due at a moment as if it were that moment, so that what happened says when. */
const runDueAt = async (
  context: UseCaseContext,
  dueWorks: readonly DueWork[],
  account: Account,
  moment: number,
): Promise<number> => {
  const then = { ...context, clock: { now: () => moment - account.clockAheadMs } };
  let moves = 0;
  for (const work of dueWorks) moves += await work.runDue(then, account);
  return moves;
};
