import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import type { SetupIntent } from '../domain/setup-intent/setup-intent.ts';
import type { IntentEvent } from '../domain/intent-event.ts';
import type { Moved } from '../domain/transition.ts';
import {
  type EventNotice,
  type NoticeData,
  noticeOfPaymentIntent,
  noticeOfSetupIntent,
} from '../domain/webhook/notification.ts';
import type { Change } from '../ports/store.ts';
import type { UseCaseContext } from './context.ts';
import { newPlainId } from './ids-and-sessions.ts';

const appendEvents = (
  context: UseCaseContext,
  intent: { readonly id: string; readonly accountId: string },
  events: readonly IntentEvent[],
  noticeOf: (event: IntentEvent) => EventNotice | null,
): readonly Change[] =>
  events.map((event) => ({
    kind: 'append-event',
    eventId: newPlainId(context, 'evt'),
    accountId: intent.accountId,
    intentId: intent.id,
    event,
    notice: noticeOf(event),
  }));

const appendSetupEvents = (context: UseCaseContext, moved: Moved<SetupIntent>): readonly Change[] =>
  appendEvents(context, moved.intent, moved.events, noticeOfSetupIntent);

const appendPaymentEvents = (
  context: UseCaseContext,
  moved: Moved<PaymentIntent>,
  data: NoticeData | null = null,
): readonly Change[] =>
  appendEvents(context, moved.intent, moved.events, (event) =>
    noticeOfPaymentIntent(event, moved.intent.terms.captureMode, data),
  );

/** The changes that save a moved intent together with its events: neither is ever saved alone. */
export const insertSetupIntent = (context: UseCaseContext, moved: Moved<SetupIntent>): readonly Change[] => [
  { kind: 'insert-setup-intent', setupIntent: moved.intent },
  ...appendSetupEvents(context, moved),
];

export const saveSetupIntent = (context: UseCaseContext, moved: Moved<SetupIntent>): readonly Change[] => [
  { kind: 'save-setup-intent', setupIntent: moved.intent },
  ...appendSetupEvents(context, moved),
];

export const insertPaymentIntent = (context: UseCaseContext, moved: Moved<PaymentIntent>): readonly Change[] => [
  { kind: 'insert-payment-intent', paymentIntent: moved.intent },
  ...appendPaymentEvents(context, moved),
];

/** @param data what the notification of the event says beside the intent, where it is about something of its own */
export const savePaymentIntent = (
  context: UseCaseContext,
  moved: Moved<PaymentIntent>,
  data: NoticeData | null = null,
): readonly Change[] => [
  { kind: 'save-payment-intent', paymentIntent: moved.intent },
  ...appendPaymentEvents(context, moved, data),
];
