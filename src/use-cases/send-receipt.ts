import type { Account } from '../domain/account.ts';
import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import type { Result } from '../domain/result.ts';
import type { Problem } from '../problems/problems.ts';
import { changePaymentIntent } from './change-payment-intent.ts';
import type { Remember, UseCaseContext } from './context.ts';

/**
 * Tells the subscribers, once, that a receipt of a paid payment intent is to go to these addresses. Nothing is mailed from here:
 * what a receipt looks like and who sends it is the merchant's.
 */
export const sendReceipt = (
  context: UseCaseContext,
  input: {
    readonly account: Account;
    readonly id: string;
    readonly emails: readonly string[];
    readonly remember: Remember<PaymentIntent>;
  },
): Promise<Result<PaymentIntent, Problem>> =>
  changePaymentIntent(context, {
    ...input,
    command: () => ({ type: 'request-receipt' }),
    data: { emails: input.emails },
  });
