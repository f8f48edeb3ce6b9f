import type { Account } from '../domain/account.ts';
import {
  paymentIntentLifetimeMs,
  type PaymentIntent,
  type PaymentIntentTerms,
} from '../domain/payment-intent/payment-intent.ts';
import { newPaymentIntent } from '../domain/payment-intent/payment-intent-machine.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { accountNow, type Remember, type UseCaseContext } from './context.ts';
import { currentSetupIntent } from './current-setup-intent.ts';
import { newClientSession, newEnvironmentId } from './ids-and-sessions.ts';
import { insertPaymentIntent } from './intent-changes.ts';
import { rememberAnswer } from './remember-answer.ts';

/**
 * Creates a payment intent. One that names a setup intent must name an Authorized one of its own account;
 * several may name the same, and the charge decides which of them is paid by it.
 */
export const createPaymentIntent = async (
  context: UseCaseContext,
  input: {
    readonly account: Account;
    readonly terms: PaymentIntentTerms;
    readonly expireAt: number | null;
    readonly setupIntentId: string | null;
    readonly remember: Remember<PaymentIntent>;
  },
): Promise<Result<PaymentIntent, Problem>> => {
  const { account, terms, setupIntentId } = input;
  if (setupIntentId !== null) {
    const refusal = await refusalToName(context, account, setupIntentId);
    if (refusal !== null) return refuse(refusal);
  }
  const now = accountNow(context, account);
  const id = newEnvironmentId(context, 'pi');
  const expireAt = input.expireAt ?? now + paymentIntentLifetimeMs;
  const session = newClientSession(context, id, now);
  const created = newPaymentIntent({ id, accountId: account.id, expireAt, session, terms, setupIntentId }, now);
  const saved = await context.store.commit([
    ...insertPaymentIntent(context, created),
    ...rememberAnswer(input.remember, created.intent, now),
  ]);
  return saved.ok ? ok(created.intent) : refuse(problem('idempotency-key-in-flight'));
};

const refusalToName = async (
  context: UseCaseContext,
  account: Account,
  setupIntentId: string,
): Promise<Problem | null> => {
  const named = await currentSetupIntent(context, account, setupIntentId);
  if (!named.ok) {
    if (named.error.code !== 'setup-intent-not-found') return named.error;
    return problem('setup-intent-unknown', {
      errors: { SetupIntentId: ['The SetupIntentId field names no setup intent of this account.'] },
    });
  }
  const { status } = named.value;
  if (status === 'Authorized') return null;
  return problem('setup-intent-not-authorized', {
    intentStatus: status,
    errors: { SetupIntentId: ['The SetupIntentId field must name an Authorized setup intent.'] },
  });
};
