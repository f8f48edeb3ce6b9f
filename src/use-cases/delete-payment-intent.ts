import type { Account } from '../domain/account.ts';
import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import type { Result } from '../domain/result.ts';
import type { Problem } from '../problems/problems.ts';
import { changePaymentIntent } from './change-payment-intent.ts';
import type { Remember, UseCaseContext } from './context.ts';

/** Cancels a payment intent that is not paid yet. Refuses any other status, and any while a charge is live. */
export const deletePaymentIntent = (
  context: UseCaseContext,
  input: { readonly account: Account; readonly id: string; readonly remember: Remember<PaymentIntent> },
): Promise<Result<PaymentIntent, Problem>> =>
  changePaymentIntent(context, { ...input, command: () => ({ type: 'cancel' }) });
