import type { PaymentIntent } from '../../domain/payment-intent/payment-intent.ts';
import { totalAmount } from '../../domain/payment-intent/total-amount.ts';
import type { ApiVersion } from '../../domain/versions.ts';
import type { Answer } from '../../use-cases/context.ts';
import { moneyShown, moneyShownIfAny } from '../schema/money.ts';
import { merchantConfigShown, momentShown, paymentDetailsShown } from '../versions/shown-fields.ts';
import { itemLinesShown, paymentMethodsShown, taxLinesShown } from '../versions/echoed-fields.ts';
import { versionTraits } from '../versions/version-traits.ts';
import { timeSpanShown } from './time-span.ts';

/** What a captured payment says, word for word as recorded. */
const capturedMessage = 'DEPOSITED';

/**
 * The payment intent in one release; merchant and customer see the same.
 * @param publicApiUrl where the hosted checkout is reached, without a trailing slash
 */
export const renderPaymentIntent =
  (version: ApiVersion, publicApiUrl: string) =>
  (intent: PaymentIntent): Answer => ({
    status: 200,
    body: JSON.stringify(paymentIntentShown(intent, version, publicApiUrl)),
  });

/** Absent parts are undefined, which JSON leaves out, as the recorded answers do. */
const paymentIntentShown = (
  intent: PaymentIntent,
  version: ApiVersion,
  publicApiUrl: string,
): Readonly<Record<string, unknown>> => {
  const traits = versionTraits[version];
  const { terms, session, payment } = intent;
  const { echo, autoExpire } = terms;
  return {
    id: intent.id,
    captureMode: terms.captureMode,
    clientSessionSecret: session.secret,
    clientSessionSecretExpirationDate: momentShown(session.expiresAt),
    paymentDetails: payment === null ? undefined : paymentDetailsShown(payment, capturedMessage, traits),
    status: intent.status,
    paymentMethods: paymentMethodsShown(echo, traits),
    amount: moneyShown(terms.amount),
    tipsAmount: moneyShownIfAny(terms.tipsAmount),
    totalAmount: moneyShown(totalAmount(intent)),
    refundedAmount: intent.refundedAmountMinor,
    customer: echo['customer'],
    requestSecurity: echo['requestSecurity'],
    billingAddress: echo['billingAddress'],
    shippingDetails: echo['shippingDetails'],
    createdAt: momentShown(intent.createdAt),
    updatedAt: momentShown(intent.updatedAt),
    reference: terms.reference,
    description: echo['description'],
    itemLines: itemLinesShown(echo, traits),
    taxLines: taxLinesShown(echo, traits),
    actionLink: echo['actionLink'],
    merchantConfig: merchantConfigShown,
    config: echo['config'] ?? {},
    expireAt: momentShown(intent.expireAt),
    autoExpireIn: autoExpire === null ? undefined : timeSpanShown(autoExpire.inMs),
    autoExpireAction: autoExpire?.action,
    metadata: echo['metadata'] ?? {},
    ...(traits.paymentIntentsShowLinks ? linksShown(intent, publicApiUrl) : {}),
  };
};

/** What exists since the second release. */
const linksShown = (
  { id, setupIntentId, terms: { echo, cashbackAmount, serviceChargeAmount } }: PaymentIntent,
  publicApiUrl: string,
): Readonly<Record<string, unknown>> => ({
  cardHolderNotPresent: echo['cardHolderNotPresent'] ?? false,
  setupIntentId: setupIntentId ?? undefined,
  orderDetails: echo['orderDetails'],
  cashbackAmount: moneyShownIfAny(cashbackAmount),
  serviceChargeAmount: moneyShownIfAny(serviceChargeAmount),
  paymentLink: `${publicApiUrl}/checkout/${id}`,
  terminalSessionHistory: [],
  captures: [],
});
