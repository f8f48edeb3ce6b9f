/** How many attempts may be under way at once. */
export type LaneLimits = {
  /** Over all hosts: bounds sockets and memory. */
  readonly inFlightMax: number;
  /** To one host: no receiver is asked to take more at a time. */
  readonly perHostMax: number;
  /** An answer that took longer is a sign of a receiver that has enough. */
  readonly slowMs: number;
};

export const laneLimitsDefault: LaneLimits = { inFlightMax: 256, perHostMax: 32, slowMs: 1_000 };

/** Before a host has shown what it can take. */
const perHostAtFirst = 8;
/**
 * A host that answers sooner than this takes 800 a second over the lanes that it begins with. More of them would crowd its machine
 * and this one, and gain nothing; they are for hosts that are far away.
 */
const briskMs = 10;
/** Hosts that are remembered while nothing goes to them. */
const idleHostsMax = 1_000;

type Lane = { inFlight: number; limit: number };

/**
 * Limits deliveries in flight, in total and per host. A distant host's limit grows while it answers; a slow or failing one's
 * is halved, down to one. Whoever finds no room is called when there is some, in turn.
 */
export class HostLanes {
  readonly #limits: LaneLimits;
  readonly #lanes = new Map<string, Lane>();
  readonly #waiting = new Set<() => void>();
  #inFlight = 0;

  constructor(limits: LaneLimits = laneLimitsDefault) {
    this.#limits = limits;
  }

  /**
   * Takes a place to this host. Where all places are taken, `onRoom` is called once when there is one; a function that waits
   * already keeps its turn, so whoever asks again must hand over the same one.
   */
  enter(host: string, onRoom: () => void): boolean {
    const lane = this.#lane(host);
    if (lane.inFlight >= lane.limit) return false;
    if (this.#inFlight >= this.#limits.inFlightMax) {
      this.#waiting.add(onRoom);
      return false;
    }
    lane.inFlight += 1;
    this.#inFlight += 1;
    return true;
  }

  /** Gives the place back, with what it showed of the host. */
  leave(host: string, isSuccess: boolean, durationMs: number): void {
    const lane = this.#lane(host);
    lane.inFlight -= 1;
    this.#inFlight -= 1;
    lane.limit = this.#limitAfter(lane.limit, isSuccess, durationMs);
    this.#forgetIdle();
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next();
  }

  #limitAfter(limit: number, isSuccess: boolean, durationMs: number): number {
    const { perHostMax, slowMs } = this.#limits;
    if (!isSuccess || durationMs > slowMs) return Math.max(1, limit >> 1);
    if (durationMs > briskMs) return Math.min(perHostMax, limit + 1);
    return limit + Math.sign(Math.min(perHostAtFirst, perHostMax) - limit);
  }

  #lane(host: string): Lane {
    const known = this.#lanes.get(host);
    if (known !== undefined) return known;
    const lane = { inFlight: 0, limit: Math.min(perHostAtFirst, this.#limits.perHostMax) };
    this.#lanes.set(host, lane);
    return lane;
  }

  #forgetIdle(): void {
    if (this.#lanes.size <= idleHostsMax) return;
    for (const [host, { inFlight }] of this.#lanes) {
      if (inFlight === 0) this.#lanes.delete(host);
    }
  }
}
