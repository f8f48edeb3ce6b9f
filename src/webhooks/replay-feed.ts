import type { Replay } from '../domain/webhook/delivery.ts';
import type { NotificationName, NotifiedEvent } from '../domain/webhook/notification.ts';
import type { Store } from '../ports/store.ts';
import type { DeliveryBooks } from './delivery-books.ts';

/** Sent before the next page is read, so a replay of a year costs no more memory than one of a minute. */
const pageSize = 256;
/** Pages without anything of interest that are passed in one turn; the loop is given back after that. */
const emptyPagesMax = 8;

type Page = { replay: Replay; left: number; upTo: number; isLast: boolean };

/** Gives out the events of a replay page by page, and notes how far it has come when a page is done. */
export class ReplayFeed {
  readonly #store: Pick<Store, 'notifiedEvents'>;
  readonly #books: DeliveryBooks;
  #page: Page | undefined;
  /** Through, while their rows may still be there. */
  readonly #ended = new Set<string>();

  constructor(store: Pick<Store, 'notifiedEvents'>, books: DeliveryBooks) {
    this.#store = store;
    this.#books = books;
  }

  get isIdle(): boolean {
    return this.#page === undefined;
  }

  /** Begins the first that has not come to its end here. @param replays as the database holds them */
  begin(replays: readonly Replay[]): void {
    for (const id of this.#ended) if (!replays.some((replay) => replay.id === id)) this.#ended.delete(id);
    const replay = replays.find(({ id }) => !this.#ended.has(id));
    if (replay !== undefined) this.#page = { replay, left: 0, upTo: replay.position, isLast: false };
  }

  /** One of the page is delivered, or parked for another try. */
  done(): void {
    if (this.#page !== undefined) this.#page.left -= 1;
  }

  /**
   * The next page, when the one before is done; nothing while it is not, and at the end.
   * @param names what is of interest
   */
  async next(
    accountId: string,
    names: readonly NotificationName[],
  ): Promise<readonly (readonly [NotifiedEvent, number])[]> {
    for (let pages = 0; pages < emptyPagesMax; pages++) {
      if (this.#page === undefined || this.#page.left > 0 || !this.#turnPage(this.#page)) return [];
      const { replay, upTo } = this.#page;
      const events = await this.#store.notifiedEvents(accountId, upTo, replay.upTo, pageSize);
      const wanted = events
        .filter(({ at }) => at >= replay.from && at <= replay.to)
        .flatMap((event) => event.names.map((name, part) => [event, part, name] as const))
        .filter(([, , name]) => names.includes(name));
      const isLast = events.length < pageSize;
      this.#page = { replay, left: wanted.length, upTo: events.at(-1)?.position ?? replay.upTo, isLast };
      if (wanted.length > 0) return wanted.map(([event, part]) => [event, part]);
    }
    return [];
  }

  /** Notes that a page is done; false where it was the last. */
  #turnPage({ replay, upTo, isLast }: Page): boolean {
    if (isLast) {
      this.#books.change({ kind: 'delete-replay', id: replay.id });
      this.#ended.add(replay.id);
      this.#page = undefined;
      return false;
    }
    if (upTo === replay.position) return true;
    const moved = { ...replay, position: upTo };
    this.#books.change({ kind: 'save-replay', replay: moved });
    this.#page = { replay: moved, left: 0, upTo, isLast };
    return true;
  }
}
