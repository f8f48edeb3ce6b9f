import { amountMinorMax } from '../../domain/money.ts';
import type { Problem } from '../../problems/problems.ts';
import { type newFieldErrors, wrongField } from './field-errors.ts';
import type { SentMoney } from './money.ts';

/** Rules that a schema cannot say, because they need the time or a second field. */
type Errors = ReturnType<typeof newFieldErrors>;

/** A year: nobody waits longer for a customer, and a date far away is most often a mistake in units. */
const expiryAheadMsMax = 366 * 24 * 60 * 60 * 1000;

/** The moment when an intent lapses, milliseconds since 1970; null where none was sent. */
export const expiryOf = (expireAt: string | undefined, errors: Errors): number | null => {
  if (expireAt === undefined) return null;
  const moment = Date.parse(expireAt);
  if (Number.isNaN(moment))
    errors.add('ExpireAt', 'The ExpireAt field must be a date and time with its offset, such as 2026-02-27T12:00:00Z.');
  return moment;
};

/**
 * Why an intent cannot lapse then. Only for a request that is new: one that is repeated under its idempotency key after that
 * moment gets its first answer.
 * @param now the account's time, milliseconds since 1970
 */
export const refusalOfExpiry = (expireAt: number | null, now: number): Problem | undefined => {
  if (expireAt === null || (expireAt > now && expireAt - now <= expiryAheadMsMax)) return undefined;
  return wrongField('expireAt', expireAt <= now ? 'must be in the future.' : 'must be at most 366 days ahead.');
};

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

const metadataKeyLengthMax = 40;

/** Field errors of metadata keys: their length is no keyword of JSON Schema's. */
export const checkMetadataKeys = (metadata: Readonly<Record<string, string>> | undefined, errors: Errors): void => {
  if (metadata === undefined) return;
  if (Object.keys(metadata).some((key) => key.length === 0 || key.length > metadataKeyLengthMax)) {
    errors.add('Metadata', `The Metadata field must have keys of 1 to ${metadataKeyLengthMax} characters.`);
  }
};
