/** Time as a dependency, so that a test and the simulation own it. */
export type Clock = {
  /** Real time, milliseconds since 1970. */
  now(): number;
};

/** Work that repeats. `every` waits `intervalMs` after one run ends before the next begins, so runs never overlap. */
export type Scheduler = {
  every(intervalMs: number, run: () => Promise<void>): { stop(): Promise<void> };
};
