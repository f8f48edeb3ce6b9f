import type { NotifiedEvent } from '../domain/webhook/notification.ts';
import type { Store } from '../ports/store.ts';
import { GapWatch } from '../use-cases/gap-watch.ts';

/** What is read at once; at fifty rounds a second far above what any server commits. */
const pageSize = 1_000;
/** How far before the newest event a start looks for gaps that may still fill. */
const lookBack = 5_000;

/** The events that became safe to deliver: after one position, up to another. */
export type TailStep = { readonly after: number; readonly upTo: number; readonly events: readonly NotifiedEvent[] };

type TailStore = Pick<Store, 'outbox' | 'lastEventPosition' | 'gapsMayFill' | 'writers'>;

/**
 * Follows the outbox of all accounts. On a database whose transactions may commit in another order than they were given
 * positions, it stays behind the first gap until that is filled or nobody can fill it: an event that appears late would
 * otherwise be stepped over, and never delivered.
 */
export class OutboxTail {
  readonly #store: TailStore;
  readonly #gaps: GapWatch;
  #position: number | undefined;
  /** The newest position that was seen where there may be a gap before it; 0: none. */
  #seenBehindGap = 0;
  #isPageFull = false;

  constructor(store: TailStore) {
    this.#store = store;
    this.#gaps = new GapWatch(store);
  }

  /** Everything up to here is safe. */
  get horizon(): number {
    return this.#position ?? 0;
  }

  /** Whether the next look may bring something without anybody having committed: the rest of a long page, or what waits behind a gap. */
  get isBehind(): boolean {
    return this.#seenBehindGap > 0 || this.#isPageFull;
  }

  /** Nobody listens: the next step begins near the end again. */
  rest(): void {
    this.#position = undefined;
    this.#seenBehindGap = 0;
    this.#isPageFull = false;
  }

  /** @param now real time */
  async step(now: number): Promise<TailStep> {
    this.#position ??= await this.#start();
    const after = this.#position;
    // Before the rows are read: they hold all that the last of the writers wrote.
    if (this.#seenBehindGap > 0) await this.#gaps.look(this.#seenBehindGap, now);
    const rows = await this.#store.outbox(after, pageSize);
    this.#isPageFull = rows.length === pageSize;
    const safe = this.#store.gapsMayFill ? this.#untilGap(rows, after) : rows;
    this.#seenBehindGap = safe.length < rows.length ? (rows.at(-1)?.position ?? 0) : 0;
    const upTo = safe.at(-1)?.position ?? after;
    this.#position = upTo;
    return { after, upTo, events: safe.filter(({ names }) => names.length > 0) };
  }

  async #start(): Promise<number> {
    const last = await this.#store.lastEventPosition();
    if (!this.#store.gapsMayFill) return last;
    this.#seenBehindGap = last;
    return Math.max(0, last - lookBack);
  }

  #untilGap(rows: readonly NotifiedEvent[], after: number): readonly NotifiedEvent[] {
    const gap = rows.findIndex(
      ({ position }, index) =>
        position > this.#gaps.permanentUpTo && position !== (rows[index - 1]?.position ?? after) + 1,
    );
    return gap === -1 ? rows : rows.slice(0, gap);
  }
}
