import { answerLatest } from '../use-cases/answer-latest.ts';
import { type AnswerToKeep, answerOnce, type InFlightAnswers } from '../use-cases/answer-once.ts';
import { authenticate } from '../use-cases/authenticate.ts';
import { chargePaymentIntent } from '../use-cases/charge-payment-intent.ts';
import type { UseCaseContext } from '../use-cases/context.ts';
import { createPaymentIntent } from '../use-cases/create-payment-intent.ts';
import { createSetupIntent } from '../use-cases/create-setup-intent.ts';
import { deletePaymentIntent } from '../use-cases/delete-payment-intent.ts';
import { deleteSetupIntent } from '../use-cases/delete-setup-intent.ts';
import { ownerOfPaymentIntent, readPaymentIntent, readPublicPaymentIntent } from '../use-cases/read-payment-intent.ts';
import { readRefund } from '../use-cases/read-refund.ts';
import { ownerOfSetupIntent, readPublicSetupIntent, readSetupIntent } from '../use-cases/read-setup-intent.ts';
import { refreshPaymentIntentSession } from '../use-cases/refresh-payment-intent-session.ts';
import { refreshSetupIntentSession } from '../use-cases/refresh-setup-intent-session.ts';
import { refundPaymentIntent } from '../use-cases/refund-payment-intent.ts';
import { sendReceipt } from '../use-cases/send-receipt.ts';
import { bound } from './bound.ts';
import { bindWebhookUseCases } from './webhooks/webhook-use-cases.ts';

type OnceInput = Parameters<typeof answerOnce>[2];
type CallOf<T> = Parameters<typeof answerLatest<T>> extends [unknown, ...infer Rest] ? Rest : never;
type FirstRun = (slot: { readonly key: string; readonly fingerprint: string }) => Promise<AnswerToKeep>;

/**
 * What the listeners may ask for, bound to one context. Both listeners of a process share the result,
 * because a repeated request finds the first one under way in it.
 */
export const bindUseCases = (context: UseCaseContext) => {
  const inFlight: InFlightAnswers = new Map();
  return {
    authenticate: bound(context, authenticate),
    answerOnce: (input: OnceInput, run: FirstRun) => answerOnce(context, inFlight, input, run),
    answerLatest: <T>(...call: CallOf<T>) => answerLatest(context, ...call),
    ownerOfSetupIntent: bound(context, ownerOfSetupIntent),
    ownerOfPaymentIntent: bound(context, ownerOfPaymentIntent),
    createSetupIntent: bound(context, createSetupIntent),
    readSetupIntent: bound(context, readSetupIntent),
    readPublicSetupIntent: bound(context, readPublicSetupIntent),
    deleteSetupIntent: bound(context, deleteSetupIntent),
    refreshSetupIntentSession: bound(context, refreshSetupIntentSession),
    createPaymentIntent: bound(context, createPaymentIntent),
    readPaymentIntent: bound(context, readPaymentIntent),
    readPublicPaymentIntent: bound(context, readPublicPaymentIntent),
    deletePaymentIntent: bound(context, deletePaymentIntent),
    refreshPaymentIntentSession: bound(context, refreshPaymentIntentSession),
    chargePaymentIntent: bound(context, chargePaymentIntent),
    refundPaymentIntent: bound(context, refundPaymentIntent),
    readRefund: bound(context, readRefund),
    sendReceipt: bound(context, sendReceipt),
    ...bindWebhookUseCases(context),
  };
};

export type UseCases = ReturnType<typeof bindUseCases>;
