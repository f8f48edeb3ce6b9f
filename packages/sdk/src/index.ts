export { webhooks } from './webhooks.ts';
export type { RawBody, SignedHeaders, VerifyOptions, WebhookHeaders } from './webhooks.ts';
export {
  EventUnreadableError,
  SignatureMismatchError,
  SignatureMissingError,
  TimestampOutsideToleranceError,
  WebhookVerificationError,
} from './webhook-errors.ts';
export type {
  PaymentIntentEvent,
  PaymentIntentEventName,
  PaymentIntentStatus,
  SetupIntentEvent,
  SetupIntentEventName,
  SetupIntentStatus,
  WebhookEvent,
  WebhookEventName,
} from './webhook-event.ts';
