/** What a notification about a payment says; `refund.created` and the two of a charge are Strongroom's own. */
export type PaymentIntentEventName =
  | 'payment_intent.created'
  | 'payment_intent.status_updated'
  | 'payment_intent.send-receipt'
  | 'refund.created'
  | 'charge.unknown'
  | 'charge.settled';

/** What a notification about a card on file says. */
export type SetupIntentEventName = 'setup_intent.created' | 'setup_intent.status_updated';

export type WebhookEventName = PaymentIntentEventName | SetupIntentEventName;

export type PaymentIntentStatus = 'Created' | 'Authorized' | 'Captured' | 'Reversed' | 'Refunded' | 'Canceled';

export type SetupIntentStatus =
  | 'Created'
  | 'Authorized'
  | 'Expired'
  | 'CardExpired'
  | 'Canceled'
  | 'Completed'
  | 'Closed';

type Envelope<Name extends WebhookEventName, Data> = Name extends WebhookEventName
  ? {
      /** `evt_…`. Deliveries are at least once: an id that was seen before is a repetition, to be confirmed and ignored. */
      readonly id: string;
      readonly event: Name;
      /** `acc_…` */
      readonly accountId: string;
      /** RFC 3339, by the account's clock. */
      readonly createdAt: string;
      readonly data: Data;
    }
  : never;

type PaymentIntentData = {
  readonly paymentIntentId: string;
  readonly paymentStatus: PaymentIntentStatus;
  readonly captureMode: 'Auto' | 'Manual';
};

export type RefundEvent = Envelope<
  'refund.created',
  PaymentIntentData & {
    /** `rfnd_…` */
    readonly refundId: string;
    readonly amount: { readonly value: number; readonly currencyCode: 'GBP' | 'EUR' };
  }
>;

/** Somebody asked for a receipt: mail it to these addresses. */
export type ReceiptEvent = Envelope<
  'payment_intent.send-receipt',
  PaymentIntentData & { readonly emails: readonly string[] }
>;

export type PaymentIntentEvent =
  | RefundEvent
  | ReceiptEvent
  | Envelope<Exclude<PaymentIntentEventName, 'refund.created' | 'payment_intent.send-receipt'>, PaymentIntentData>;

export type SetupIntentEvent = Envelope<
  SetupIntentEventName,
  { readonly setupIntentId: string; readonly setupIntentStatus: SetupIntentStatus }
>;

/**
 * A verified notification. `switch (event.event)` tells the kinds apart, and with them the shape of `data`.
 * A newer server may send a name that is not listed here: confirm it, and do nothing.
 */
export type WebhookEvent = PaymentIntentEvent | SetupIntentEvent;
