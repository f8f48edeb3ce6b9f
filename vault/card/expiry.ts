/** The month at whose end a card goes out of date. `month` is 1 to 12. */
export type Expiry = { readonly year: number; readonly month: number };

/** Issuers date cards at most twenty years ahead; a later year is a slip of the finger. */
const yearsAheadMax = 20;
/** A two-digit year means this century. */
const century = 2000;

const monthFirst = /^(0[1-9]|1[0-2])(?: ?\/ ?)?([0-9]{2}|[0-9]{4})$/;
const yearFirst = /^([0-9]{4})-(0[1-9]|1[0-2])$/;

/**
 * Reads `MM / YY`, `MM/YY`, `MMYY`, `MM/YYYY` or `YYYY-MM`; `undefined` for anything else or a year out of bounds.
 * A past month is a good value: whether the card is still usable is for the intent to say.
 * @param now milliseconds since 1970
 */
export const parseExpiry = (text: string, now: number): Expiry | undefined => {
  const first = monthFirst.exec(text);
  const second = first === null ? yearFirst.exec(text) : null;
  const monthText = first?.[1] ?? second?.[2];
  const yearText = first?.[2] ?? second?.[1];
  if (monthText === undefined || yearText === undefined) return undefined;
  // Six digits in a row are not among the forms: 122029 and 202912 would be taken for each other.
  if (first !== null && yearText.length === 4 && !text.includes('/')) return undefined;
  const year = yearText.length === 2 ? century + Number(yearText) : Number(yearText);
  if (year < century || year > new Date(now).getUTCFullYear() + yearsAheadMax) return undefined;
  return { year, month: Number(monthText) };
};

/** `2029-12` */
export const expiryText = (expiry: Expiry): string => `${expiry.year}-${String(expiry.month).padStart(2, '0')}`;
