/** The currencies that the API takes (its documentation, ISO 4217). Both have two minor digits. */
export const currencies = ['GBP', 'EUR'] as const;
export type Currency = (typeof currencies)[number];

/** An amount in integer minor units (pence, cents) with its currency. No floating point comes near it. */
export type Money = { readonly amountMinor: number; readonly currency: Currency };

/** The largest amount that is taken: twelve digits, the size of field 4 (amount) of an ISO 8583 message. */
export const amountMinorMax = 999_999_999_999;
