import { brandOf } from './brand.ts';

const digitsMin = 12;
const digitsMax = 19;

/** Spaces, dashes and invisible characters, in any mixture and number: all that a reader would not see as an end. */
const separator = /^[\s\p{Zs}\p{Pd}\p{Cf}\p{DI}\u2212\u2800]$/u;
const decimalDigit = /^\p{Nd}$/u;

/** Unicode gives each script its ten digits in a row, so the distance from the row's start is the value. */
const scriptDigit = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  let below = 0;
  while (below < 9 && decimalDigit.test(String.fromCodePoint(code - below - 1))) below += 1;
  return String(below);
};

/** What a character is in a number: the digits that it stands for, ` ` for a separator, `undefined` where a number ends. */
const unicodeReading = (character: string): string | undefined => {
  if (separator.test(character)) return ' ';
  const plain = character.normalize('NFKC');
  if (/^[0-9]+$/.test(plain)) return plain;
  if (decimalDigit.test(character)) return scriptDigit(character);
  return separator.test(plain) ? ' ' : undefined;
};

const asciiReadings: readonly (string | undefined)[] = Array.from({ length: 128 }, (_, code) =>
  unicodeReading(String.fromCharCode(code)),
);

/** Digits with only separators between them. All three lists run in step: value, place in the text, and whether a group opens. */
type DigitRun = { readonly values: number[]; readonly starts: number[]; readonly opens: boolean[] };
const emptyRun = (): DigitRun => ({ values: [], starts: [], opens: [] });

/** Where in the text it begins, and where its last four digits do. */
type FoundCardNumber = { readonly start: number; readonly last4Start: number };

/**
 * Looks at every row of whole groups that ends here, not only at the whole run: a card number may follow a telephone number.
 * Digits written together are never cut, or every long order number would hold a card number somewhere.
 * All rows share one Luhn sum, which grows from the right; the longest card number wins.
 */
const findEndingHere = (run: DigitRun): FoundCardNumber | undefined => {
  const { values, starts, opens } = run;
  let found: FoundCardNumber | undefined;
  let sum = 0;
  for (let length = 1; length <= digitsMax && length <= values.length; length += 1) {
    const first = values.length - length;
    const value = values[first] ?? 0;
    sum += length % 2 === 1 ? value : value > 4 ? value * 2 - 9 : value * 2;
    if (length < digitsMin || sum % 10 !== 0 || opens[first] !== true) continue;
    if (brandOf(values.slice(first).join(''))?.lengths.includes(length) === true)
      found = { start: starts[first] ?? 0, last4Start: starts.at(-4) ?? 0 };
  }
  return found;
};

const addDigits = (run: DigitRun, digits: string, opensGroup: boolean, start: number): void => {
  for (let index = 0; index < digits.length; index += 1) {
    run.values.push(digits.charCodeAt(index) - 48);
    run.starts.push(start);
    run.opens.push(opensGroup && index === 0);
  }
};

/** The card number that ends first at or after `offset`. One pass: the work is bounded by the text's length. */
const findCardNumber = (text: string, offset: number): FoundCardNumber | undefined => {
  let run = emptyRun();
  let inGroup = false;
  for (let index = offset, next: number; index < text.length; index = next) {
    const code = text.codePointAt(index) ?? 0;
    next = index + (code > 0xffff ? 2 : 1);
    const reading = code < 128 ? asciiReadings[code] : unicodeReading(String.fromCodePoint(code));
    const isDigit = reading !== undefined && reading !== ' ';
    if (isDigit) addDigits(run, reading, !inGroup, index);
    else if (inGroup) {
      const found = findEndingHere(run);
      if (found !== undefined) return found;
    }
    if (reading === undefined && run.values.length > 0) run = emptyRun();
    inGroup = isDigit;
  }
  return inGroup ? findEndingHere(run) : undefined;
};

/** How an ASCII character counts in a number; in bytes, since it is looked up for each character of each request and log line. */
const asciiKinds = { end: 0, separator: 1, digit: 2 } as const;
const asciiKindOf = Uint8Array.from(asciiReadings, (reading) =>
  reading === undefined ? asciiKinds.end : reading === ' ' ? asciiKinds.separator : asciiKinds.digit,
);

/** Fast path for ordinary text: it never has as many digits in a row as the shortest card number. */
const mayHoldCardNumber = (text: string): boolean => {
  let digits = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 127) return true;
    const kind = asciiKindOf[code];
    if (kind === asciiKinds.end) digits = 0;
    else if (kind === asciiKinds.digit) digits += 1;
    if (digits === digitsMin) return true;
  }
  return false;
};

/** A UUID as RFC 9562 writes it, with a version and a variant that it knows. */
const uuid = /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?![0-9a-z])/gi;

/**
 * The text with each UUID struck out at its place: one in 1,300 random ones holds what reads as a card number, and people
 * use them as references and as idempotency keys. Without a letter it stays: then it may be digits that somebody typed.
 */
const withoutUuids = (text: string): string =>
  text.replaceAll(uuid, (id) => (/[a-f]/i.test(id) ? 'x'.repeat(id.length) : id));

const holdsCardNumber = (text: string): boolean =>
  mayHoldCardNumber(text) && findCardNumber(withoutUuids(text), 0) !== undefined;

/** One character in the escapes of a URL: a lead byte with what follows it in UTF-8, or any other byte. */
const urlEscape = /(%[c-f][0-9a-f](?:%[89ab][0-9a-f]){1,3}|%[0-9a-f]{2}|\+)/gi;

/** Byte by byte where it is no UTF-8. */
const unescaped = (escape: string): string => {
  if (escape === '+') return ' ';
  try {
    return decodeURIComponent(escape);
  } catch {
    return Buffer.from(escape.replaceAll('%', ''), 'hex').toString('latin1');
  }
};

/**
 * Whether a text that must hold no card number holds one: 12 to 19 digits, Luhn, and some brand's range and length, as they
 * stand or in the escapes of a URL.
 */
export const containsCardNumber = (text: string): boolean =>
  holdsCardNumber(text) || (/[%+]/.test(text) && holdsCardNumber(text.replaceAll(urlEscape, unescaped)));

/** @param said the text as it is read. @param placeOf where in the text a character of `said` stands */
const mask = (text: string, said: string, placeOf: (index: number) => number): string => {
  const searched = withoutUuids(said);
  let masked = '';
  let kept = 0;
  let found = findCardNumber(searched, 0);
  while (found !== undefined) {
    masked += `${text.slice(kept, placeOf(found.start))}****`;
    kept = placeOf(found.last4Start);
    // From the digits that are left: with those behind them they may make another.
    found = findCardNumber(searched, found.last4Start);
  }
  return masked + text.slice(kept);
};

const maskPlain = (text: string): string => mask(text, text, (index) => index);

const maskEscaped = (text: string): string => {
  const places: number[] = [];
  let said = '';
  let place = 0;
  for (const [index, piece] of text.split(urlEscape).entries()) {
    const isEscape = index % 2 === 1;
    const read = isEscape ? unescaped(piece) : piece;
    // A malformed escape is read as a character for each byte, which takes three to write.
    for (let unit = 0; unit < read.length; unit += 1) places.push(place + unit * (isEscape ? 3 : 1));
    said += read;
    place += piece.length;
  }
  return mask(text, said, (index) => places[index] ?? 0);
};

/**
 * The text with every card number that `containsCardNumber` sees reduced to its last four digits, for log lines.
 * The last guard: nothing is supposed to hand a card number to a log in the first place.
 */
export const scrubCardNumbers = (text: string): string => {
  let scrubbed = text;
  // What is left in one reading may make a number in the other. It ends: each round leaves fewer digits.
  while (containsCardNumber(scrubbed)) scrubbed = maskPlain(maskEscaped(scrubbed));
  return scrubbed;
};
