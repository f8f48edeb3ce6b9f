/** Time as a dependency, so that a test and the simulation own it. */
export type Clock = {
  /** Real time, milliseconds since 1970. */
  now(): number;
};

/** One delayed call; the answer takes it back, and does nothing once it has run. */
export type Timers = { after(delayMs: number, run: () => void): () => void };

/** Work that repeats. `every` waits `intervalMs` after one run ends before the next begins, so runs never overlap. */
export type Scheduler = {
  every(intervalMs: number, run: () => Promise<void>): { stop(): Promise<void> };
};
