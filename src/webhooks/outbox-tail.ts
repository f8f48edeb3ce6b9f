import { idMadeAt } from '../domain/ids.ts';
import type { NotifiedEvent } from '../domain/webhook/notification.ts';
import type { Store } from '../ports/store.ts';

/** What is read at once; at fifty rounds a second far above what any server commits. */
const pageSize = 1_000;
/** How far before the newest event a start looks for gaps that may still fill. */
const lookBack = 5_000;
/**
 * How long a gap is waited for at most, in real time. Positions are given out when an event is written and seen when its
 * transaction commits, which takes milliseconds; one that is still missing after this was rolled back.
 */
const gapPatienceMs = 10_000;

/** The events that became safe to deliver: after one position, up to another. */
export type TailStep = { readonly after: number; readonly upTo: number; readonly events: readonly NotifiedEvent[] };

type TailStore = Pick<Store, 'outbox' | 'lastEventPosition' | 'gapsMayFill' | 'writers'>;

/**
 * Follows the outbox of all accounts. On a database whose transactions may commit in another order than they were given
 * positions, it stays behind the first gap until that is filled or was waited for: an event that appears late would
 * otherwise be stepped over, and never delivered.
 */
export class OutboxTail {
  readonly #store: TailStore;
  #position: number | undefined;
  /** The missing position that is waited for, since when, and behind which writers it is settled. */
  #gap: { readonly at: number; readonly since: number; readonly behind?: number; readonly settled?: true } | undefined;

  #isPageFull = false;

  constructor(store: TailStore) {
    this.#store = store;
  }

  /** Everything up to here is safe. */
  get horizon(): number {
    return this.#position ?? 0;
  }

  /** Whether the next look may bring something without anybody having committed: the rest of a long page, or what waits behind a gap. */
  get isBehind(): boolean {
    return this.#gap !== undefined || this.#isPageFull;
  }

  /** Nobody listens: the next step begins near the end again. */
  rest(): void {
    this.#position = undefined;
    this.#gap = undefined;
    this.#isPageFull = false;
  }

  /** @param now real time */
  async step(now: number): Promise<TailStep> {
    this.#position ??= await this.#start();
    const after = this.#position;
    const rows = await this.#store.outbox(after, pageSize);
    this.#isPageFull = rows.length === pageSize;
    const safe = this.#store.gapsMayFill ? await this.#untilGap(rows, after, now) : rows;
    if (safe.length === rows.length) this.#gap = undefined;
    const upTo = safe.at(-1)?.position ?? after;
    this.#position = upTo;
    return { after, upTo, events: safe.filter(({ names }) => names.length > 0) };
  }

  async #start(): Promise<number> {
    const last = await this.#store.lastEventPosition();
    return this.#store.gapsMayFill ? Math.max(0, last - lookBack) : last;
  }

  async #untilGap(rows: readonly NotifiedEvent[], after: number, now: number): Promise<readonly NotifiedEvent[]> {
    let expected = after + 1;
    for (const [index, row] of rows.entries()) {
      if (row.position !== expected && (await this.#mayFill(expected, row, now))) return rows.slice(0, index);
      expected = row.position + 1;
    }
    return rows;
  }

  /** The event behind the gap is younger than the patience, and so is the gap; and somebody who may fill it is not done. */
  async #mayFill(at: number, behind: NotifiedEvent, now: number): Promise<boolean> {
    if (now - idMadeAt(behind.id) > gapPatienceMs) return false;
    const known = this.#gap?.at === at ? this.#gap : undefined;
    this.#gap = known ?? { at, since: now };
    if (known === undefined) return true;
    if (known.settled === true || now - known.since > gapPatienceMs) return false;
    const { oldest, next } = await this.#store.writers();
    // Asked a look later than the gap was seen: whoever took the position counts as a writer by then.
    if (known.behind === undefined) this.#gap = { ...known, behind: next };
    // The rows at hand were read before; the next look sees what the last of them wrote.
    else if (oldest >= known.behind) this.#gap = { ...known, settled: true };
    return true;
  }
}
