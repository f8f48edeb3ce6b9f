import type { Timers } from '../../src/ports/clock.ts';

const timedOut = { outcome: 'unknown', reason: 'timeout' } as const;

/**
 * An acquirer's answer, or `unknown` once `limitMs` have passed without it: whoever asked is told so, and that stands
 * until an inquiry or a reversal settles it. An answer that comes later still goes to `onLate`.
 */
export const withinTimeLimit = <T>(
  timers: Timers,
  limitMs: number,
  ask: () => Promise<T>,
  onLate: (answer: T) => void = () => undefined,
): Promise<T | typeof timedOut> =>
  new Promise((resolve, reject) => {
    let isLate = false;
    // Asked first: what throws at once arms no timer.
    const asked = ask();
    const cancel = timers.after(limitMs, () => {
      isLate = true;
      resolve(timedOut);
    });
    asked.then(
      (answer) => {
        cancel();
        if (isLate) onLate(answer);
        resolve(answer);
      },
      (error: unknown) => {
        cancel();
        reject(error instanceof Error ? error : new Error('The acquirer failed.', { cause: error }));
      },
    );
  });
