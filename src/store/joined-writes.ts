import type { MessagePort } from 'node:worker_threads';
import { StoreUnavailable } from '../ports/store.ts';
import type { Engine, Statement, WriteRefusal } from './engine.ts';

type Order = { readonly number: number; readonly statements: readonly Statement[] };

/** An error's class does not travel between threads; what callers look at does. */
type Outcome =
  | { readonly refusal: WriteRefusal | undefined }
  | { readonly unavailable: string; readonly cause: unknown }
  | { readonly bug: unknown };

type Report = Outcome & { readonly number: number };

const outcomeOf = (writing: Promise<WriteRefusal | undefined>): Promise<Outcome> =>
  writing.then(
    (refusal): Outcome => ({ refusal }),
    (error: unknown): Outcome =>
      error instanceof StoreUnavailable ? { unavailable: error.message, cause: error.cause } : { bug: error },
  );

/** Lets the writes of another thread join the groups of this engine: one thread writes to a file, whoever asks. */
export const serveWrites = ({ write }: Pick<Engine, 'write'>, port: MessagePort): void => {
  port.on('message', ({ number, statements }: Order) => {
    const report = (outcome: Outcome): void => port.postMessage({ number, ...outcome } satisfies Report);
    // Not every value can travel between threads; without an answer the other end would wait for good.
    void outcomeOf(write(statements)).then((outcome) => {
      try {
        report(outcome);
      } catch (error) {
        const bug = new Error(`the outcome of a write could not be told: ${String(error)}`);
        report('unavailable' in outcome ? { ...outcome, cause: bug } : { bug });
      }
    });
  });
  port.unref();
};

/**
 * The writing half of an engine whose writes are served at the other end of the port. Writes fail when that end has gone.
 * `close` waits for those under way and lets go of the port.
 */
export const joinedWrites = (port: MessagePort): Pick<Engine, 'write' | 'close'> => {
  const waiting = new Map<number, { resolve(refusal: WriteRefusal | undefined): void; reject(error: unknown): void }>();
  let last = 0;
  let isClosed = false;
  let onIdle: () => void = () => undefined;

  port.on('message', (report: Report) => {
    const asked = waiting.get(report.number);
    waiting.delete(report.number);
    if ('bug' in report) asked?.reject(report.bug);
    else if ('unavailable' in report) asked?.reject(new StoreUnavailable(report.unavailable, { cause: report.cause }));
    else asked?.resolve(report.refusal);
    if (waiting.size === 0) onIdle();
  });
  port.on('close', () => {
    isClosed = true;
    for (const { reject } of waiting.values()) reject(new StoreUnavailable('The writing engine has gone.'));
    waiting.clear();
    onIdle();
  });
  return {
    write: (statements) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(new StoreUnavailable('The database is closed.'));
        last += 1;
        // Throws where a value cannot travel, and then nothing is under way.
        port.postMessage({ number: last, statements } satisfies Order);
        waiting.set(last, { resolve, reject });
      }),
    close: async () => {
      isClosed = true;
      if (waiting.size > 0)
        await new Promise<void>((resolve) => {
          onIdle = resolve;
        });
      port.close();
    },
  };
};
