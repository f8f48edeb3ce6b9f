import { expiryDateShown } from '../../domain/card-summary.ts';
import type { IntentEvent, IntentEventType } from '../../domain/intent-event.ts';
import type { SetupIntent } from '../../domain/setup-intent/setup-intent.ts';
import type { ApiVersion } from '../../domain/versions.ts';
import type { Answer } from '../../use-cases/context.ts';
import { moneyShownIfAny } from '../schema/money.ts';
import type { SetupIntentView } from '../../use-cases/setup-intent-view.ts';
import { merchantConfigShown, momentShown, paymentDetailsShown } from '../versions/shown-fields.ts';
import { paymentMethodsShown } from '../versions/echoed-fields.ts';
import { statusShown, type VersionTraits, versionTraits } from '../versions/version-traits.ts';

/** What `setupEvents` tells: what happened to the card. The intent's own beginning and end are in its status. */
export const shownEventTypes = [
  'Authorized',
  'Captured',
  'Reversed',
  'Refunded',
  'AuthChallenged',
  'Declined',
  'Error',
  'Unknown',
] as const satisfies readonly IntentEventType[];
const isShown: ReadonlySet<IntentEventType> = new Set(shownEventTypes);

/** The recorded examples have no verification; a charge says DEPOSITED in its place. */
const verifiedMessage = 'VERIFIED';

/** The setup intent as its merchant sees it in one release. */
export const renderSetupIntent =
  (version: ApiVersion) =>
  (view: SetupIntentView): Answer => {
    const setupEvents = view.events.filter(({ type }) => isShown.has(type)).map(eventShown);
    return {
      status: 200,
      body: JSON.stringify({ setupEvents, ...setupIntentShown(view.setupIntent, versionTraits[version]) }),
    };
  };

/** The setup intent as its customer's browser sees it: without the history of its card. */
export const renderPublicSetupIntent =
  (version: ApiVersion) =>
  ({ setupIntent }: SetupIntentView): Answer => ({
    status: 200,
    body: JSON.stringify(setupIntentShown(setupIntent, versionTraits[version])),
  });

/** Absent parts are undefined, which JSON leaves out, as the recorded answers do. */
const setupIntentShown = (intent: SetupIntent, traits: VersionTraits): Readonly<Record<string, unknown>> => {
  const { terms, session } = intent;
  const { echo } = terms;
  const payment =
    intent.authorization !== null && intent.card !== null
      ? { transaction: intent.authorization, card: intent.card }
      : undefined;
  return {
    id: intent.id,
    clientSessionSecret: session.secret,
    clientSessionSecretExpirationDate: momentShown(session.expiresAt),
    status: statusShown(intent.status, traits),
    paymentMethods: paymentMethodsShown(echo, traits),
    customer: echo['customer'],
    billingAddress: echo['billingAddress'],
    shippingDetails: echo['shippingDetails'],
    createdAt: momentShown(intent.createdAt),
    updatedAt: momentShown(intent.updatedAt),
    reference: terms.reference,
    description: echo['description'],
    merchantConfig: merchantConfigShown,
    config: echo['config'] ?? {},
    metadata: echo['metadata'] ?? {},
    intendedAmount: moneyShownIfAny(terms.intendedAmount),
    merchantInitiatedTransactionType: transactionTypeShown(intent, traits),
    terms: terms.terms,
    ...(traits.setupIntentsShowPayment
      ? {
          expireAt: momentShown(intent.expireAt),
          paymentDetails: payment === undefined ? undefined : paymentDetailsShown(payment, verifiedMessage, traits),
          paymentSource: 'api',
        }
      : {}),
  };
};

/** A release that does not know a type is told none, rather than a word that its parser refuses. */
const transactionTypeShown = ({ terms }: SetupIntent, traits: VersionTraits): string | undefined =>
  traits.transactionTypes.includes(terms.merchantInitiatedTransactionType)
    ? terms.merchantInitiatedTransactionType
    : undefined;

const eventShown = ({ type, at, transaction, card }: IntentEvent): Readonly<Record<string, unknown>> => ({
  transactionId: transaction?.transactionId,
  transactionDateTime: momentShown(transaction?.at ?? at),
  eventType: type,
  authCode: transaction?.authCode ?? undefined,
  cardNumber: card?.maskedNumber,
  expiryDate: card === null ? undefined : expiryDateShown(card),
  cardType: card?.scheme,
  cardholderName: card?.cardholderName ?? undefined,
});
