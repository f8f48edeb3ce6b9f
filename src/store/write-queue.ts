import { StoreUnavailable } from '../ports/store.ts';
import type { Statement, WriteRefusal } from './engine.ts';

export type WriteOutcome = { readonly refusal: WriteRefusal | undefined } | { readonly bug: unknown };

/** Makes writes durable in their order and tells of each what became of it; throws for those of which it did not tell. */
export type RunGroup = (
  writes: readonly (readonly Statement[])[],
  told: (index: number, outcome: WriteOutcome) => void,
) => Promise<void>;

export type WriteQueueOptions = {
  /** One flush to disk for that many writes at most, so that the last of a crowd does not wait for all others' rows. */
  readonly groupMax: number;
  /** Writes that wait before others are refused. */
  readonly waitingMax: number;
  /** Runs a flush once, after the turn of the event loop; the simulation decides when. */
  readonly later?: (flush: () => void) => void;
};

export type WriteQueue = {
  write(statements: readonly Statement[]): Promise<WriteRefusal | undefined>;
  /** Lets writes wait, as for a checkpoint that starts the WAL over; resolves when none is under way. */
  hold(): Promise<void>;
  release(): void;
  /** Refuses whatever comes after; resolves when all that waited has ended. */
  finish(): Promise<void>;
};

type Waiting = {
  readonly statements: readonly Statement[];
  readonly resolve: (refusal: WriteRefusal | undefined) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Gathers the writes of one turn of the event loop, and those that come while a group is under way, and runs them as one
 * group. There is one at a time: the order of the writes is the order of the calls.
 */
export const writeQueue = (
  run: RunGroup,
  { groupMax, waitingMax, later = setImmediate }: WriteQueueOptions,
): WriteQueue => {
  let queue: Waiting[] = [];
  let isScheduled = false;
  let isHeld = false;
  let isFinished = false;
  let underWay: Promise<void> | undefined;

  const runNext = async (): Promise<void> => {
    const group = queue.splice(0, groupMax);
    const untold: (Waiting | undefined)[] = [...group];
    const tell = (index: number, outcome: WriteOutcome): void => {
      const waiting = untold[index];
      if (waiting === undefined) throw new Error('A write has two outcomes.');
      untold[index] = undefined;
      if ('bug' in outcome) waiting.reject(outcome.bug);
      else waiting.resolve(outcome.refusal);
    };
    try {
      await run(
        group.map(({ statements }) => statements),
        tell,
      );
      for (const waiting of untold) waiting?.reject(new Error('A write has no outcome.'));
    } catch (cause) {
      // What waits behind the group may build on it, so it must not become durable either.
      const failed = [...untold, ...queue];
      queue = [];
      for (const waiting of failed)
        waiting?.reject(new StoreUnavailable('The database could not be written.', { cause }));
    }
  };

  const flush = (): void => {
    isScheduled = false;
    if (isHeld || underWay !== undefined || queue.length === 0) return;
    underWay = runNext().finally(() => {
      underWay = undefined;
      schedule();
    });
  };

  const schedule = (): void => {
    if (isScheduled || isHeld || underWay !== undefined || queue.length === 0) return;
    isScheduled = true;
    // After the poll phase: every request that arrived in this turn has queued its write by then.
    later(flush);
  };

  return {
    write: (statements) =>
      new Promise((resolve, reject) => {
        if (isFinished) return reject(new StoreUnavailable('The database is closed.'));
        if (queue.length >= waitingMax)
          return reject(new StoreUnavailable('Too many writes are waiting for the database.'));
        queue.push({ statements, resolve, reject });
        schedule();
      }),
    hold: async () => {
      isHeld = !isFinished;
      await underWay;
    },
    release: () => {
      isHeld = false;
      schedule();
    },
    finish: async () => {
      isFinished = true;
      isHeld = false;
      while (queue.length > 0 || underWay !== undefined) {
        flush();
        await underWay;
      }
    },
  };
};
