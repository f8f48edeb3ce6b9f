/** Waiting as a dependency. `cancel` after the fact does nothing. */
export type Timers = { after(ms: number, run: () => void): () => void };

const timedOut = { outcome: 'unknown', reason: 'timeout' } as const;

/**
 * An acquirer's answer, or `unknown` once `limitMs` have passed without it. A later answer is nobody's any more:
 * whoever asked was told that the outcome is unknown, and that stands until an inquiry or a reversal settles it.
 */
export const withinTimeLimit = <T>(
  timers: Timers,
  limitMs: number,
  ask: () => Promise<T>,
): Promise<T | typeof timedOut> =>
  new Promise((resolve, reject) => {
    // Asked first: what throws at once arms no timer.
    const asked = ask();
    const cancel = timers.after(limitMs, () => {
      resolve(timedOut);
    });
    asked.then(
      (answer) => {
        cancel();
        resolve(answer);
      },
      (error: unknown) => {
        cancel();
        reject(error instanceof Error ? error : new Error('The acquirer failed.', { cause: error }));
      },
    );
  });
