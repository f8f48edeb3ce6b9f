import type { Money } from '../../domain/money.ts';

/** An amount in the API's words: minor units, ISO 4217. */
export type SentMoney = { readonly value: number; readonly currencyCode: string };

/** An amount that the schema has let pass, in our words. */
export const moneyOf = (sent: SentMoney): Money => ({
  amountMinor: sent.value,
  currency: sent.currencyCode as Money['currency'],
});

/** The same of one that may not have been sent. */
export const moneyOrNull = (sent: SentMoney | undefined): Money | null => (sent === undefined ? null : moneyOf(sent));

/** An amount in the API's words. */
export const moneyShown = (money: Money): SentMoney => ({ value: money.amountMinor, currencyCode: money.currency });

/** The same of one that there may not be; absent then. */
export const moneyShownIfAny = (money: Money | null): SentMoney | undefined =>
  money === null ? undefined : moneyShown(money);
