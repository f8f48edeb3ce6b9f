/** Values of ASN.1 in their distinguished encoding (X.690), as far as a certificate needs them. Written, never read. */
export type Der = Uint8Array;

const lengthOf = (bytes: number): readonly number[] => {
  if (bytes < 0x80) return [bytes];
  const digits: number[] = [];
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return [0x80 | digits.length, ...digits];
};

const tagged = (tag: number, content: Uint8Array): Der => Buffer.from([tag, ...lengthOf(content.length), ...content]);

export const sequence = (...parts: readonly Der[]): Der => tagged(0x30, Buffer.concat(parts));
export const setOf = (part: Der): Der => tagged(0x31, part);
export const octets = (bytes: Uint8Array): Der => tagged(0x04, bytes);
export const utf8 = (text: string): Der => tagged(0x0c, Buffer.from(text));
export const yes: Der = tagged(0x01, Uint8Array.of(0xff));

/** `[n]` around a value (explicit), or in the place of its tag (implicit, a primitive one). */
export const explicit = (number: number, value: Der): Der => tagged(0xa0 | number, value);
export const implicit = (number: number, content: Uint8Array): Der => tagged(0x80 | number, content);

/** @param unusedBits how many of the last byte's low bits do not count */
export const bits = (bytes: Uint8Array, unusedBits = 0): Der => tagged(0x03, Buffer.from([unusedBits, ...bytes]));

/** A number that is not negative, its bytes without leading zeros. */
export const integer = (bytes: Uint8Array): Der =>
  tagged(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.from([0, ...bytes]) : bytes);

/** @param dotted such as `1.2.840.10045.4.3.2` */
export const oid = (dotted: string): Der => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const content = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift(0x80 | (left % 128));
    }
    return digits;
  });
  return tagged(0x06, Uint8Array.from(content));
};

/** A moment to the second: two digits for the year until 2049, four from then on (RFC 5280, 4.1.2.5). @param at milliseconds since 1970 */
export const time = (at: number): Der => {
  const digits = `${new Date(at).toISOString().replaceAll(/\D/g, '').slice(0, 14)}Z`;
  const isShort = Number(digits.slice(0, 4)) < 2050;
  return isShort ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
};
