import type { Account } from '../domain/account.ts';
import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import { type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { changePaymentIntent } from './change-payment-intent.ts';
import type { Remember, UseCaseContext } from './context.ts';
import { newClientSession } from './ids-and-sessions.ts';
import { ownerOfPaymentIntent } from './read-payment-intent.ts';

/** Replaces the browser's secret by a new one that lives 30 minutes; the old one stops working. `account` null: the public call. */
export const refreshPaymentIntentSession = async (
  context: UseCaseContext,
  input: { readonly account: Account | null; readonly id: string; readonly remember: Remember<PaymentIntent> },
): Promise<Result<PaymentIntent, Problem>> => {
  const account = input.account ?? (await ownerOfPaymentIntent(context, input.id));
  if (account === undefined) return refuse(problem('payment-intent-not-found'));
  return changePaymentIntent(context, {
    ...input,
    account,
    command: (intent, now) => ({ type: 'refresh-session', session: newClientSession(context, intent.id, now) }),
  });
};
