import { StoreUnavailable } from '../../ports/store.ts';
import type { Statement, WriteRefusal } from '../engine.ts';

export type WriteOutcome = { readonly refusal: WriteRefusal | undefined } | { readonly bug: unknown };

type Waiting = {
  readonly statements: readonly Statement[];
  readonly resolve: (refusal: WriteRefusal | undefined) => void;
  readonly reject: (error: unknown) => void;
};

export type GroupCommit = {
  write(statements: readonly Statement[]): Promise<WriteRefusal | undefined>;
  /** Lets writes wait, without blocking the thread, while a checkpoint starts the WAL over. */
  hold(): void;
  release(): void;
  /** Commits what waits and refuses whatever comes after. */
  finish(): void;
};

/** One fsync for that many requests at most: more would hold the thread for longer than the fsync takes. */
const groupMax = 128;
/** Far above what a server lets in at once; more than this means that commits have stopped. */
const waitingMax = 20_000;

const settle = (waiting: Waiting, outcome: WriteOutcome): void => {
  if ('bug' in outcome) waiting.reject(outcome.bug);
  else waiting.resolve(outcome.refusal);
};

const unavailable = (message: string, cause?: unknown): StoreUnavailable => new StoreUnavailable(message, { cause });

/**
 * Gathers the writes of one turn of the event loop and gives them to `run` as one durable transaction.
 * @param run commits all of them and says what became of each; throws when nothing of them was committed
 * @param later runs a flush once, after the turn; the simulation decides when
 */
export const groupCommit = (
  run: (writes: readonly (readonly Statement[])[]) => readonly WriteOutcome[],
  later: (flush: () => void) => void = setImmediate,
): GroupCommit => {
  let queue: Waiting[] = [];
  let scheduled = false;
  let held = false;
  let finished = false;

  const flushOne = (): void => {
    const group = queue.splice(0, groupMax);
    let outcomes: readonly WriteOutcome[];
    try {
      outcomes = run(group.map((waiting) => waiting.statements));
    } catch (error) {
      // What waits behind the group may build on it, so it must not become durable either.
      const failed = [...group, ...queue];
      queue = [];
      for (const waiting of failed) waiting.reject(unavailable('The database could not be written.', error));
      return;
    }
    group.forEach((waiting, index) =>
      settle(waiting, outcomes[index] ?? { bug: new Error('A write has no outcome.') }),
    );
  };

  const schedule = (): void => {
    if (scheduled || held || queue.length === 0) return;
    scheduled = true;
    // After the poll phase: every request that arrived in this turn has queued its write by then.
    later(() => {
      scheduled = false;
      if (!held && queue.length > 0) flushOne();
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
    hold: () => {
      held = true;
    },
    release: () => {
      held = false;
      schedule();
    },
    finish: () => {
      finished = true;
      while (queue.length > 0) flushOne();
    },
  };
};
