import type { PaymentIntentStatus, SetupIntentStatus, WebhookEventName } from './webhook-event.ts';

/** Whole minor units: 1000 of GBP are ten pounds. */
export type Money = { readonly value: number; readonly currencyCode: 'GBP' | 'EUR' };

export type CardDetails = {
  /** Spaces and hyphens are ignored. */
  readonly cardNumber: string;
  readonly cardName?: string;
  /** `MM / YY`; also `MM/YYYY` and `YYYY-MM`. */
  readonly expiryDate: string;
  /** The card's security code. It is used for the verification and never stored. */
  readonly cV2: string;
};

export type SetupIntentRequest = {
  readonly reference: string;
  readonly description?: string;
  readonly merchantInitiatedTransactionType: 'NoShow' | 'Unscheduled';
  /** What the customer agrees to be charged for. */
  readonly terms: string;
  readonly intendedAmount?: Money;
  /** RFC 3339. */
  readonly expireAt?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly customer?: Readonly<Record<string, unknown>>;
  readonly billingAddress?: Readonly<Record<string, unknown>>;
};

export type PaymentDetails = {
  readonly transactionId?: string;
  readonly transactionDateTime?: string;
  readonly message?: string;
  readonly authCode?: string;
  readonly card?: {
    readonly cardNumber?: string;
    readonly cardName?: string;
    readonly expiryDate?: string;
    readonly cardType?: string;
    readonly cardFundingType?: string;
    readonly last4PAN?: string;
  };
};

export type SetupIntent = {
  readonly id: string;
  readonly status: SetupIntentStatus;
  readonly reference: string;
  readonly description?: string;
  readonly terms: string;
  readonly merchantInitiatedTransactionType: 'NoShow' | 'Unscheduled';
  readonly intendedAmount?: Money;
  readonly clientSessionSecret: string;
  readonly clientSessionSecretExpirationDate: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly expireAt?: string;
  /** The verification that authorized the card. */
  readonly paymentDetails?: PaymentDetails;
  readonly setupEvents: readonly { readonly eventType: string; readonly transactionDateTime?: string }[];
  readonly metadata: Readonly<Record<string, string>>;
};

export type PaymentIntentRequest = {
  readonly amount: Money;
  readonly reference: string;
  readonly description?: string;
  /** An Authorized setup intent, whose card `charge` is to charge. */
  readonly setupIntentId?: string;
  /** Paid on top, as the two below. */
  readonly tipsAmount?: Money;
  readonly serviceChargeAmount?: Money;
  readonly cashbackAmount?: Money;
  readonly expireAt?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly customer?: Readonly<Record<string, unknown>>;
};

export type PaymentIntent = {
  readonly id: string;
  readonly status: PaymentIntentStatus;
  readonly captureMode: 'Auto' | 'Manual';
  readonly amount: Money;
  readonly tipsAmount?: Money;
  readonly serviceChargeAmount?: Money;
  readonly cashbackAmount?: Money;
  /** What is charged: the amount and all that comes on top. */
  readonly totalAmount: Money;
  /** In minor units. */
  readonly refundedAmount: number;
  readonly reference: string;
  readonly description?: string;
  readonly setupIntentId?: string;
  readonly paymentDetails?: PaymentDetails;
  readonly clientSessionSecret: string;
  readonly clientSessionSecretExpirationDate: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly expireAt: string;
  readonly metadata: Readonly<Record<string, string>>;
};

/** `Declined` and `Failed` are answers and not errors. After `Failed` the charge is being undone, and a new one is refused until it is. */
export type ChargeResult = {
  readonly paymentIntentId: string;
  readonly status: 'Successful' | 'Declined' | 'Failed' | 'Created';
  readonly message: string;
};

export type RefundRequest = {
  /** In minor units of the payment's currency. */
  readonly amount: number;
  /** At most 1024 characters. */
  readonly refundReason?: string;
  /** At most 4096 characters. */
  readonly notes?: string;
  /** `paymentDetails.transactionId` of the payment; another one is refused. */
  readonly previousTransactionId?: string;
};

/** A refund that was made. */
export type Refund = {
  readonly paymentIntentId: string;
  /** `rfnd_…` */
  readonly refundId: string;
  readonly refundReason: string | null;
  readonly notes: string | null;
};

export type SubscriptionSecret = {
  readonly id: string;
  /** What deliveries are signed with: give it to `webhooks.verify`. */
  readonly value: string;
  readonly createdAt: string;
  readonly isActive: boolean;
};

export type SubscriptionSecrets = { readonly id: string; readonly secrets: readonly SubscriptionSecret[] };

export type SubscriptionRequest = {
  readonly url: string;
  readonly events: readonly WebhookEventName[];
  readonly description?: string;
};

export type Subscription = {
  readonly id: string;
  readonly accountId: string;
  readonly url: string;
  readonly events: readonly WebhookEventName[];
  readonly description?: string;
  readonly secrets: readonly SubscriptionSecret[];
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type Delivery = {
  readonly id: string;
  readonly eventId: string;
  readonly event: WebhookEventName;
  readonly status: 'Delivered' | 'Failed' | 'GivenUp' | 'Waiting' | 'Held';
  readonly attempt: number;
  readonly responseStatus?: number;
  readonly failure?: string;
  readonly durationMs?: number;
  readonly at?: string;
  readonly nextAttemptAt?: string;
};

export type Deliveries = {
  readonly subscriptionId: string;
  readonly status: 'Active' | 'Failing' | 'Paused';
  readonly failingSince?: string;
  readonly pausedAt?: string;
  readonly behind: number;
  readonly deliveries: readonly Delivery[];
  readonly next?: string;
};

export type Notification = {
  readonly id: string;
  readonly event: WebhookEventName;
  readonly createdAt: string;
  readonly intentId: string;
  /** Of the event within its intent. */
  readonly sequence: number;
  /** Where to go on after this one. */
  readonly cursor: string;
  /** The bytes that are delivered. */
  readonly body: string;
};

export type Notifications = { readonly events: readonly Notification[]; readonly next: string };
