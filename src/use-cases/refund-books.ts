import type { Account } from '../domain/account.ts';
import type { Money } from '../domain/money.ts';
import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import {
  applyToPaymentIntent,
  type PaymentIntentCommand,
  refundCommand,
} from '../domain/payment-intent/payment-intent-machine.ts';
import type { Refund } from '../domain/refund/refund.ts';
import {
  applyToRefund,
  isRefundLive,
  type RefundCommand,
  type RefundRefusal,
} from '../domain/refund/refund-machine.ts';
import { ok, type Result } from '../domain/result.ts';
import type { NoticeData } from '../domain/webhook/notification.ts';
import type { ChargeOutcome } from '../ports/card-processor.ts';
import type { Change } from '../ports/store.ts';
import { accountNow, type UseCaseContext } from './context.ts';
import { savePaymentIntent } from './intent-changes.ts';
import { noteNotSent } from './note-not-sent.ts';
import { renderRefund } from './refund-answer.ts';
import { completeAnswer } from './remember-answer.ts';

/** The two rows that a refund moves together. */
export type RefundBooks = { readonly refund: Refund; readonly paymentIntent: PaymentIntent };

/** What is to be written down of a refund. */
export type RefundVerdict = Exclude<RefundCommand, { readonly type: 'postpone' }>;

/**
 * Sends a refund. A processor that breaks down has perhaps already sent it: its outcome is unknown, never "not sent".
 * The same refund may be sent as often as it takes: the acquirer knows it by its id.
 */
export const askForRefund = async (
  context: UseCaseContext,
  account: Account,
  refund: Refund,
): Promise<ChargeOutcome> => {
  const { id: refundId, accountId, paymentIntentId, attemptId, amount } = refund;
  try {
    const now = accountNow(context, account);
    const outcome = await context.cards.refund({ refundId, accountId, paymentIntentId, attemptId, amount, now });
    return noteNotSent(context, `refund ${refundId}`, outcome);
  } catch (error) {
    context.onFault(error, 'refund: the card processor broke down');
    return { outcome: 'unknown', reason: 'disconnected' };
  }
};

/**
 * The two rows as they stand together. There is no transaction around reads, so the refund is read last: while it is live its
 * amount is reserved, so if it still is, it was when the intent was read.
 */
const readRefundBooks = async (context: UseCaseContext, id: string): Promise<RefundBooks> => {
  const { paymentIntentId } = await refundIn(context, id);
  const paymentIntent = await context.store.paymentIntent(paymentIntentId);
  if (paymentIntent === undefined) throw new Error('a refund has lost its payment intent');
  return { refund: await refundIn(context, id), paymentIntent };
};

const refundIn = async (context: UseCaseContext, id: string): Promise<Refund> => {
  const refund = await context.store.refund(id);
  if (refund === undefined) throw new Error('a refund has no row');
  return refund;
};

/**
 * Writes a verdict down however often others save the payment intent in between, with the event and the remembered answer.
 * @param begun the rows as they were last read, or none
 * @returns the refund as the books have it: somebody else may have settled it, or have asked in the meantime
 */
export const recordRefund = async (
  context: UseCaseContext,
  account: Account,
  id: string,
  verdict: RefundVerdict,
  begun?: RefundBooks,
): Promise<Refund> => {
  for (let books = begun ?? (await readRefundBooks(context, id)); ; books = await readRefundBooks(context, id)) {
    if (!isRefundLive(books.refund.state)) return books.refund;
    const written = writeVerdict(context, books, verdict, accountNow(context, account));
    if (!written.ok) return books.refund;
    const saved = await context.store.commit(written.value.changes);
    if (saved.ok) return written.value.refund;
  }
};

const writeVerdict = (
  context: UseCaseContext,
  { refund, paymentIntent }: RefundBooks,
  verdict: RefundVerdict,
  now: number,
): Result<{ readonly refund: Refund; readonly changes: readonly Change[] }, RefundRefusal> => {
  const moved = applyToRefund(refund, verdict, context.clock.now());
  if (!moved.ok) return moved;
  const saveRefund: Change = { kind: 'save-refund', refund: moved.value };
  if (verdict.type === 'lose') return ok({ refund: moved.value, changes: [saveRefund] });
  const intent = applyToPaymentIntent(paymentIntent, commandFor(paymentIntent, refund, verdict), now);
  // A live refund has its amount reserved, and nothing else ends that.
  if (!intent.ok) throw new Error(`a payment intent refused the end of a live refund: ${intent.error}`);
  const changes = [saveRefund, ...savePaymentIntent(context, intent.value, noticeDataOf(refund))];
  return ok({ refund: moved.value, changes: [...changes, ...answerChanges(moved.value)] });
};

const commandFor = (
  paymentIntent: PaymentIntent,
  { amount: { amountMinor } }: { readonly amount: Money },
  verdict: Exclude<RefundVerdict, { readonly type: 'lose' }>,
): PaymentIntentCommand => {
  switch (verdict.type) {
    case 'approve':
      return refundCommand(paymentIntent, amountMinor, verdict.transaction);
    case 'decline':
      return { type: 'note-declined-refund', amountMinor, transaction: verdict.transaction };
    case 'fail':
      return { type: 'note-failed-refund', amountMinor };
  }
};

/** What the notification says of it, in the API's words for a refund and for money. */
const noticeDataOf = ({ id, amount }: Refund): NoticeData => ({
  refundId: id,
  amount: { value: amount.amountMinor, currencyCode: amount.currency },
});

/** Nothing was done under the key of a refund that never left, so the same key may try again. */
const answerChanges = (refund: Refund): readonly Change[] => {
  if (refund.state !== 'failed') return completeAnswer(refund.answerKey, renderRefund(refund));
  return refund.answerKey === null ? [] : [{ kind: 'release-answer', key: refund.answerKey }];
};
