import type { Store } from '../ports/store.ts';

/** Longer than a node waits for the answer to a commit: a transaction that is still open then must not stop the stream. */
const patienceMs = 10_000;

/**
 * Finds out which gaps in the stream of events stay. An intent is saved before its events are appended, so whoever takes a
 * position has a transaction number by then: once all have ended that had one after a gap was seen, nobody can fill it.
 */
export class GapWatch {
  readonly #store: Pick<Store, 'writers'>;
  #permanentUpTo = 0;
  #marks: readonly { readonly upTo: number; readonly behind: number; readonly since: number }[] = [];

  constructor(store: Pick<Store, 'writers'>) {
    this.#store = store;
  }

  /** What a read from now on does not find up to here, never comes. */
  get permanentUpTo(): number {
    return this.#permanentUpTo;
  }

  /**
   * Asks who still writes.
   * @param seen the position of an event that stands behind a gap
   * @param now real time
   */
  async look(seen: number, now: number): Promise<void> {
    const { oldest, next } = await this.#store.writers();
    const marks = [...this.#marks, { upTo: seen, behind: next, since: now }];
    const isOver = ({ behind, since }: (typeof marks)[number]) => oldest >= behind || now - since > patienceMs;
    this.#permanentUpTo = Math.max(this.#permanentUpTo, ...marks.filter(isOver).map(({ upTo }) => upTo));
    // One at a time: a mark ends with the writers of its moment, and the next look makes another.
    this.#marks = marks.filter((mark) => !isOver(mark)).slice(0, 1);
  }
}
