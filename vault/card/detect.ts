import { brandOf } from './brand.ts';
import { passesLuhn } from './luhn.ts';

const digitsMin = 12;
const digitsMax = 19;

/** Cheap no for ordinary text: twelve digits with nothing but spaces and hyphens between them. */
const asciiCandidate = /[0-9](?:[\s-]*[0-9]){11}/;
const beyondAscii = /[^\x00-\x7f]/;
/** Spaces, dashes and invisible characters, in any mixture and number: all that a reader would not see as an end. */
const separator = /^[\s\p{Zs}\p{Pd}\p{Cf}\u2212]$/u;
const decimalDigit = /^\p{Nd}$/u;

/** Unicode gives each script its ten digits in a row, so the distance from the row's start is the value. */
const scriptDigit = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  let below = 0;
  while (below < 9 && decimalDigit.test(String.fromCodePoint(code - below - 1))) below += 1;
  return String(below);
};

/** The ASCII digits that a character stands for, ` ` for a separator, or `undefined` where a number ends. */
const readingOf = (character: string): string | undefined => {
  if (character >= '0' && character <= '9') return character;
  if (separator.test(character)) return ' ';
  if (!beyondAscii.test(character)) return undefined;
  const plain = character.normalize('NFKC');
  if (/^[0-9]+$/.test(plain)) return plain;
  if (decimalDigit.test(character)) return scriptDigit(character);
  return separator.test(plain) ? ' ' : undefined;
};

/** Digits with only separators between them: the digits, where each stands in the text, and where groups begin. */
type DigitRun = { digits: string; readonly at: number[]; readonly until: number[]; readonly groupStarts: number[] };
const emptyRun = (): DigitRun => ({ digits: '', at: [], until: [], groupStarts: [] });

export type FoundCardNumber = { readonly start: number; readonly end: number; readonly digits: string };

const isCardNumber = (digits: string): boolean =>
  passesLuhn(digits) && (brandOf(digits)?.lengths.includes(digits.length) ?? false);

/**
 * Looks at every row of whole groups that ends here, not only at the whole run: a card number may follow a telephone number.
 * Digits written together are never cut, or every long order number would hold a card number somewhere.
 */
const findEndingHere = (run: DigitRun): FoundCardNumber | undefined => {
  const end = run.digits.length;
  for (let group = run.groupStarts.length - 1; group >= 0; group -= 1) {
    const start = run.groupStarts[group] ?? 0;
    if (end - start > digitsMax) return undefined;
    if (end - start < digitsMin) continue;
    const digits = run.digits.slice(start, end);
    if (isCardNumber(digits)) return { start: run.at[start] ?? 0, end: run.until[end - 1] ?? 0, digits };
  }
  return undefined;
};

/** The card number that ends first at or after `offset`. One pass: the work is bounded by the text's length. */
const findCardNumber = (text: string, offset: number): FoundCardNumber | undefined => {
  let run = emptyRun();
  let grouped = false;
  for (let index = offset; index < text.length; ) {
    const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
    const reading = readingOf(character);
    const isDigit = reading !== undefined && reading !== ' ';
    if (grouped && !isDigit) {
      const found = findEndingHere(run);
      if (found !== undefined) return found;
    }
    if (isDigit) {
      if (!grouped) run.groupStarts.push(run.digits.length);
      for (let count = 0; count < reading.length; count += 1) {
        run.at.push(index);
        run.until.push(index + character.length);
      }
      run.digits += reading;
    } else if (reading === undefined && run.digits !== '') run = emptyRun();
    grouped = isDigit;
    index += character.length;
  }
  return grouped ? findEndingHere(run) : undefined;
};

const mayHoldCardNumber = (text: string): boolean =>
  text.length >= digitsMin / 2 && (asciiCandidate.test(text) || beyondAscii.test(text));

/** Whether a text that must hold no card number holds one: 12 to 19 digits, Luhn, and some brand's range and length. */
export const containsCardNumber = (text: string): boolean =>
  mayHoldCardNumber(text) && findCardNumber(text, 0) !== undefined;

/**
 * The text with every card number in it reduced to its last four digits, for log lines.
 * The last guard: nothing is supposed to hand a card number to a log in the first place.
 */
export const scrubCardNumbers = (text: string): string => {
  if (!mayHoldCardNumber(text)) return text;
  let scrubbed = '';
  let kept = 0;
  for (let found = findCardNumber(text, 0); found !== undefined; found = findCardNumber(text, kept)) {
    scrubbed += `${text.slice(kept, found.start)}****${found.digits.slice(-4)}`;
    kept = found.end;
  }
  return scrubbed + text.slice(kept);
};
