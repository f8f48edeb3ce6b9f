import type { Timers } from '../ports/clock.ts';

/** Real timers; one that is pending keeps no process alive. */
export const systemTimers: Timers = {
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Real timers that keep the process alive: for a command, or an end, that has nothing else to do than to wait. */
export const wakefulTimers: Timers = {
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
