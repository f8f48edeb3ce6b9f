import type { Scheduler } from '../ports/clock.ts';

/** What makes two failures the same: an outage of one dependency says the same to everybody who needs it. */
const signatureOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/**
 * The same scheduler, with one report of an outage instead of one for each round that meets it: rounds begin as often as four
 * times a second, and whoever is called at night must not look for the second fault in thousands of lines of the first.
 * A failure is thrown on, unless a round's latest run failed in the same way. It is over, and would be told again, once all
 * rounds that met it have run without.
 * @param onRepeat is told of the others
 */
export const oncePerOutage = (scheduler: Scheduler, onRepeat: (error: unknown) => void): Scheduler => {
  const failing = new Map<symbol, string>();
  return {
    every: (intervalMs, run) => {
      const round = Symbol('round');
      return scheduler.every(intervalMs, async () => {
        try {
          await run();
          failing.delete(round);
        } catch (error) {
          const signature = signatureOf(error);
          const isKnown = [...failing.values()].includes(signature);
          failing.set(round, signature);
          if (!isKnown) throw error;
          onRepeat(error);
        }
      });
    },
  };
};
