import type { Clock } from '../ports/clock.ts';

/** The machine's clock. It may step backwards when an operator or NTP corrects it: nothing may rely on it to order things. */
export const systemClock: Clock = { now: () => Date.now() };
