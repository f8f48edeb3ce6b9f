import type { Account } from '../domain/account.ts';
import type { ChargeAttempt } from '../domain/charge-attempt/charge-attempt.ts';
import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import { applyToPaymentIntent, isBug } from '../domain/payment-intent/payment-intent-machine.ts';
import { totalAmount } from '../domain/payment-intent/total-amount.ts';
import type { Refund } from '../domain/refund/refund.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { abandonedAfter } from './abandoned-after.ts';
import { accountNow, type Remember, type UseCaseContext } from './context.ts';
import { currentPaymentIntent } from './current-payment-intent.ts';
import { newPlainId } from './ids-and-sessions.ts';
import { savePaymentIntent } from './intent-changes.ts';
import { refusalOfCharge } from './refusal-of-charge.ts';
import { askForRefund, recordRefund, type RefundBooks } from './refund-books.ts';
import { claimAnswer } from './remember-answer.ts';
import { untilUnchanged } from './until-unchanged.ts';
import { verdictOn } from './verdict-on.ts';

/** What a merchant asks for. The currency is that of the payment. */
export type RefundOrder = {
  readonly amountMinor: number;
  readonly reason: string | null;
  readonly notes: string | null;
  /** The charge that is meant, as `paymentDetails.transactionId` names it; null where the caller does not say. */
  readonly previousTransactionId: string | null;
};

type Input = {
  readonly account: Account;
  readonly id: string;
  readonly order: RefundOrder;
  readonly traceId: string;
  readonly remember: Remember<Refund>;
};

/** A crowd of refunds of one payment save it one after the other, and each of a hundred is worth its turn. */
const triesMax = 256;

/**
 * Gives back part or all of a captured payment.
 * Its amount is reserved and the refund durable before anything leaves; the outcome, the payment intent, its event and the
 * answer are saved together. What the acquirer did not answer is refused as unsettled, stays reserved, and is settled by a
 * worker under the same id: never by another refund.
 * @returns a refund that the acquirer made or declined; see `renderRefund`
 */
export const refundPaymentIntent = async (context: UseCaseContext, input: Input): Promise<Result<Refund, Problem>> => {
  const begun = await beginRefund(context, input);
  if (!begun.ok) return begun;
  const { account } = input;
  const { refund } = begun.value;
  const verdict = verdictOn(await askForRefund(context, account, refund));
  return report(await recordRefund(context, account, refund.id, verdict, begun.value));
};

const beginRefund = (context: UseCaseContext, input: Input): Promise<Result<RefundBooks, Problem>> =>
  context.inTurn(input.id, () =>
    untilUnchanged(async () => {
      const { account, order, remember } = input;
      const current = await currentPaymentIntent(context, account, input.id);
      if (!current.ok) return current;
      const now = accountNow(context, account);
      const moved = applyToPaymentIntent(current.value, { type: 'begin-refund', amountMinor: order.amountMinor }, now);
      if (!moved.ok) {
        if (isBug(moved.error)) throw new Error(`unexpected refusal ${moved.error}`);
        return refuse(await wordRefusal(context, moved.error, current.value));
      }
      if (!isOfThisPayment(order, current.value)) return refuse(anotherTransaction);
      const refund = newRefund(context, input, await paidAttempt(context, current.value));
      const saved = await context.store.commit([
        { kind: 'insert-refund', refund },
        ...savePaymentIntent(context, moved.value),
        ...claimAnswer(remember, now),
      ]);
      return saved.ok ? ok({ refund, paymentIntent: moved.value.intent }) : saved.error;
    }, triesMax),
  );

const wordRefusal = async (context: UseCaseContext, code: Problem['code'], intent: PaymentIntent): Promise<Problem> => {
  if (code !== 'refund-too-large') return refusalOfCharge(context, code, intent.liveAttemptId, intent.status);
  const { amountMinor, currency } = totalAmount(intent);
  const { refundedAmountMinor: given } = intent;
  return problem(code, {
    detail: `${amountMinor - given} of ${amountMinor} are left to refund, in minor units of ${currency}.`,
  });
};

const isOfThisPayment = ({ previousTransactionId }: RefundOrder, { payment }: PaymentIntent): boolean =>
  previousTransactionId === null || previousTransactionId === payment?.transaction.transactionId;

const anotherTransaction = problem('request-invalid', {
  errors: {
    PreviousTransactionId: [
      'The PreviousTransactionId field must be the transactionId in the paymentDetails of this payment intent.',
    ],
  },
});

const paidAttempt = async (context: UseCaseContext, { id, setupIntentId }: PaymentIntent): Promise<ChargeAttempt> => {
  const attempt = setupIntentId === null ? undefined : await context.store.heldOrPaidAttempt(setupIntentId);
  if (attempt?.state !== 'approved' || attempt.paymentIntentId !== id)
    throw new Error('a captured payment intent has no approved attempt');
  return attempt;
};

const newRefund = (context: UseCaseContext, { order, traceId, remember }: Input, attempt: ChargeAttempt): Refund => {
  const startedAt = context.clock.now();
  return {
    id: newPlainId(context, 'rfnd'),
    accountId: attempt.accountId,
    paymentIntentId: attempt.paymentIntentId,
    version: 1,
    state: 'pending',
    attemptId: attempt.id,
    amount: { ...attempt.amount, amountMinor: order.amountMinor },
    reason: order.reason,
    notes: order.notes,
    startedAt,
    settleAfter: abandonedAfter(context, startedAt),
    settleTries: 0,
    transaction: null,
    answerKey: remember?.key ?? null,
    traceId,
  };
};

const report = (refund: Refund): Result<Refund, Problem> => {
  switch (refund.state) {
    case 'refunded':
    case 'declined':
      return ok(refund);
    case 'failed':
      return refuse(
        problem('acquirer-unavailable', { detail: 'Nothing was sent and nothing was given back. Try again later.' }),
      );
    case 'pending':
    case 'unknown':
      return refuse(problem('refund-unsettled'));
  }
};
