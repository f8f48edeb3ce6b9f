import type { NotifiedEvent } from '../domain/webhook/notification.ts';

type Blockade = { readonly count: number; readonly upTo: number };

/** Which intents have parked deliveries that hold back what comes: how many, and where the last of them stands. */
export class Blockades {
  readonly #byIntent = new Map<string, Blockade>();

  constructor(found: readonly (Blockade & { readonly intentId: string })[]) {
    for (const { intentId, count, upTo } of found) this.#byIntent.set(intentId, { count, upTo });
  }

  get size(): number {
    return this.#byIntent.size;
  }

  has(intentId: string): boolean {
    return this.#byIntent.has(intentId);
  }

  /** Whether an event that is read again, after another courier died, was delivered or is parked already. */
  covers({ intentId, position }: NotifiedEvent): boolean {
    const blockade = this.#byIntent.get(intentId);
    return blockade !== undefined && position <= blockade.upTo;
  }

  add(intentId: string, position: number): void {
    const { count, upTo } = this.#byIntent.get(intentId) ?? { count: 0, upTo: 0 };
    this.#byIntent.set(intentId, { count: count + 1, upTo: Math.max(upTo, position) });
  }

  /** One of them is through. @returns whether others are left */
  remove(intentId: string): boolean {
    const { count, upTo } = this.#byIntent.get(intentId) ?? { count: 1, upTo: 0 };
    if (count <= 1) this.#byIntent.delete(intentId);
    else this.#byIntent.set(intentId, { count: count - 1, upTo });
    return count > 1;
  }
}
