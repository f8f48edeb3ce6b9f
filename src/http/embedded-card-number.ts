import type { CardNumberDetector } from '../ports/card-processor.ts';

/** Card numbers have 13 to 19 digits (ISO/IEC 7812-1). */
const digitsMin = 13;
const digitsMax = 19;

/**
 * Whether a token holds a card number, also as a part of a longer number. For texts that are one unbroken run of letters and
 * digits and mean nothing by it; of an order number it would be said too often.
 */
export const embedsCardNumber = (token: string, containsCardNumber: CardNumberDetector): boolean => {
  for (const { 0: digits } of token.matchAll(/\d{13,}/g)) {
    for (let from = 0; from + digitsMin <= digits.length; from++) {
      for (let to = from + digitsMin; to <= Math.min(from + digitsMax, digits.length); to++) {
        if (containsCardNumber(digits.slice(from, to))) return true;
      }
    }
  }
  return containsCardNumber(token);
};
