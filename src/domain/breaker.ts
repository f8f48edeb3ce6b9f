export type BreakerLimits = {
  /** So many failures without a success in between are no accident of single attempts. */
  readonly failuresMax: number;
  /** While it is open, how long until the next attempt: at first, and at most; it doubles. */
  readonly probeDelayMs: number;
  readonly probeDelayMsMax: number;
};

/**
 * Circuit breaker: after `failuresMax` failures in a row it admits one probe at a time, at doubling intervals.
 * Real time comes in with each call, in milliseconds.
 */
export class Breaker {
  readonly #limits: BreakerLimits;
  #failures = 0;
  #probeDelayMs: number;
  #probeAt = 0;

  constructor(limits: BreakerLimits) {
    this.#limits = limits;
    this.#probeDelayMs = limits.probeDelayMs;
  }

  get isOpen(): boolean {
    return this.#failures >= this.#limits.failuresMax;
  }

  /** Whether an attempt may begin now. */
  allows(now: number): boolean {
    return !this.isOpen || now >= this.#probeAt;
  }

  /** One has begun. */
  noteAttempt(now: number): void {
    if (!this.isOpen) return;
    this.#probeAt = now + this.#probeDelayMs;
    this.#probeDelayMs = Math.min(this.#probeDelayMs * 2, this.#limits.probeDelayMsMax);
  }

  /** True when this failure opened it. */
  failed(now: number): boolean {
    this.#failures += 1;
    if (this.#failures !== this.#limits.failuresMax) return false;
    this.#probeAt = now + this.#probeDelayMs;
    return true;
  }

  /** What this success ended: so many failures in a row, which had opened the breaker or not. */
  succeeded(): { readonly failures: number; readonly wasOpen: boolean } {
    const ended = { failures: this.#failures, wasOpen: this.isOpen };
    this.#failures = 0;
    this.#probeDelayMs = this.#limits.probeDelayMs;
    return ended;
  }
}
