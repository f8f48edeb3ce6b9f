import { type ChargeAttemptCommand, applyToChargeAttempt } from '../domain/charge-attempt/charge-attempt-machine.ts';
import type { ChargeAttempt } from '../domain/charge-attempt/charge-attempt.ts';
import type { ChargeReport } from '../domain/charge-report.ts';
import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import { applyToPaymentIntent, type PaymentIntentCommand } from '../domain/payment-intent/payment-intent-machine.ts';
import { declineText } from '../domain/response-codes.ts';
import { ok, type Result } from '../domain/result.ts';
import type { SetupIntent } from '../domain/setup-intent/setup-intent.ts';
import { applyToSetupIntent, type SetupIntentCommand } from '../domain/setup-intent/setup-intent-machine.ts';
import type { Change } from '../ports/store.ts';
import type { UseCaseContext } from './context.ts';
import { savePaymentIntent, saveSetupIntent } from './intent-changes.ts';

/** The three rows that a charge moves together. */
export type ChargeBooks = {
  readonly attempt: ChargeAttempt;
  readonly paymentIntent: PaymentIntent;
  readonly setupIntent: SetupIntent;
};

/** What is to be written down of an attempt. */
export type Verdict = Exclude<ChargeAttemptCommand, { readonly type: 'postpone' }>;

/**
 * The three rows as they stand together. There is no transaction around reads, so the attempt is read last: while it is
 * live it holds its intents, so if it still is, they were held when they were read. If it is not, they may be newer.
 */
export const readChargeBooks = async (context: UseCaseContext, attemptId: string): Promise<ChargeBooks> => {
  const { paymentIntentId, setupIntentId } = await chargeAttempt(context, attemptId);
  const [paymentIntent, setupIntent] = await Promise.all([
    context.store.paymentIntent(paymentIntentId),
    context.store.setupIntent(setupIntentId),
  ]);
  if (paymentIntent === undefined || setupIntent === undefined)
    throw new Error('a charge attempt has lost its intents');
  return { attempt: await chargeAttempt(context, attemptId), paymentIntent, setupIntent };
};

const chargeAttempt = async (context: UseCaseContext, id: string): Promise<ChargeAttempt> => {
  const attempt = await context.store.chargeAttempt(id);
  if (attempt === undefined) throw new Error('a charge attempt has no row');
  return attempt;
};

/**
 * The changes that write a verdict into all three rows at once, with their events.
 * @param now the account's time, for the intents; the attempt lives by real time
 * @returns a refusal when the attempt was settled by somebody else in the meantime
 */
export const writeVerdict = (
  context: UseCaseContext,
  books: ChargeBooks,
  verdict: Verdict,
  now: number,
): Result<readonly Change[], 'attempt-settled' | 'attempt-told-failed'> => {
  const attempt = applyToChargeAttempt(books.attempt, verdict, context.clock.now());
  if (!attempt.ok) return attempt;
  const { setupIntent: command, paymentIntent: paymentCommand } = commandsFor(books, verdict);
  const setupIntent = applyToSetupIntent(books.setupIntent, command, now);
  const paymentIntent = applyToPaymentIntent(books.paymentIntent, paymentCommand, now);
  // A live attempt holds both intents, so nothing can have moved them away from under it.
  if (!setupIntent.ok)
    throw new Error(`a setup intent refused ${command.type} of its live attempt: ${setupIntent.error}`);
  if (!paymentIntent.ok)
    throw new Error(`a payment intent refused ${paymentCommand.type} of its live attempt: ${paymentIntent.error}`);
  return ok([
    { kind: 'save-charge-attempt', chargeAttempt: attempt.value },
    ...savePaymentIntent(context, paymentIntent.value),
    ...saveSetupIntent(context, setupIntent.value),
  ]);
};

const commandsFor = (
  { attempt, setupIntent }: ChargeBooks,
  verdict: Verdict,
): { setupIntent: SetupIntentCommand; paymentIntent: PaymentIntentCommand } => {
  const attemptId = attempt.id;
  const { card } = setupIntent;
  if (card === null) throw new Error('a charged setup intent has no card');
  switch (verdict.type) {
    case 'approve': {
      const { transaction } = verdict;
      return {
        setupIntent: { type: 'complete', attemptId, transaction },
        paymentIntent: { type: 'capture', attemptId, transaction, card },
      };
    }
    case 'decline':
    case 'reverse': {
      const { transaction } = verdict;
      const type = verdict.type === 'decline' ? 'note-declined-charge' : 'note-reversed-charge';
      return { setupIntent: { type, attemptId, transaction }, paymentIntent: { type, attemptId, transaction, card } };
    }
    case 'lose':
    case 'fail': {
      const type = verdict.type === 'lose' ? 'note-unknown-charge' : 'note-failed-charge';
      return { setupIntent: { type, attemptId }, paymentIntent: { type, attemptId, card } };
    }
  }
};

/** What a caller of charge is told of a verdict, in words that say whether the card is or will be charged. */
export const reportVerdict = (attempt: ChargeAttempt, verdict: Verdict): ChargeReport => {
  const { paymentIntentId } = attempt;
  switch (verdict.type) {
    case 'approve':
      return { paymentIntentId, status: 'Successful', message: 'DEPOSITED' };
    case 'decline':
      return { paymentIntentId, status: 'Declined', message: declineText(verdict.transaction.responseCode) };
    case 'lose':
      return {
        paymentIntentId,
        status: 'Failed',
        message: 'The acquirer did not answer. The outcome is being settled; this call will not charge the card.',
      };
    case 'reverse':
      return {
        paymentIntentId,
        status: 'Failed',
        message: 'The acquirer did not confirm the charge. It was reversed; nothing was charged.',
      };
    case 'fail':
      return {
        paymentIntentId,
        status: 'Failed',
        message: 'The charge was not sent to the acquirer. Nothing was charged.',
      };
  }
};

/** What a caller is told of an attempt that somebody else has settled; `undefined` while it is pending. */
export const reportAttempt = (attempt: ChargeAttempt): ChargeReport | undefined => {
  switch (attempt.state) {
    case 'pending':
      return undefined;
    case 'unknown':
      return reportVerdict(attempt, { type: 'lose' });
    case 'failed':
      return reportVerdict(attempt, { type: 'fail' });
    case 'approved':
    case 'declined':
    case 'reversed': {
      if (attempt.transaction === null) throw new Error(`an attempt is ${attempt.state} without a transaction`);
      const types = { approved: 'approve', declined: 'decline', reversed: 'reverse' } as const;
      return reportVerdict(attempt, { type: types[attempt.state], transaction: attempt.transaction });
    }
  }
};
