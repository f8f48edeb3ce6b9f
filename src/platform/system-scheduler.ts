import type { Scheduler } from '../ports/clock.ts';

/**
 * Repeats work on real timers. The first run begins one interval after `every`; a timer alone keeps no process alive.
 * @param onError is told of each run that throws, and the repeating goes on: one dead dependency must not end a worker for good
 */
export const openSystemScheduler = (onError: (error: unknown) => void): Scheduler => ({
  every: (intervalMs, run) => {
    let stopped = false;
    let timer: NodeJS.Timeout | undefined;
    let underWay: Promise<void> = Promise.resolve();

    const runOnce = async (): Promise<void> => {
      try {
        await run();
      } catch (error) {
        onError(error);
      }
      arm();
    };
    const arm = (): void => {
      if (stopped) return;
      timer = setTimeout(() => {
        underWay = runOnce();
      }, intervalMs);
      timer.unref();
    };

    arm();
    return {
      /** Resolves when the run under way, if any, has ended; none begins afterwards. */
      stop: async () => {
        stopped = true;
        clearTimeout(timer);
        await underWay;
      },
    };
  },
});
