import type { Clock, Scheduler } from '../ports/clock.ts';

/** What makes two failures the same: an outage of one dependency says the same to everybody who needs it. */
const signatureOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** Twice the longest time between two rounds that ask the vault: a round that found nothing to do proves nothing. */
const overAfterMs = 120_000;
/** Messages may differ in an id; what is remembered of them must not grow. */
const rememberedMax = 100;

/**
 * The same scheduler, with one report of an outage instead of one for each round that meets it: rounds begin as often as fifty
 * times a second, and whoever is called at night must not look for the second fault in thousands of lines of the first.
 * A failure is thrown on, unless one like it was met within the last two minutes.
 * @param onRepeat is told of the others
 */
export const oncePerOutage = (scheduler: Scheduler, clock: Clock, onRepeat: (error: unknown) => void): Scheduler => {
  const metAt = new Map<string, number>();
  const meet = (error: unknown): boolean => {
    const signature = signatureOf(error);
    const now = clock.now();
    const before = metAt.get(signature);
    // Anew at the end: the first of them is the one that was not met for longest.
    metAt.delete(signature);
    metAt.set(signature, now);
    const [oldest] = metAt.keys();
    if (metAt.size > rememberedMax && oldest !== undefined) metAt.delete(oldest);
    return before !== undefined && Math.abs(now - before) < overAfterMs;
  };
  return {
    every: (intervalMs, run) =>
      scheduler.every(intervalMs, async () => {
        try {
          await run();
        } catch (error) {
          if (!meet(error)) throw error;
          onRepeat(error);
        }
      }),
  };
};
