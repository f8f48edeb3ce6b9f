import type { Account } from '../domain/account.ts';
import type { ChargeAttempt } from '../domain/charge-attempt/charge-attempt.ts';
import { type ChargeReport, chargeReportIn, renderChargeReport } from '../domain/charge-report.ts';
import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import {
  applyToPaymentIntent,
  isBug,
  type PaymentIntentRefusal,
  paymentIntentTable,
} from '../domain/payment-intent/payment-intent-machine.ts';
import { totalAmount } from '../domain/payment-intent/total-amount.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { retryRefusalText } from '../domain/setup-intent/retry-rules.ts';
import { applyToSetupIntent } from '../domain/setup-intent/setup-intent-machine.ts';
import type { ChargeOutcome } from '../ports/card-processor.ts';
import type { CommitConflict } from '../ports/store.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { abandonedAfter } from './abandoned-after.ts';
import {
  type ChargeBooks,
  readChargeBooks,
  reportAttempt,
  reportVerdict,
  type Verdict,
  writeVerdict,
} from './charge-books.ts';
import { accountNow, type Remember, type UseCaseContext } from './context.ts';
import { currentPaymentIntent } from './current-payment-intent.ts';
import { currentSetupIntent } from './current-setup-intent.ts';
import { newPlainId } from './ids-and-sessions.ts';
import { savePaymentIntent, saveSetupIntent } from './intent-changes.ts';
import { noteNotSent } from './note-not-sent.ts';
import { refusalOfCharge } from './refusal-of-charge.ts';
import { claimAnswer, completeAnswer } from './remember-answer.ts';
import { reverseLateApproval } from './reverse-late-approval.ts';
import { untilUnchanged } from './until-unchanged.ts';
import { verdictOn } from './verdict-on.ts';

/**
 * Charges the card on file of a payment intent's setup intent, in full, at most once.
 * The attempt is durable before anything leaves; the outcome, both intents, their events and the answer are saved together.
 * A decline, a lost answer and a charge that was never sent are reports, not refusals.
 */
export const chargePaymentIntent = async (
  context: UseCaseContext,
  input: { readonly account: Account; readonly id: string; readonly remember: Remember<ChargeReport> },
): Promise<Result<ChargeReport, Problem>> => {
  const begun = await beginCharge(context, input);
  if (!begun.ok) return begun;
  const verdict = verdictOn(await askAcquirer(context, input.account, begun.value));
  return ok(await recordVerdict(context, input.account, begun.value, verdict));
};

type ChargeInput = Parameters<typeof chargePaymentIntent>[1];

/** The payment intent's turn first, then the setup intent's: in one order, so that no two charges wait for each other. */
const beginCharge = async (context: UseCaseContext, input: ChargeInput): Promise<Result<ChargeBooks, Problem>> => {
  const named = await currentPaymentIntent(context, input.account, input.id);
  if (!named.ok) return named;
  const { setupIntentId, status } = named.value;
  if (setupIntentId === null) {
    const rule = paymentIntentTable[status]['begin-charge'];
    const refusal = 'refusal' in rule ? rule.refusal : 'payment-intent-not-chargeable';
    return refuse(await wordRefusal(context, refusal, named.value));
  }
  return context.inTurn(input.id, () =>
    context.inTurn(setupIntentId, () => untilUnchanged(() => tryToBegin(context, input, setupIntentId))),
  );
};

const tryToBegin = async (
  context: UseCaseContext,
  { account, id, remember }: ChargeInput,
  setupIntentId: string,
): Promise<Result<ChargeBooks, Problem> | CommitConflict> => {
  const payable = await currentPaymentIntent(context, account, id);
  if (!payable.ok) return payable;
  const onFile = await currentSetupIntent(context, account, setupIntentId);
  if (!onFile.ok) return onFile;

  const now = accountNow(context, account);
  const attempt = newChargeAttempt(context, payable.value, setupIntentId, remember?.key ?? null);
  const command = { type: 'begin-charge', attemptId: attempt.id } as const;
  const paymentIntent = applyToPaymentIntent(payable.value, command, now);
  if (!paymentIntent.ok) return refuse(await wordRefusal(context, paymentIntent.error, payable.value));
  const setupIntent = applyToSetupIntent(onFile.value, command, now);
  if (!setupIntent.ok) {
    // Another node may have charged this very intent between the two reads: then it is to be said of the intent, not of its card.
    const payableNow = await context.store.paymentIntent(id);
    if (payableNow?.version !== payable.value.version) return 'stale';
    const { error } = setupIntent;
    if (error === 'retry-forbidden' || error === 'retry-limit-reached') {
      return refuse(problem(error, { detail: retryRefusalText(onFile.value.declinedCharges, now) }));
    }
    return refuse(await wordRefusal(context, error, onFile.value));
  }

  const saved = await context.store.commit([
    { kind: 'insert-charge-attempt', chargeAttempt: attempt },
    ...savePaymentIntent(context, paymentIntent.value),
    ...saveSetupIntent(context, setupIntent.value),
    ...claimAnswer(remember, now),
  ]);
  if (!saved.ok) return saved.error;
  return ok({ attempt, paymentIntent: paymentIntent.value.intent, setupIntent: setupIntent.value.intent });
};

const wordRefusal = (
  context: UseCaseContext,
  refusal: Problem['code'] | PaymentIntentRefusal,
  intent: { readonly liveAttemptId: string | null; readonly status: string },
): Promise<Problem> => {
  if (isBug(refusal)) throw new Error(`unexpected refusal ${refusal}`);
  return refusalOfCharge(context, refusal, intent.liveAttemptId, intent.status);
};

const newChargeAttempt = (
  context: UseCaseContext,
  paymentIntent: PaymentIntent,
  setupIntentId: string,
  answerKey: string | null,
): ChargeAttempt => {
  const startedAt = context.clock.now();
  return {
    id: newPlainId(context, 'att'),
    accountId: paymentIntent.accountId,
    paymentIntentId: paymentIntent.id,
    setupIntentId,
    version: 1,
    state: 'pending',
    amount: totalAmount(paymentIntent),
    startedAt,
    settleAfter: abandonedAfter(context, startedAt),
    settleTries: 0,
    transaction: null,
    answerKey,
  };
};

/** A processor that breaks down has perhaps already sent the message: its outcome is unknown, never "not sent". */
const askAcquirer = async (
  context: UseCaseContext,
  account: Account,
  { attempt, paymentIntent, setupIntent }: ChargeBooks,
): Promise<ChargeOutcome> => {
  if (setupIntent.cardReference === null) throw new Error('an authorized setup intent has no card');
  try {
    const outcome = await context.cards.charge({
      accountId: account.id,
      now: accountNow(context, account),
      attemptId: attempt.id,
      paymentIntentId: paymentIntent.id,
      cardReference: setupIntent.cardReference,
      amount: attempt.amount,
      merchantReference: paymentIntent.terms.reference,
    });
    return noteNotSent(context, `charge ${attempt.id}`, outcome);
  } catch (error) {
    context.onFault(error, 'charge: the card processor broke down');
    return { outcome: 'unknown', reason: 'disconnected' };
  }
};

/**
 * Writes the verdict down however often others save the intents in between (a refreshed session does).
 * When a worker has settled the attempt first, the caller is told what the books say, and an approval that they do not
 * hold is taken back: it came after the worker had made sure of the opposite.
 */
const recordVerdict = async (
  context: UseCaseContext,
  account: Account,
  begun: ChargeBooks,
  verdict: Verdict,
): Promise<ChargeReport> => {
  const { answerKey } = begun.attempt;
  for (let books = begun; ; books = await readChargeBooks(context, begun.attempt.id)) {
    const settled = reportAttempt(books.attempt);
    if (settled !== undefined) {
      if (verdict.type === 'approve' && books.attempt.state !== 'approved') {
        await takeBack(context, account, begun.attempt);
      }
      return (await rememberedReport(context, answerKey)) ?? settled;
    }
    const changes = writeVerdict(context, books, verdict, accountNow(context, account));
    if (!changes.ok) throw new Error('a pending attempt refused its verdict');
    const report = reportVerdict(books.attempt, verdict);
    const saved = await context.store.commit([
      ...changes.value,
      ...completeAnswer(answerKey, renderChargeReport(report)),
    ]);
    if (saved.ok) return report;
  }
};

/** What the worker had remembered for the caller's key: later callers are told the same words, so this one is too. */
const rememberedReport = async (
  context: UseCaseContext,
  answerKey: string | null,
): Promise<ChargeReport | undefined> => {
  const answer = answerKey === null ? undefined : await context.store.rememberedAnswer(answerKey);
  // Of a key that lapsed meanwhile, it may be the refusal of another charge.
  return answer?.status === 200 && answer.body !== null ? chargeReportIn(answer.body) : undefined;
};

/** The books are right without it, so whatever breaks here must not change what the caller is told. */
const takeBack = async (context: UseCaseContext, account: Account, attempt: ChargeAttempt): Promise<void> => {
  const { id: attemptId, accountId, paymentIntentId, amount } = attempt;
  const request = { attemptId, accountId, paymentIntentId, amount, now: accountNow(context, account) };
  await reverseLateApproval(context, request).catch((error: unknown) => {
    context.onFault(error, 'charge: a late approval is not known to be reversed');
  });
};
