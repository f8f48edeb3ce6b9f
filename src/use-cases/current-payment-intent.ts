import type { Account } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import { applyToPaymentIntent, duePaymentIntentCommand } from '../domain/payment-intent/payment-intent-machine.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { accountNow, type UseCaseContext } from './context.ts';
import { savePaymentIntent } from './intent-changes.ts';
import { untilUnchanged } from './until-unchanged.ts';

/**
 * The payment intent as it is at this moment: a move that time has made due is saved first, so that no reader ever sees a
 * status that is out of date. A foreign intent and a missing one are the same refusal.
 */
export const currentPaymentIntent = (
  context: UseCaseContext,
  account: Account,
  id: string,
): Promise<Result<PaymentIntent, Problem>> =>
  untilUnchanged(async () => {
    const intent = await context.store.paymentIntent(id);
    if (intent === undefined || intent.accountId !== account.id) return refuse(problem('payment-intent-not-found'));
    const now = accountNow(context, account);
    const due = duePaymentIntentCommand(intent, now);
    if (due === null) return ok(intent);
    const moved = applyToPaymentIntent(intent, due, now);
    if (!moved.ok) throw new Error(`a due ${due.type} was refused: ${moved.error}`);
    const saved = await context.store.commit(savePaymentIntent(context, moved.value));
    return saved.ok ? ok(moved.value.intent) : saved.error;
  });
