import type { CardScheme } from '../../src/domain/card-summary.ts';
import { cardSchemes } from '../../src/domain/card-summary.ts';
import type { Result } from '../../src/domain/result.ts';
import { ok, refuse } from '../../src/domain/result.ts';
import type { FieldErrors } from '../../src/problems/problems.ts';
import { brandOf } from './brand.ts';
import { Cvv } from './cvv.ts';
import { containsCardNumber } from './detect.ts';
import type { Expiry } from './expiry.ts';
import { parseExpiry } from './expiry.ts';
import { passesLuhn } from './luhn.ts';
import { Pan } from './pan.ts';

/** A card as it was typed in, checked. */
export type CardDetails = {
  readonly pan: Pan;
  readonly cvv: Cvv;
  readonly expiry: Expiry;
  readonly cardholderName: string | null;
  readonly scheme: CardScheme;
};

/** The fields as errors name them; callers may write them in any case, as .NET services read JSON. */
type FieldName = 'CardNumber' | 'CardName' | 'ExpiryDate' | 'CV2';
const fieldByName: ReadonlyMap<string, FieldName> = new Map([
  ['cardnumber', 'CardNumber'],
  ['cardname', 'CardName'],
  ['expirydate', 'ExpiryDate'],
  ['cv2', 'CV2'],
  ['cvv', 'CV2'],
]);

/** 19 digits with a separator after each is as long as a card number is ever written. */
const cardNumberLengthMax = 40;
const cardNameLengthMax = 100;
const expiryLengthMax = 10;
/** A body can hold thousands of unknown names; a person reads a few. */
const unknownFieldsNamedMax = 10;

const orList = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/** Field names are the caller's text too: only one that cannot hold a number is repeated. */
const nameForError = (name: string): string =>
  /^[A-Za-z]{1,40}$/.test(name) ? `CardDetails.${name.charAt(0).toUpperCase()}${name.slice(1)}` : 'CardDetails';

type Collected = { readonly fields: Map<FieldName, string>; readonly errors: Map<string, string> };

/** Sorts what was sent into known fields of type string, and errors. */
const collectFields = (cardDetails: object): Collected => {
  const fields = new Map<FieldName, string>();
  const errors = new Map<string, string>();
  const seen = new Set<FieldName>();
  let unknown = 0;
  for (const [name, value] of Object.entries(cardDetails) as [string, unknown][]) {
    const field = fieldByName.get(name.toLowerCase());
    if (field === undefined) {
      unknown += 1;
      if (unknown <= unknownFieldsNamedMax) errors.set(nameForError(name), 'The field is not known here.');
    } else if (seen.has(field)) errors.set(`CardDetails.${field}`, `The ${field} field was sent more than once.`);
    else if (value !== null && typeof value !== 'string')
      errors.set(`CardDetails.${field}`, `The ${field} field must be a string.`);
    else if (value !== null) fields.set(field, value);
    if (field !== undefined) seen.add(field);
  }
  return { fields, errors };
};

type Checked<T> = Result<T, string>;

const checkNumber = (text: string): Checked<{ pan: Pan; scheme: CardScheme; cvvLength: number }> => {
  const invalid = refuse('The CardNumber field is not a valid card number.');
  if (text.length > cardNumberLengthMax) return invalid;
  const digits = text.replace(/[ -]/g, '');
  if (!/^[0-9]{12,19}$/.test(digits) || !passesLuhn(digits)) return invalid;
  const brand = brandOf(digits);
  if (brand === undefined) return invalid;
  if (brand.scheme === null)
    return refuse(
      `The CardNumber field is of a brand that is not accepted, ${brand.name}. Accepted are ${orList.format(cardSchemes)}.`,
    );
  if (!brand.lengths.includes(digits.length)) return invalid;
  return ok({ pan: new Pan(digits), scheme: brand.scheme, cvvLength: brand.cvvLength });
};

/** Controls, halves of characters, and marks that turn the direction of the text around them. */
const unprintable = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

/** A name is not required, so a form may send an empty one: there is none then. */
const checkName = (text: string): Checked<string | null> => {
  const name = text.trim();
  if (name === '') return ok(null);
  if (name.length > cardNameLengthMax)
    return refuse(`The CardName field must have at most ${cardNameLengthMax} characters.`);
  if (unprintable.test(name)) return refuse('The CardName field holds control characters.');
  return containsCardNumber(name) ? refuse('The CardName field must not hold a card number.') : ok(name);
};

const checkExpiry = (text: string, now: number): Checked<Expiry> => {
  const expiry = text.length > expiryLengthMax ? undefined : parseExpiry(text.trim(), now);
  return expiry === undefined
    ? refuse('The ExpiryDate field is not a valid expiry date. Write it as MM / YY.')
    : ok(expiry);
};

/** @param length the digits that the card's brand prints, or `undefined` while the brand is not known */
const checkCvv = (text: string, length: number | undefined): Checked<Cvv> => {
  if (!/^[0-9]{3,4}$/.test(text)) return refuse('The CV2 field must have 3 digits, or 4 for AMEX.');
  if (length !== undefined && text.length !== length)
    return refuse(`The CV2 field must have ${length} digits for this card.`);
  return ok(new Cvv(text));
};

/**
 * Checks card details as a body sent them (any JSON value). No error repeats what was sent.
 * @param now milliseconds since 1970, bounds the expiry year
 */
export const parseCardDetails = (cardDetails: unknown, now: number): Result<CardDetails, FieldErrors> => {
  if (typeof cardDetails !== 'object' || cardDetails === null || Array.isArray(cardDetails))
    return refuse({
      CardDetails: [
        cardDetails === undefined || cardDetails === null
          ? 'The CardDetails field is required.'
          : 'The CardDetails field must be an object.',
      ],
    });
  const { fields, errors } = collectFields(cardDetails);
  const check = <T>(field: FieldName, read: (text: string) => Checked<T>): T | undefined => {
    const text = fields.get(field);
    const key = `CardDetails.${field}`;
    if (errors.has(key)) return undefined;
    if (text === undefined) {
      if (field !== 'CardName') errors.set(key, `The ${field} field is required.`);
      return undefined;
    }
    const checked = read(text);
    if (checked.ok) return checked.value;
    errors.set(key, checked.error);
    return undefined;
  };
  const number = check('CardNumber', checkNumber);
  const cardholderName = check('CardName', checkName) ?? null;
  const expiry = check('ExpiryDate', (text) => checkExpiry(text, now));
  const cvv = check('CV2', (text) => checkCvv(text, number?.cvvLength));
  if (errors.size > 0 || number === undefined || expiry === undefined || cvv === undefined) {
    cvv?.drop();
    return refuse(Object.fromEntries([...errors].map(([key, message]) => [key, [message]])));
  }
  return ok({ pan: number.pan, cvv, expiry, cardholderName, scheme: number.scheme });
};
