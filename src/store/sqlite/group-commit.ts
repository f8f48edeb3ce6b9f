import { StoreUnavailable } from '../../ports/store.ts';
import type { Statement, WriteRefusal } from '../engine.ts';

export type WriteOutcome = { readonly refusal: WriteRefusal | undefined } | { readonly bug: unknown };

/** Commits all writes as one durable transaction and says what became of each; fails when nothing of them was committed. */
export type CommitGroup = (
  writes: readonly (readonly Statement[])[],
) => readonly WriteOutcome[] | Promise<readonly WriteOutcome[]>;

type Waiting = {
  readonly statements: readonly Statement[];
  readonly resolve: (refusal: WriteRefusal | undefined) => void;
  readonly reject: (error: unknown) => void;
};

export type GroupCommit = {
  write(statements: readonly Statement[]): Promise<WriteRefusal | undefined>;
  /** Lets writes wait while a checkpoint starts the WAL over; resolves when none is under way. */
  hold(): Promise<void>;
  release(): void;
  /** Refuses whatever comes after; resolves when all that waited is committed. */
  finish(): Promise<void>;
};

/** One fsync for that many requests at most, so that the last of a crowd does not wait for all others' rows. */
const groupMax = 128;
/** Far above what a server lets in at once; more than this means that commits have stopped. */
const waitingMax = 20_000;

const settle = (waiting: Waiting, outcome: WriteOutcome): void => {
  if ('bug' in outcome) waiting.reject(outcome.bug);
  else waiting.resolve(outcome.refusal);
};

const unavailable = (message: string, cause?: unknown): StoreUnavailable => new StoreUnavailable(message, { cause });

/**
 * Gathers the writes of one turn of the event loop, and those that come while a group is being committed, and gives them
 * to `commit` as one durable transaction. One group is under way at a time: the order of the writes is the order of the calls.
 * @param later runs a flush once, after the turn; the simulation decides when
 */
export const groupCommit = (commit: CommitGroup, later: (flush: () => void) => void = setImmediate): GroupCommit => {
  let queue: Waiting[] = [];
  let scheduled = false;
  let held = false;
  let finished = false;
  let underWay: Promise<void> | undefined;

  const flushOne = (): void => {
    const group = queue.splice(0, groupMax);
    try {
      const outcomes = commit(group.map((waiting) => waiting.statements));
      if (!(outcomes instanceof Promise)) return settleAll(group, outcomes);
      underWay = outcomes
        .then(
          (settled) => settleAll(group, settled),
          (error: unknown) => fail(group, error),
        )
        .finally(() => {
          underWay = undefined;
          schedule();
        });
    } catch (error) {
      fail(group, error);
    }
  };

  const settleAll = (group: readonly Waiting[], outcomes: readonly WriteOutcome[]): void => {
    for (const [index, waiting] of group.entries()) {
      settle(waiting, outcomes[index] ?? { bug: new Error('A write has no outcome.') });
    }
  };

  /** What waits behind the group may build on it, so it must not become durable either. */
  const fail = (group: readonly Waiting[], error: unknown): void => {
    const failed = [...group, ...queue];
    queue = [];
    for (const waiting of failed) waiting.reject(unavailable('The database could not be written.', error));
  };

  const schedule = (): void => {
    if (scheduled || held || underWay !== undefined || queue.length === 0) return;
    scheduled = true;
    // After the poll phase: every request that arrived in this turn has queued its write by then.
    later(() => {
      scheduled = false;
      if (!held && underWay === undefined && queue.length > 0) flushOne();
      schedule();
    });
  };

  return {
    write: (statements) =>
      new Promise((resolve, reject) => {
        if (finished) return reject(unavailable('The database is closed.'));
        if (queue.length >= waitingMax) return reject(unavailable('Too many writes are waiting for the database.'));
        queue.push({ statements, resolve, reject });
        schedule();
      }),
    hold: async () => {
      held = true;
      await underWay;
    },
    release: () => {
      held = false;
      schedule();
    },
    finish: async () => {
      finished = true;
      held = false;
      while (queue.length > 0 || underWay !== undefined) {
        if (underWay === undefined) flushOne();
        await underWay;
      }
    },
  };
};
