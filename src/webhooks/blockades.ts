import type { NotifiedEvent } from '../domain/webhook/notification.ts';

/** What was parked when the courier began. */
type Found = { readonly intentId: string; readonly count: number; readonly upTo: number };

/** Which intents have parked deliveries that hold back what comes, and how many. */
export class Blockades {
  readonly #byIntent = new Map<string, number>();
  /** By intent, up to where another courier had parked or delivered everything; it stays true when the parked are through. */
  readonly #taken: ReadonlyMap<string, number>;

  constructor(found: readonly Found[]) {
    for (const { intentId, count } of found) this.#byIntent.set(intentId, count);
    this.#taken = new Map(found.map(({ intentId, upTo }) => [intentId, upTo]));
  }

  get size(): number {
    return this.#byIntent.size;
  }

  has(intentId: string): boolean {
    return this.#byIntent.has(intentId);
  }

  /** Whether an event that is read again, after another courier died, was delivered or is parked already. */
  covers({ intentId, position }: NotifiedEvent): boolean {
    return position <= (this.#taken.get(intentId) ?? 0);
  }

  add(intentId: string): void {
    this.#byIntent.set(intentId, (this.#byIntent.get(intentId) ?? 0) + 1);
  }

  /** One of them is through. @returns whether others are left */
  remove(intentId: string): boolean {
    const left = (this.#byIntent.get(intentId) ?? 1) - 1;
    if (left <= 0) this.#byIntent.delete(intentId);
    else this.#byIntent.set(intentId, left);
    return left > 0;
  }
}
