/**
 * Hints that an event was committed, here or elsewhere. A hint may be late, doubled or lost; keep polling. `isTrusted` says
 * how rarely that will do.
 */
export type Wakes = {
  /** Called whenever there may be something new. One caller at a time; none is told that a look was missed. */
  onWake(run: () => void): void;
  /**
   * Connects, finds out whether word still comes through, and connects again where it does not. To be called a few times a
   * second for as long as anybody wants to be woken; waits for nothing and never throws.
   * @param now real time
   */
  tend(now: number): void;
  /** Whether word came through lately. */
  isTrusted(): boolean;
  /** Nobody wants to be woken for now: gives the connection back. */
  rest(): void;
};
