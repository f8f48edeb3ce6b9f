import { amountMinorMax, type Money } from '../../domain/money.ts';
import type { newFieldErrors } from './field-errors.ts';

/** Rules that a schema cannot say, because they need the time or a second field. */
type Errors = ReturnType<typeof newFieldErrors>;

/** A year: nobody waits longer for a customer, and a date far away is most often a mistake in units. */
const expiryAheadMsMax = 366 * 24 * 60 * 60 * 1000;

/** The moment when an intent lapses, milliseconds since 1970. @param now the account's time */
export const expiryOf = (expireAt: string | undefined, now: number, errors: Errors): number | null => {
  if (expireAt === undefined) return null;
  const moment = Date.parse(expireAt);
  if (Number.isNaN(moment))
    errors.add('ExpireAt', 'The ExpireAt field must be a date and time with its offset, such as 2026-02-27T12:00:00Z.');
  else if (moment <= now) errors.add('ExpireAt', 'The ExpireAt field must be in the future.');
  else if (moment - now > expiryAheadMsMax)
    errors.add('ExpireAt', 'The ExpireAt field must be at most 366 days ahead.');
  return moment;
};

type SentMoney = { readonly value: number; readonly currencyCode: string };

/** An amount that the schema has let pass, in our words. */
export const moneyOf = (sent: SentMoney): Money => ({
  amountMinor: sent.value,
  currency: sent.currencyCode as Money['currency'],
});

/** An amount in the API's words: minor units, ISO 4217. */
export const moneyShown = (money: Money): { value: number; currencyCode: string } => ({
  value: money.amountMinor,
  currencyCode: money.currency,
});

/** Amounts that are paid together share a currency, and their sum is an amount too. */
export const checkAmountsTogether = (
  amount: SentMoney,
  others: Readonly<Record<string, SentMoney | undefined>>,
  errors: Errors,
): void => {
  let sum = amount.value;
  for (const [field, other] of Object.entries(others)) {
    if (other === undefined) continue;
    sum += other.value;
    if (other.currencyCode !== amount.currencyCode) {
      errors.add(`${field}.CurrencyCode`, 'The CurrencyCode field must be the same as in Amount.');
    }
  }
  if (sum > amountMinorMax)
    errors.add('Amount', `The Amount field and its additions must be at most ${amountMinorMax} together.`);
};

/** Keeps the fields that were sent, so that absent ones stay absent. */
export const present = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const kept: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) if (fields[key] !== undefined) kept[key] = fields[key];
  return kept;
};

const metadataKeyLengthMax = 40;

/** Field errors of metadata keys: their length is no keyword of JSON Schema's. */
export const checkMetadataKeys = (metadata: Readonly<Record<string, string>> | undefined, errors: Errors): void => {
  if (metadata === undefined) return;
  if (Object.keys(metadata).some((key) => key.length === 0 || key.length > metadataKeyLengthMax)) {
    errors.add('Metadata', `The Metadata field must have keys of 1 to ${metadataKeyLengthMax} characters.`);
  }
};
