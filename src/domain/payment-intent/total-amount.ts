import type { Money } from '../money.ts';
import type { PaymentIntentTerms } from './payment-intent.ts';

/** What is paid in full, tips included: a stored card is charged once, so nothing can be added later (the guide). */
export const totalAmount = ({ terms }: { readonly terms: PaymentIntentTerms }): Money => ({
  ...terms.amount,
  amountMinor: terms.amount.amountMinor + (terms.tipsAmount?.amountMinor ?? 0),
});
