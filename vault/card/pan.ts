import { inspect } from 'node:util';

/**
 * A card number. A class, because only private state stays out of every printer: strings, JSON, inspection,
 * structured clones and error messages show the last four digits or nothing. `reveal` is the one way out.
 * The runtime may keep copies of a string until it collects them: memory of this process is in PCI scope.
 */
export class Pan {
  readonly #digits: string;

  /** @param digits 12 to 19 ASCII digits, already checked; anything else is a bug and throws without repeating it. */
  constructor(digits: string) {
    if (!/^[0-9]{12,19}$/.test(digits)) throw new TypeError('A Pan is made of 12 to 19 digits.');
    this.#digits = digits;
  }

  /** The whole number, for sealing it and for the acquirer's message; never for a log, an answer or an error. */
  reveal(): string {
    return this.#digits;
  }

  get last4(): string {
    return this.#digits.slice(-4);
  }

  toString(): string {
    return `[Pan ****${this.last4}]`;
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
