import type { Money } from '../../domain/money.ts';

/** An amount in the API's words: minor units, ISO 4217. */
export type SentMoney = { readonly value: number; readonly currencyCode: string };

/** An amount that the schema has let pass, in our words. */
export const moneyOf = (sent: SentMoney): Money => ({
  amountMinor: sent.value,
  currency: sent.currencyCode as Money['currency'],
});

/** An amount in the API's words. */
export const moneyShown = (money: Money): SentMoney => ({ value: money.amountMinor, currencyCode: money.currency });
