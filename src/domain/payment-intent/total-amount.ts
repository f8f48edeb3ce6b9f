import type { Money } from '../money.ts';
import type { PaymentIntentTerms } from './payment-intent.ts';

/**
 * What is paid in full, with all that comes on top of the amount (the API's documentation of `amount`): a stored card is
 * charged once, so nothing can be added later (the guide).
 */
export const totalAmount = ({ terms }: { readonly terms: PaymentIntentTerms }): Money => {
  const { amount, tipsAmount, serviceChargeAmount, cashbackAmount } = terms;
  const onTop = [tipsAmount, serviceChargeAmount, cashbackAmount];
  return { ...amount, amountMinor: onTop.reduce((sum, added) => sum + (added?.amountMinor ?? 0), amount.amountMinor) };
};
