import type { KeyObject } from 'node:crypto';
import type { Envelope, EnvelopePlace } from '../keys/envelope.ts';
import { open, seal } from '../keys/envelope.ts';
import type { Expiry } from './expiry.ts';
import { Pan } from './pan.ts';

/** What of a card is sealed: all that a later charge sends. */
export type ChargeableCard = { readonly pan: Pan; readonly expiry: Expiry };

/** A card opens only for its account, under its reference, and to be charged. */
const cardPlace = (accountId: string, reference: string): EnvelopePlace => [
  'strongroom/card/1',
  'charge',
  accountId,
  reference,
];

/** Number, `=`, year and month, as on a magnetic stripe's second track (ISO/IEC 7813) but with the whole year. */
const encode = ({ pan, expiry }: ChargeableCard): Buffer =>
  Buffer.from(`${pan.reveal()}=${expiry.year}${String(expiry.month).padStart(2, '0')}`, 'latin1');

const decode = (plain: Buffer): ChargeableCard | undefined => {
  const [, digits, year, month] = /^([0-9]{12,19})=([0-9]{4})([0-9]{2})$/.exec(plain.toString('latin1')) ?? [];
  if (digits === undefined) return undefined;
  return { pan: new Pan(digits), expiry: { year: Number(year), month: Number(month) } };
};

/** @param nonce 12 random bytes, never used before with this key */
export const sealCard = (
  key: KeyObject,
  nonce: Uint8Array,
  accountId: string,
  reference: string,
  card: ChargeableCard,
): Envelope => {
  const plain = encode(card);
  const envelope = seal(key, nonce, cardPlace(accountId, reference), plain);
  plain.fill(0);
  return envelope;
};

/** `undefined` when the envelope was sealed for another account or reference, with another key, or was changed. */
export const openSealedCard = (
  key: KeyObject,
  accountId: string,
  reference: string,
  envelope: Envelope,
): ChargeableCard | undefined => {
  const plain = open(key, cardPlace(accountId, reference), envelope);
  if (plain === undefined) return undefined;
  const card = decode(plain);
  plain.fill(0);
  return card;
};
