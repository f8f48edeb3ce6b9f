import { StoreUnavailable } from '../../ports/store.ts';
import type { Statement, WriteRefusal } from '../engine.ts';
import type { WriteOutcome } from './run-group.ts';

type Waiting = {
  readonly statements: readonly Statement[];
  readonly resolve: (refusal: WriteRefusal | undefined) => void;
  readonly reject: (error: unknown) => void;
};

export type WriteQueue = {
  write(statements: readonly Statement[]): Promise<WriteRefusal | undefined>;
  /** Takes no more writes; resolves when those that wait have ended. */
  finish(): Promise<void>;
};

/** One flush for that many requests at most. A savepoint each, and PostgreSQL keeps 64 of them at hand. */
const groupMax = 60;
/** Commits writes, in order, telling of each what became of it; throws for those of which it did not tell. */
export type RunGroup = (
  writes: readonly (readonly Statement[])[],
  told: (index: number, outcome: WriteOutcome) => void,
) => Promise<void>;

/**
 * Gathers the writes that come while a group is being committed and makes the next group of them.
 * @param waitingMax writes that wait before others are refused
 */
export const writeQueue = (run: RunGroup, waitingMax: number): WriteQueue => {
  let queue: Waiting[] = [];
  let working: Promise<void> | undefined;
  let finished = false;

  const commitNext = async (): Promise<void> => {
    const group = queue.splice(0, groupMax);
    const untold = new Set(group);
    try {
      await run(
        group.map(({ statements }) => statements),
        (index, outcome) => {
          const waiting = group[index];
          if (waiting === undefined || !untold.delete(waiting)) throw new Error('A write has two outcomes.');
          if ('bug' in outcome) waiting.reject(outcome.bug);
          else waiting.resolve(outcome.refusal);
        },
      );
      for (const { reject } of untold) reject(new Error('A write has no outcome.'));
    } catch (error) {
      // What waits behind may build on it, so it must not become durable either.
      const behind = queue;
      queue = [];
      for (const { reject } of untold) reject(error);
      for (const { reject } of behind)
        reject(new StoreUnavailable('An earlier write failed.', { cause: error, fate: 'not-applied' }));
    }
  };

  const work = async (): Promise<void> => {
    // After the poll phase: every request that arrived in this turn has queued its write by then.
    await new Promise(setImmediate);
    while (queue.length > 0) await commitNext();
    working = undefined;
  };

  return {
    write: (statements) =>
      new Promise((resolve, reject) => {
        if (finished) return reject(new StoreUnavailable('The database is closed.'));
        if (queue.length >= waitingMax)
          return reject(new StoreUnavailable('Too many writes are waiting for the database.'));
        queue.push({ statements, resolve, reject });
        working ??= work();
      }),
    finish: async () => {
      finished = true;
      await working;
    },
  };
};
