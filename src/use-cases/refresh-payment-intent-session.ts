import type { Account } from '../domain/account.ts';
import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import type { Result } from '../domain/result.ts';
import type { Problem } from '../problems/problems.ts';
import { changePaymentIntent } from './change-payment-intent.ts';
import type { Remember, UseCaseContext } from './context.ts';
import { newClientSession } from './ids-and-sessions.ts';

/** Replaces the browser's secret by a new one that lives 30 minutes; the old one stops working. */
export const refreshPaymentIntentSession = (
  context: UseCaseContext,
  input: { readonly account: Account; readonly id: string; readonly remember: Remember<PaymentIntent> },
): Promise<Result<PaymentIntent, Problem>> =>
  changePaymentIntent(context, {
    ...input,
    command: (intent, now) => ({ type: 'refresh-session', session: newClientSession(context, intent.id, now) }),
  });
