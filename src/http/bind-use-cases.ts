import { answerOnce, type InFlightAnswers } from '../use-cases/answer-once.ts';
import { authenticate } from '../use-cases/authenticate.ts';
import { chargePaymentIntent } from '../use-cases/charge-payment-intent.ts';
import type { UseCaseContext } from '../use-cases/context.ts';
import { createPaymentIntent } from '../use-cases/create-payment-intent.ts';
import { createSetupIntent } from '../use-cases/create-setup-intent.ts';
import { deletePaymentIntent } from '../use-cases/delete-payment-intent.ts';
import { deleteSetupIntent } from '../use-cases/delete-setup-intent.ts';
import { readPaymentIntent, readPublicPaymentIntent } from '../use-cases/read-payment-intent.ts';
import { readRefund } from '../use-cases/read-refund.ts';
import { readPublicSetupIntent, readSetupIntent } from '../use-cases/read-setup-intent.ts';
import { refreshPaymentIntentSession } from '../use-cases/refresh-payment-intent-session.ts';
import { refreshSetupIntentSession } from '../use-cases/refresh-setup-intent-session.ts';
import { refundPaymentIntent } from '../use-cases/refund-payment-intent.ts';
import { sendReceipt } from '../use-cases/send-receipt.ts';
import type { UseCases } from './use-cases.ts';
import { bindWebhookUseCases } from './webhooks/webhook-use-cases.ts';

/** What the listeners may ask for, over one context; the requests in flight are this process's own. */
export const bindUseCases = (context: UseCaseContext): UseCases => {
  const inFlight: InFlightAnswers = new Map();
  return {
    authenticate: (input) => authenticate(context, input),
    answerOnce: (input, run) => answerOnce(context, inFlight, input, run),
    createSetupIntent: (input) => createSetupIntent(context, input),
    readSetupIntent: (input) => readSetupIntent(context, input),
    readPublicSetupIntent: (input) => readPublicSetupIntent(context, input),
    deleteSetupIntent: (input) => deleteSetupIntent(context, input),
    refreshSetupIntentSession: (input) => refreshSetupIntentSession(context, input),
    createPaymentIntent: (input) => createPaymentIntent(context, input),
    readPaymentIntent: (input) => readPaymentIntent(context, input),
    readPublicPaymentIntent: (input) => readPublicPaymentIntent(context, input),
    deletePaymentIntent: (input) => deletePaymentIntent(context, input),
    refreshPaymentIntentSession: (input) => refreshPaymentIntentSession(context, input),
    chargePaymentIntent: (input) => chargePaymentIntent(context, input),
    refundPaymentIntent: (input) => refundPaymentIntent(context, input),
    readRefund: (input) => readRefund(context, input),
    sendReceipt: (input) => sendReceipt(context, input),
    ...bindWebhookUseCases(context),
  };
};
