import type { KeyObject } from 'node:crypto';
import { createCipheriv, createDecipheriv } from 'node:crypto';

/** What AES-256-GCM gives: `sealed` is the ciphertext with its 16-byte tag behind it. */
export type Envelope = { readonly nonce: Uint8Array; readonly sealed: Uint8Array };

/** 96 bits, the only length for which a random nonce carries the bound of NIST SP 800-38D 8.3. */
export const nonceLength = 12;
const tagLength = 16;

/**
 * Where an envelope belongs, bound to it as additional authenticated data: it opens nowhere else.
 * A JSON array of texts is read in one way only, so no two places share an encoding.
 */
export type EnvelopePlace = readonly string[];
const encodePlace = (place: EnvelopePlace): Buffer => Buffer.from(JSON.stringify(place));

/** @param nonce 12 random bytes, never used before with this key */
export const seal = (key: KeyObject, nonce: Uint8Array, place: EnvelopePlace, plain: Uint8Array): Envelope => {
  if (nonce.length !== nonceLength) throw new RangeError('A nonce has 12 bytes.');
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  cipher.setAAD(encodePlace(place));
  return { nonce, sealed: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]) };
};

/** The plain bytes, or `undefined` when key, place, nonce or a single bit of the envelope is not the one it was sealed with. */
export const open = (key: KeyObject, place: EnvelopePlace, { nonce, sealed }: Envelope): Buffer | undefined => {
  if (nonce.length !== nonceLength || sealed.length < tagLength) return undefined;
  const split = sealed.length - tagLength;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  decipher.setAAD(encodePlace(place));
  decipher.setAuthTag(sealed.subarray(split));
  const plain = decipher.update(sealed.subarray(0, split));
  try {
    decipher.final();
  } catch {
    plain.fill(0);
    return undefined;
  }
  return plain;
};
