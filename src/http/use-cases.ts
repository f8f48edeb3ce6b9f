import { answerLatest } from '../use-cases/answer-latest.ts';
import { answerOnce, type InFlightAnswers, type Run } from '../use-cases/answer-once.ts';
import { authenticate } from '../use-cases/authenticate.ts';
import {
  activateSubscriptionSecret,
  deleteSubscription,
  deleteSubscriptionSecret,
  generateSecret,
  resumeSubscription,
  updateSubscription,
} from '../use-cases/change-subscription.ts';
import { chargePaymentIntent } from '../use-cases/charge-payment-intent.ts';
import type { UseCaseContext } from '../use-cases/context.ts';
import { createPaymentIntent } from '../use-cases/create-payment-intent.ts';
import { createSetupIntent } from '../use-cases/create-setup-intent.ts';
import { createSubscription } from '../use-cases/create-subscription.ts';
import { deletePaymentIntent } from '../use-cases/delete-payment-intent.ts';
import { deleteSetupIntent } from '../use-cases/delete-setup-intent.ts';
import { followingOf } from '../use-cases/follow-notifications.ts';
import { readDeliveries } from '../use-cases/read-deliveries.ts';
import { readNotification } from '../use-cases/read-notifications.ts';
import { ownerOfPaymentIntent, readPaymentIntent, readPublicPaymentIntent } from '../use-cases/read-payment-intent.ts';
import { readRefund } from '../use-cases/read-refund.ts';
import { ownerOfSetupIntent, readPublicSetupIntent, readSetupIntent } from '../use-cases/read-setup-intent.ts';
import { listSubscriptions, readSubscription } from '../use-cases/read-subscriptions.ts';
import { redeliverWebhook, replayWebhook } from '../use-cases/redeliver-webhook.ts';
import { refreshPaymentIntentSession } from '../use-cases/refresh-payment-intent-session.ts';
import { refreshSetupIntentSession } from '../use-cases/refresh-setup-intent-session.ts';
import { refundPaymentIntent } from '../use-cases/refund-payment-intent.ts';
import { sendReceipt } from '../use-cases/send-receipt.ts';

type OnceInput<T> = Parameters<typeof answerOnce<T>>[2];
type LatestInput<T> = Parameters<typeof answerLatest<T>>[1];

/** A use case that has its context, so that a listener gives the input alone. */
const bound =
  <Input, Output>(context: UseCaseContext, useCase: (context: UseCaseContext, input: Input) => Output) =>
  (input: Input): Output =>
    useCase(context, input);

/**
 * What the listeners may ask for, bound to one context. Both listeners of a process share the result,
 * because a repeated request finds the first one under way in it.
 */
export const bindUseCases = (context: UseCaseContext) => {
  const inFlight: InFlightAnswers = new Map();
  return {
    authenticate: bound(context, authenticate),
    answerOnce: <T>(input: OnceInput<T>, run: Run<T>) => answerOnce(context, inFlight, input, run),
    answerLatest: <T>(input: LatestInput<T>, run: Run<T>) => answerLatest(context, input, run),
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
    listSubscriptions: bound(context, listSubscriptions),
    readSubscription: bound(context, readSubscription),
    createSubscription: bound(context, createSubscription),
    updateSubscription: bound(context, updateSubscription),
    deleteSubscription: bound(context, deleteSubscription),
    resumeSubscription: bound(context, resumeSubscription),
    generateSecret: bound(context, generateSecret),
    activateSecret: bound(context, activateSubscriptionSecret),
    deleteSecret: bound(context, deleteSubscriptionSecret),
    readDeliveries: bound(context, readDeliveries),
    redeliverWebhook: bound(context, redeliverWebhook),
    replayWebhook: bound(context, replayWebhook),
    followNotifications: followingOf(context),
    readNotification: bound(context, readNotification),
  };
};

export type UseCases = ReturnType<typeof bindUseCases>;
