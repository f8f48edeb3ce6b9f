import type { Environment } from '../ids.ts';

/** When failed deliveries are tried again, and when it is enough. Milliseconds, in the account's time. */
export type RetrySchedule = {
  readonly firstDelayMs: number;
  readonly delayMsMax: number;
  /** Counted from the first failure: a delivery is then given up, and a subscription that had no success since is paused. */
  readonly windowMs: number;
  /** While nothing succeeds, how long until the next new event is tried: at first, and at most. */
  readonly probeDelayMs: number;
  readonly probeDelayMsMax: number;
};

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Three days outlast a weekend without anybody on call. A developer at a sandbox waits for minutes, not for days. */
export const retrySchedules: Readonly<Record<Environment, RetrySchedule>> = {
  prod: {
    firstDelayMs: 5 * second,
    delayMsMax: 6 * hour,
    windowMs: 72 * hour,
    probeDelayMs: second,
    probeDelayMsMax: minute,
  },
  sandbox: {
    firstDelayMs: second,
    delayMsMax: minute,
    windowMs: 15 * minute,
    probeDelayMs: second,
    probeDelayMsMax: 5 * second,
  },
};

/**
 * How long to wait after the `tries`-th failure: doubling, with a quarter of it taken off by chance, so that deliveries
 * that failed together do not come back together.
 * @param random a byte
 */
export const retryDelayMs = (schedule: RetrySchedule, tries: number, random: number): number => {
  const whole = Math.min(schedule.delayMsMax, schedule.firstDelayMs * 2 ** Math.min(tries - 1, 40));
  return Math.round(whole * (1 - random / 1024));
};
