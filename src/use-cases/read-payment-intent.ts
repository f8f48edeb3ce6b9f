import type { Account } from '../domain/account.ts';
import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import type { UseCaseContext } from './context.ts';
import { currentPaymentIntent } from './current-payment-intent.ts';

/** Reads a payment intent of the account. A canceled one is not found unless the caller asks for it (the API's documentation). */
export const readPaymentIntent = async (
  context: UseCaseContext,
  input: { readonly account: Account; readonly id: string; readonly returnCanceled: boolean },
): Promise<Result<PaymentIntent, Problem>> => {
  const current = await currentPaymentIntent(context, input.account, input.id);
  if (current.ok && current.value.status === 'Canceled' && !input.returnCanceled) {
    return refuse(
      problem('payment-intent-not-found', {
        detail: 'It is canceled; send returnCanceled=true to read it all the same.',
      }),
    );
  }
  return current;
};

/** Reads a payment intent for the browser, which knows its id and no key. */
export const readPublicPaymentIntent = async (
  context: UseCaseContext,
  input: { readonly id: string },
): Promise<Result<PaymentIntent, Problem>> => {
  const owner = await ownerOfPaymentIntent(context, input.id);
  if (!owner.ok) return owner;
  const current = await currentPaymentIntent(context, owner.value, input.id);
  return current.ok && current.value.status === 'Canceled'
    ? refuse(problem('payment-intent-not-found', { detail: 'It is canceled.' }))
    : current;
};

/** The account behind an id, for the calls that carry no key: it is needed for its clock. */
export const ownerOfPaymentIntent = async (context: UseCaseContext, id: string): Promise<Result<Account, Problem>> => {
  const intent = await context.store.paymentIntent(id);
  const owner = intent === undefined ? undefined : await context.store.account(intent.accountId);
  return owner === undefined
    ? refuse(problem('payment-intent-not-found', { detail: 'No payment intent has this id.' }))
    : ok(owner);
};
