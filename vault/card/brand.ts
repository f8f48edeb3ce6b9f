import creditCardType from 'credit-card-type';
import type { CardFundingType, CardScheme } from '../../src/domain/card-summary.ts';

/** A brand as its range tells: one of the schemes that we take, or `null` for one that we do not. */
export type Brand = {
  readonly name: string;
  readonly scheme: CardScheme | null;
  readonly lengths: readonly number[];
  readonly cvvLength: number;
};

const schemeByLibraryType: Readonly<Record<string, CardScheme>> = {
  visa: 'VISA',
  mastercard: 'MASTERCARD',
  maestro: 'MAESTRO',
  discover: 'DISCOVER',
  'diners-club': 'DCI',
  'american-express': 'AMEX',
};

type Range = { readonly from: number; readonly to: number; readonly prefixLength: number };

/** The library clones its whole table at each call (about 20 µs); its data is compiled once instead, and a test holds the two equal. */
const brands: readonly { readonly brand: Brand; readonly ranges: readonly Range[] }[] = Object.values(
  creditCardType.types,
).map((type) => {
  const info = creditCardType.getTypeInfo(type);
  return {
    brand: {
      name: info.niceType,
      scheme: schemeByLibraryType[type] ?? null,
      lengths: info.lengths,
      cvvLength: info.code.size,
    },
    ranges: info.patterns.map((pattern) => {
      const [from, to] = typeof pattern === 'number' ? [pattern, pattern] : [pattern[0] ?? 0, pattern[1] ?? 0];
      return { from, to, prefixLength: String(from).length };
    }),
  };
});

const prefixLengthMax = 8;

const firstDigit = (prefix: number): number => Number(String(prefix).charAt(0));

/** The same by first digit: most numbers need a look at a few ranges only. */
const brandsByFirstDigit = Array.from({ length: 10 }, (_, digit) =>
  brands
    .map(({ brand, ranges }) => ({
      brand,
      ranges: ranges.filter(({ from, to }) => firstDigit(from) <= digit && digit <= firstDigit(to)),
    }))
    .filter(({ ranges }) => ranges.length > 0),
);

/** The brand whose range is the most specific for these digits (at least 8), whatever their number. */
export const brandOf = (digits: string): Brand | undefined => {
  const candidates = brandsByFirstDigit[digits.charCodeAt(0) - 48];
  if (candidates === undefined || candidates.length === 0) return undefined;
  const prefixes: number[] = [0];
  for (let length = 1; length <= prefixLengthMax; length += 1) prefixes.push(Number(digits.slice(0, length)));
  let best: Brand | undefined;
  let bestLength = 0;
  for (const { brand, ranges } of candidates) {
    const range = ranges.find(({ from, to, prefixLength }) => {
      const prefix = prefixes[prefixLength] ?? 0;
      return prefix >= from && prefix <= to;
    });
    if (range !== undefined && range.prefixLength > bestLength) {
      best = brand;
      bestLength = range.prefixLength;
    }
  }
  return best;
};

/** All that a range tells without a table of issuers: Maestro is a debit scheme, the others issue several kinds. */
export const fundingTypeOf = (scheme: CardScheme): CardFundingType => (scheme === 'MAESTRO' ? 'Debit' : 'Unknown');
