import type { SeededRandom } from '../sim/seeded-random.ts';

/** Card numbers that the run sends, and that must come back nowhere: test cards, and numbers that look like anybody's. */
export const markedCards: readonly string[] = [
  '5200000000001005',
  '4000000000000002',
  '370000000000002',
  '36000000000008',
  '4000000021000007',
  '4111111111111111',
  '5555555555554444',
  '6011111111111117',
];

const fullWidth = (digits: string): string =>
  digits.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));
const grouped = (digits: string, separator: string): string => (digits.match(/.{1,4}/g) ?? []).join(separator);

/** A marked card number as somebody might write it, or hide it. */
export const cardText = (random: SeededRandom): string => {
  const digits = random.pick(markedCards);
  return random.pick([
    digits,
    grouped(digits, ' '),
    grouped(digits, '-'),
    grouped(digits, '\u00a0'),
    fullWidth(digits),
    `Card ${digits}!`,
    `tel. 0123 ${digits}`,
    grouped(digits, '\u200b'),
  ]);
};

/** Texts that have broken programs before. */
export const nastyTexts: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '\u2028\u2029',
  '\u202egnp.exe',
  '👩‍👩‍👧‍👦'.repeat(20),
  'e\u0301'.repeat(50),
  'İıſK',
  'null',
  'undefined',
  'NaN',
  'true',
  '0',
  '-0',
  '-1',
  '1e308',
  '1e999',
  '0x10',
  '1_000',
  '٣٤٥',
  "'; drop table setup_intents; --",
  '" or ""="',
  '$1',
  '%s%n%x',
  '%00',
  '%ff%fe',
  '../../../../etc/passwd',
  '{{7*7}}',
  '${7*7}',
  '<script>alert(1)</script>',
  '\r\nset-cookie: a=b',
  '__proto__',
  'constructor',
  '0000-00-00T00:00:00Z',
  '2026-02-30T25:61:61Z',
  '9999-12-31T23:59:60Z',
  '+275760-09-13T00:00:00.001Z',
  '2029-06-01T00:00:00+14:00',
  '99.23:59:59',
  '00:00:00',
];

export const nastyNumbers: readonly string[] = [
  '0',
  '-0',
  '-1',
  '1',
  '0.1',
  '1.5',
  '1e2',
  '1E400',
  '-1e400',
  '1e-400',
  '2147483648',
  '4294967296',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '18446744073709551616',
  '999999999999',
  '1000000000000',
  '123456789012345678901234567890',
];

/** Names that reach for an object's prototype, or for card fields where none belong. */
export const nastyNames: readonly string[] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'toJSON',
  'then',
  'length',
  '',
  ' ',
  'ID',
  'id',
  'status',
  'version',
  'accountId',
  'cardDetails',
  'CARDDETAILS',
  'cV2',
  'cvc',
  '\0',
  '\ud800',
  'a.b[0]',
  '~1',
];
