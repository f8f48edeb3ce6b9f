import { inspect } from 'node:util';

/**
 * A card verification value: in memory for one verification, never written (PCI DSS 3.3.1.2).
 * Nothing of it is ever printed, and after `drop` it cannot be read again.
 */
export class Cvv {
  #digits: string | undefined;

  /** @param digits 3 or 4 ASCII digits, already checked; anything else is a bug and throws without repeating it. */
  constructor(digits: string) {
    if (!/^[0-9]{3,4}$/.test(digits)) throw new TypeError('A Cvv is made of 3 or 4 digits.');
    this.#digits = digits;
  }

  /** For the acquirer's message. Throws once dropped: whoever asks then keeps it longer than it may. */
  reveal(): string {
    if (this.#digits === undefined) throw new Error('The Cvv was dropped.');
    return this.#digits;
  }

  drop(): void {
    this.#digits = undefined;
  }

  toString(): string {
    return '[Cvv]';
  }

  toJSON(): string {
    return this.toString();
  }

  valueOf(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
