import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One way in which a secret may lie in bytes, with what finds it. */
export type SecretForm = {
  readonly name: string;
  /** How it would be planted; what must be found. */
  readonly bytes: Buffer;
  readonly isIn: (haystack: Buffer) => boolean;
};

const exactly = (name: string, bytes: Buffer | string): SecretForm => {
  const needle = Buffer.from(bytes as string);
  return { name, bytes: needle, isIn: (haystack) => haystack.includes(needle) };
};

const inUtf16BigEndian = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

/** The letters of base64 that depend on the secret alone, when `offset` bytes of something else stand before it in its group of three. */
const base64Core = (secret: Buffer, offset: number, encoding: 'base64' | 'base64url'): string => {
  const text = Buffer.concat([Buffer.alloc(offset), secret]).toString(encoding);
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + secret.length) * 8) / 6));
};

const encodings = (name: string, text: string): readonly SecretForm[] => [
  exactly(name, text),
  exactly(`${name}, UTF-16 little-endian`, Buffer.from(text, 'utf16le')),
  exactly(`${name}, UTF-16 big-endian`, inUtf16BigEndian(text)),
  ...[0, 1, 2].map((offset) =>
    exactly(`${name}, base64 at ${offset}`, base64Core(Buffer.from(text), offset, 'base64')),
  ),
  ...[0, 1, 2].map((offset) =>
    exactly(`${name}, base64url at ${offset}`, base64Core(Buffer.from(text), offset, 'base64url')),
  ),
  ...[0, 1, 2].map((offset) =>
    exactly(`${name}, base64 of UTF-16 at ${offset}`, base64Core(Buffer.from(text, 'utf16le'), offset, 'base64')),
  ),
  exactly(`${name}, hex`, Buffer.from(text).toString('hex')),
  exactly(`${name}, hex in capitals`, Buffer.from(text).toString('hex').toUpperCase()),
  exactly(`${name}, percent-encoded`, Buffer.from(text).toString('hex').replace(/../g, '%$&')),
  exactly(
    `${name}, percent-encoded in capitals`,
    Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&'),
  ),
  exactly(
    `${name}, JSON escapes`,
    [...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  ),
];

const numberForms = (digits: string): readonly SecretForm[] => {
  const integer = Buffer.alloc(8);
  integer.writeBigInt64BE(BigInt(digits));
  const double = Buffer.alloc(8);
  double.writeDoubleBE(Number(digits));
  const littleEndian = (bytes: Buffer): Buffer => Buffer.from(bytes).reverse();
  return [
    exactly('a 64-bit integer', integer),
    exactly('a 64-bit integer, little-endian', littleEndian(integer)),
    exactly('a floating-point number', double),
    exactly('a floating-point number, little-endian', littleEndian(double)),
    exactly(
      'packed decimals, as acquirers send them',
      Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex'),
    ),
  ];
};

/** A hash of the bare number is no secret: all card numbers can be tried in minutes. */
const hashForms = (digits: string): readonly SecretForm[] =>
  ['sha256', 'sha1', 'md5', 'sha512'].flatMap((algorithm) => {
    const digest = createHash(algorithm).update(digits).digest();
    return [
      exactly(`${algorithm}`, digest),
      exactly(`${algorithm} in hex`, digest.toString('hex')),
      exactly(`${algorithm} in base64`, digest.toString('base64').replace(/=+$/, '')),
      exactly(`${algorithm} in base64url`, digest.toString('base64url')),
    ];
  });

/** Every form of a card number that a careless line of code could leave behind. */
export const cardNumberForms = (digits: string): readonly SecretForm[] => {
  const reversed = [...digits].reverse().join('');
  const grouped = digits.match(/.{1,4}/g) ?? [];
  return [
    ...encodings('plain', digits),
    ...encodings('reversed', reversed),
    ...[' ', '-', '+', '%20', '\u00a0'].flatMap((separator) =>
      encodings(`grouped by “${separator}”`, grouped.join(separator)),
    ),
    ...numberForms(digits),
    ...hashForms(digits),
  ];
};

/**
 * A CVV is too short to be looked for by itself: among random bytes it is found by chance. It is looked for as a word of its
 * own, and in the words with which it was sent.
 */
export const cvvForms = (cvv: string): readonly SecretForm[] => {
  const word = new RegExp(`(?<![0-9A-Za-z.:_+/-])${cvv}(?![0-9A-Za-z._+/-])`);
  const asWord: SecretForm = {
    name: 'a word of its own',
    bytes: Buffer.from(`"${cvv}"`),
    isIn: (haystack) => word.test(haystack.toString('latin1')),
  };
  return [
    asWord,
    ...encodings('as sent', `"cV2":"${cvv}"`),
    ...encodings('as a field', `cV2=${cvv}`),
    ...encodings('as a field of ours', `cvv: '${cvv}'`),
  ];
};

export type Finding = { readonly where: string; readonly form: string };

/** Where in these texts and in all files under these folders a secret lies, and how it is written there. */
export const searchFor = (
  forms: readonly SecretForm[],
  places: { readonly folders: readonly string[]; readonly texts: Readonly<Record<string, string>> },
): readonly Finding[] => {
  const findings: Finding[] = [];
  const look = (where: string, haystack: Buffer): void => {
    for (const form of forms) if (form.isIn(haystack)) findings.push({ where, form: form.name });
  };
  for (const [where, text] of Object.entries(places.texts)) look(where, Buffer.from(text));
  for (const file of places.folders.flatMap(filesUnder))
    look(file, Buffer.concat([Buffer.from(`${file}\n`), readFileSync(file)]));
  return findings;
};

/** All files under a folder, their names to be searched as well. */
export const filesUnder = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
