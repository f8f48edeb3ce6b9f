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
  ReceiptEvent,
  RefundEvent,
  SetupIntentEvent,
  SetupIntentEventName,
  SetupIntentStatus,
  WebhookEvent,
  WebhookEventName,
} from './webhook-event.ts';
export { openStrongroom } from './strongroom.ts';
export type { Strongroom } from './strongroom.ts';
export type { CallOptions, StrongroomOptions } from './transport.ts';
export { StrongroomProblem, StrongroomUnreachableError } from './problems.ts';
export type { FieldErrors, ProblemCode } from './problems.ts';
export type * from './resources.ts';
