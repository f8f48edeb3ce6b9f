export type BreakerLimits = {
  /** So many failures without a success in between are no accident of single attempts. */
  readonly failuresMax: number;
  /** While it is open, how long until the next attempt: at first, and at most; it doubles. */
  readonly probeDelayMs: number;
  readonly probeDelayMsMax: number;
};

/**
 * Whether somebody out there is worth more attempts. While nothing succeeds, it lets one through now and then: a dead host with
 * a crowd of work waiting for it costs a few attempts a minute. Real time comes in with each call, in milliseconds.
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
  lets(now: number): boolean {
    return !this.isOpen || now >= this.#probeAt;
  }

  /** One has begun. */
  probed(now: number): void {
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
