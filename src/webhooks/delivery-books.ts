import type { DeliveryRecord, ParkedDelivery, SubscriptionProgress } from '../domain/webhook/delivery.ts';
import type { Change, Store } from '../ports/store.ts';

/** Where a delivery stands, as a key. */
const placeKey = ({ position, part }: { readonly position: number; readonly part: number }): string =>
  `${position}:${part}`;

/** What a held delivery is due at: when the one before it is through, which moves it. */
export const heldDueAt = Number.MAX_SAFE_INTEGER;

/**
 * What a courier has done and not yet written down. All of it goes into one commit together with how far the subscription
 * has come, so that a crash in between repeats deliveries and never loses one.
 */
export class DeliveryBooks {
  readonly #store: Pick<Store, 'commit'>;
  readonly #accountId: string;
  readonly #owner: string;
  #changes: Change[] = [];
  #records: DeliveryRecord[] = [];
  /** Parked deliveries that are in hand: their rows are out of date until the next commit. */
  readonly #inHand = new Set<string>();
  #settled: string[] = [];
  #isDirty = false;
  #writing: Promise<boolean> | undefined;

  constructor(store: Pick<Store, 'commit'>, accountId: string, owner: string) {
    this.#store = store;
    this.#accountId = accountId;
    this.#owner = owner;
  }

  get isDirty(): boolean {
    return this.#isDirty;
  }
  get isFull(): boolean {
    return this.#changes.length + this.#records.length >= 512;
  }

  isInHand(place: { readonly position: number; readonly part: number }): boolean {
    return this.#inHand.has(placeKey(place));
  }
  take(place: { readonly position: number; readonly part: number }): void {
    this.#inHand.add(placeKey(place));
  }
  /** The place is done with; its row counts again after the next commit. */
  settle(place: { readonly position: number; readonly part: number }): void {
    this.#settled.push(placeKey(place));
  }

  note(record: DeliveryRecord): void {
    this.#records.push(record);
    this.#isDirty = true;
  }
  park(delivery: ParkedDelivery): void {
    this.change({ kind: 'park-delivery', delivery, accountId: this.#accountId });
  }
  change(change: Change): void {
    this.#changes.push(change);
    this.#isDirty = true;
  }
  /** Something moved that only the progress shows. */
  touch(): void {
    this.#isDirty = true;
  }

  /**
   * Writes everything down. False where another node holds the subscription, or nobody does: then nothing was written.
   * Throws `StoreUnavailable`; what was to be written is then kept for the next time.
   * @param at real time
   */
  async write(progress: SubscriptionProgress, at: number): Promise<boolean> {
    while (this.#writing !== undefined) await this.#writing.catch(() => undefined);
    this.#writing = this.#commit(progress, at).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #commit(progress: SubscriptionProgress, at: number): Promise<boolean> {
    const { subscriptionId } = progress;
    const changes = this.#changes;
    const records = this.#records;
    const settled = this.#settled;
    this.#changes = [];
    this.#records = [];
    this.#settled = [];
    this.#isDirty = false;
    try {
      const saved = await this.#store.commit([
        { kind: 'save-progress', progress, owner: this.#owner },
        ...changes,
        ...(records.length === 0 ? [] : [{ kind: 'note-deliveries', subscriptionId, at, records } as const]),
      ]);
      for (const key of settled) this.#inHand.delete(key);
      return saved.ok;
    } catch (error) {
      this.#changes = [...changes, ...this.#changes];
      this.#records = [...records, ...this.#records];
      this.#settled = [...settled, ...this.#settled];
      this.#isDirty = true;
      throw error;
    }
  }
}
