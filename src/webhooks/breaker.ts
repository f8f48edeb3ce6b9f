import type { RetrySchedule } from '../domain/webhook/retry-schedule.ts';

/** So many failures without a success in between are no accident of single deliveries. */
const failuresMax = 16;
/** So many are worth another look at all that failed, once something succeeds. */
const failuresOfAnOutage = 5;

/**
 * Whether a receiver is worth more attempts. While nothing succeeds, the stream of new events stands still but for one
 * attempt now and then: a dead host with a hundred thousand events waiting costs a few attempts a minute, and no rows.
 * Each probe takes an event of its own, so that one which a receiver refuses for its content cannot keep it closed.
 */
export class Breaker {
  readonly #schedule: Pick<RetrySchedule, 'probeDelayMs' | 'probeDelayMsMax'>;
  #failures = 0;
  #probeDelayMs: number;
  #probeAt = 0;

  constructor(schedule: Pick<RetrySchedule, 'probeDelayMs' | 'probeDelayMsMax'>) {
    this.#schedule = schedule;
    this.#probeDelayMs = schedule.probeDelayMs;
  }

  get isOpen(): boolean {
    return this.#failures >= failuresMax;
  }

  /** Whether a new event may be sent now (real time). */
  lets(now: number): boolean {
    return !this.isOpen || now >= this.#probeAt;
  }

  /** One was sent. */
  probed(now: number): void {
    if (!this.isOpen) return;
    this.#probeAt = now + this.#probeDelayMs;
    this.#probeDelayMs = Math.min(this.#probeDelayMs * 2, this.#schedule.probeDelayMsMax);
  }

  /** True when this failure opened it. */
  failed(now: number): boolean {
    this.#failures += 1;
    if (this.#failures !== failuresMax) return false;
    this.#probeAt = now + this.#probeDelayMs;
    return true;
  }

  /** What this success ended: an outage is worth hastening what failed, and one that had opened the breaker is worth a word. */
  succeeded(): 'nothing' | 'outage' | 'open' {
    const ended = this.isOpen ? 'open' : this.#failures >= failuresOfAnOutage ? 'outage' : 'nothing';
    this.#failures = 0;
    this.#probeDelayMs = this.#schedule.probeDelayMs;
    return ended;
  }
}
