import type {
  CardDetails,
  ChargeResult,
  Deliveries,
  Notification,
  Notifications,
  PaymentIntent,
  PaymentIntentRequest,
  Refund,
  RefundRequest,
  SetupIntent,
  SetupIntentRequest,
  Subscription,
  SubscriptionRequest,
  SubscriptionSecrets,
} from './resources.ts';
import { type CallOptions, openTransport, type Send, type StrongroomOptions } from './transport.ts';
import type { WebhookEventName } from './webhook-event.ts';

/** An id as a part of a path: whatever it holds, it stays in its place. */
const part = (id: string): string => {
  if (id === '' || id === '.' || id === '..') throw new TypeError('Give an id.');
  return encodeURIComponent(id);
};

/** Without what is absent or empty: the API refuses a parameter without a value. */
const queryOf = (values: Readonly<Record<string, string | number | boolean | undefined>>): string => {
  const query = new URLSearchParams();
  for (const [name, value = ''] of Object.entries(values)) if (value !== '') query.set(name, String(value));
  return query.toString() === '' ? '' : `?${query.toString()}`;
};

const setupIntentCalls = (send: Send) => ({
  /** Without a card: the customer gives it in the checkout. */
  create: (body: SetupIntentRequest, options: CallOptions = {}): Promise<SetupIntent> =>
    send({ ...options, method: 'POST', path: '/setup-intents', body }),

  /** With a card, which is verified and kept. Goes to the PCI listener; only whoever may handle card numbers calls this. */
  createWithCard: (
    body: SetupIntentRequest & { readonly cardDetails: CardDetails },
    options: CallOptions = {},
  ): Promise<SetupIntent> => send({ ...options, method: 'POST', path: '/setup-intents', body, host: 'pci' }),

  read: (id: string, options: CallOptions = {}): Promise<SetupIntent> =>
    send({ ...options, method: 'GET', path: `/setup-intents/${part(id)}` }),

  /** @param includeAuthorized also where it holds a card, which is then forgotten */
  delete: (
    id: string,
    { includeAuthorized, ...options }: CallOptions & { readonly includeAuthorized?: boolean } = {},
  ): Promise<SetupIntent> =>
    send({ ...options, method: 'DELETE', path: `/setup-intents/${part(id)}${queryOf({ includeAuthorized })}` }),

  refreshClientSessionSecret: (id: string, options: CallOptions = {}): Promise<SetupIntent> =>
    send({ ...options, method: 'POST', path: `/setup-intents/${part(id)}/refresh-client-session-secret` }),
});

const paymentIntentCalls = (send: Send) => ({
  create: (body: PaymentIntentRequest, options: CallOptions = {}): Promise<PaymentIntent> =>
    send({ ...options, method: 'POST', path: '/payment-intents', body }),

  /** @param returnCanceled also a canceled one, which is else as good as gone (404) */
  read: (
    id: string,
    { returnCanceled, ...options }: CallOptions & { readonly returnCanceled?: boolean } = {},
  ): Promise<PaymentIntent> =>
    send({ ...options, method: 'GET', path: `/payment-intents/${part(id)}${queryOf({ returnCanceled })}` }),

  delete: (id: string, options: CallOptions = {}): Promise<PaymentIntent> =>
    send({ ...options, method: 'DELETE', path: `/payment-intents/${part(id)}` }),

  /** Charges the card of its setup intent, the whole amount, once. Look at the `status` of the result. */
  charge: (id: string, options: CallOptions = {}): Promise<ChargeResult> =>
    send({ ...options, method: 'POST', path: `/payment-intents/${part(id)}/charge` }),

  /**
   * Gives back part or all of a captured payment. Keep the `idempotencyKey` with your own record of the refund: after
   * `refund-unsettled`, or after a crash of yours, the same key learns the outcome and never makes a second refund.
   */
  refund: (id: string, body: RefundRequest, options: CallOptions = {}): Promise<Refund> =>
    send({ ...options, method: 'POST', path: `/payment-intents/${part(id)}/refunds`, body }),

  readRefund: (refundId: string, options: CallOptions = {}): Promise<Refund> =>
    send({ ...options, method: 'GET', path: `/payment-intents/refunds/${part(refundId)}` }),

  /** Sends the notification `payment_intent.send-receipt` with these addresses, to whoever mails your receipts. */
  sendReceipt: (id: string, emails: readonly string[], options: CallOptions = {}): Promise<void> =>
    send({ ...options, method: 'POST', path: `/payment-intents/${part(id)}/receipt`, body: { emails } }),

  refreshClientSessionSecret: (id: string, options: CallOptions = {}): Promise<PaymentIntent> =>
    send({ ...options, method: 'POST', path: `/payment-intents/${part(id)}/refresh-client-session-secret` }),
});

const webhookCalls = (send: Send) => {
  const one = (id: string): string => `/webhooks/${part(id)}`;
  return {
    /** What can be subscribed to. */
    listEvents: (
      options: CallOptions = {},
    ): Promise<readonly { readonly model: string; readonly events: readonly WebhookEventName[] }[]> =>
      send({ ...options, method: 'GET', path: '/webhooks/events' }),
    list: (options: CallOptions = {}): Promise<readonly Subscription[]> =>
      send({ ...options, method: 'GET', path: '/webhooks' }),
    create: (body: SubscriptionRequest, options: CallOptions = {}): Promise<Subscription> =>
      send({ ...options, method: 'POST', path: '/webhooks', body }),
    /** Absent fields stay. */
    update: (id: string, body: Partial<SubscriptionRequest>, options: CallOptions = {}): Promise<Subscription> =>
      send({ ...options, method: 'PATCH', path: one(id), body }),
    delete: (id: string, options: CallOptions = {}): Promise<void> =>
      send({ ...options, method: 'DELETE', path: one(id) }),

    listSecrets: (id: string, options: CallOptions = {}): Promise<SubscriptionSecrets> =>
      send({ ...options, method: 'GET', path: `${one(id)}/secrets` }),
    /** The new one signs nothing until it is activated: teach it to the receivers first. */
    generateSecret: (id: string, options: CallOptions = {}): Promise<SubscriptionSecrets> =>
      send({ ...options, method: 'POST', path: `${one(id)}/secrets` }),
    activateSecret: (id: string, secretId: string, options: CallOptions = {}): Promise<void> =>
      send({ ...options, method: 'PUT', path: `${one(id)}/secrets/${part(secretId)}/activate` }),
    deleteSecret: (id: string, secretId: string, options: CallOptions = {}): Promise<void> =>
      send({ ...options, method: 'DELETE', path: `${one(id)}/secrets/${part(secretId)}` }),

    /** What waits, and what was tried in the last days. */
    readDeliveries: (
      id: string,
      { before, limit, ...options }: CallOptions & { readonly before?: string; readonly limit?: number } = {},
    ): Promise<Deliveries> =>
      send({ ...options, method: 'GET', path: `${one(id)}/deliveries${queryOf({ before, limit })}` }),
    /** Delivers one notification again, at once. One that is `Held` is refused (`delivery-held`): it follows the one before it. */
    redeliver: (
      id: string,
      deliveryId: string,
      options: CallOptions = {},
    ): Promise<Pick<Deliveries['deliveries'][number], 'id' | 'status' | 'nextAttemptAt'>> =>
      send({ ...options, method: 'POST', path: `${one(id)}/deliveries/${part(deliveryId)}/redeliver` }),
    /**
     * Delivers all of a span of time again. Moments are RFC 3339, by the account's clock. Refused while ten replays of the
     * subscription are under way (`replays-too-many`).
     */
    replay: (
      id: string,
      span: { readonly from: string; readonly to: string },
      options: CallOptions = {},
    ): Promise<{ readonly id: string }> => send({ ...options, method: 'POST', path: `${one(id)}/replay`, body: span }),
    /** Lets a paused subscription go on where it stopped. */
    resume: (id: string, options: CallOptions = {}): Promise<Subscription> =>
      send({ ...options, method: 'POST', path: `${one(id)}/resume` }),
  };
};

const eventCalls = (send: Send) => ({
  /**
   * The account's notifications in order, a page at a time, for a program that asks rather than listens.
   * @param after the `next` of the page before; from the first where there is none, `newest` for what is to come
   * @param events the names that are wanted; all where there is none
   */
  list: ({
    after,
    limit,
    events,
    ...options
  }: CallOptions & {
    readonly after?: string;
    readonly limit?: number;
    readonly events?: readonly WebhookEventName[];
  } = {}): Promise<Notifications> =>
    send({ ...options, method: 'GET', path: `/events${queryOf({ after, limit, events: events?.join(',') })}` }),
  read: (id: string, options: CallOptions = {}): Promise<Notification> =>
    send({ ...options, method: 'GET', path: `/events/${part(id)}` }),
});

/**
 * A client for one account. Every call that changes something carries an idempotency key and is repeated with it where
 * no answer came, so that it happens once.
 *
 * @throws StrongroomProblem from each call, when the server refuses it
 * @throws StrongroomUnreachableError from each call, when no answer came also to its repetitions
 * @throws TypeError from `setupIntents.createWithCard`, where no `pciUrl` was given
 * @example
 * const strongroom = openStrongroom({ key, apiUrl: 'http://127.0.0.1:8400', pciUrl: 'http://127.0.0.1:8401' });
 * const { status } = await strongroom.paymentIntents.charge(paymentIntentId);
 */
export const openStrongroom = (options: StrongroomOptions) => {
  const send = openTransport(options);
  return {
    setupIntents: setupIntentCalls(send),
    paymentIntents: paymentIntentCalls(send),
    webhooks: webhookCalls(send),
    events: eventCalls(send),
  } as const;
};

export type Strongroom = ReturnType<typeof openStrongroom>;
