import Type, { type TSchema } from 'typebox';
import { type CardFundingType, cardSchemes } from '../domain/card-summary.ts';
import { currencies } from '../domain/money.ts';
import * as fields from './schema/field-schemas.ts';

/** Parts of several answers, as the OpenAPI document describes them; what a release lacks is said in words. */
const optional = Type.Optional;

export const sinceSecondRelease = 'Since release 2024-02-05.';

export const momentSchema = (description: string) => Type.String({ format: 'date-time', description });

export const nullable = <Schema extends TSchema>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description });

/** For what the API has and this server does not. */
export const alwaysEmpty = (description: string) => Type.Array(Type.Unknown(), { maxItems: 0, description });

export const shownMoneySchema = (description: string) =>
  Type.Object(
    {
      value: Type.Integer({ description: 'Minor units (pence, cents).' }),
      currencyCode: Type.Enum([...currencies], { description: 'ISO 4217.' }),
    },
    { title: 'Money', description },
  );

const cardFundingTypes: CardFundingType[] = ['Unknown', 'Debit', 'Credit', 'Charge', 'Prepaid'];

export const cardFields = {
  cardNumber: Type.String({
    description: 'Masked: first 8 and last 4 digits; first 6 and last 4 where there are fewer than 16.',
  }),
  expiryDate: Type.String({ format: 'date', description: 'The last day on which the card is good.' }),
  cardType: Type.Enum([...cardSchemes], { description: 'The scheme of the card.' }),
};
const cardName = optional(Type.String({ description: 'The name on the card, where it was sent.' }));

export const authCodeSchema = Type.String({ description: 'The issuer’s approval code.' });

const shownCardSchema = Type.Object(
  {
    ...cardFields,
    cardName,
    cardFundingType: Type.Enum(cardFundingTypes, { description: 'How the issuer funds it.' }),
    last4PAN: Type.String({ description: 'The last four digits.' }),
  },
  { title: 'Card', description: sinceSecondRelease },
);

const inFirstRelease = <Schema extends TSchema>(schema: Schema) =>
  optional({ ...schema, description: 'In release 2022-04-07 only: as in card.' });

/** Of an approved message about a card. */
export const paymentDetailsSchema = (description: string) =>
  Type.Object(
    {
      transactionId: optional(Type.String({ description: `The acquirer’s own reference. ${sinceSecondRelease}` })),
      transactionDateTime: momentSchema('When the acquirer answered.'),
      message: Type.String({ description: 'DEPOSITED for a charge, VERIFIED for a verification.' }),
      authCode: optional(authCodeSchema),
      card: optional(shownCardSchema),
      cardNumber: inFirstRelease(cardFields.cardNumber),
      cardName: inFirstRelease(cardName),
      expiryDate: inFirstRelease(cardFields.expiryDate),
      cardType: inFirstRelease(cardFields.cardType),
      avsResult: optional(
        Type.String({
          description: 'What the check of the address found, where there was one. Since release 2025-09-10.',
        }),
      ),
    },
    { title: 'PaymentDetails', description },
  );

/** What setup intents and payment intents have in common. */
export const intentFields = {
  reference: fields.reference,
  description: optional(fields.description),
  clientSessionSecret: Type.String({ description: 'Lets a browser or phone act on this one intent.' }),
  clientSessionSecretExpirationDate: momentSchema('Until when the secret is good: 30 minutes.'),
  createdAt: momentSchema('When it was made, in the account’s time.'),
  updatedAt: momentSchema('When it last changed.'),
  paymentMethods: fields.paymentMethodsSchema,
  customer: optional(fields.customerSchema),
  billingAddress: optional(fields.addressSchema),
  shippingDetails: optional(fields.shippingDetailsSchema),
  config: fields.configSchema,
  merchantConfig: Type.Object(
    {
      supportedPaymentMethods: Type.Object(
        {
          cardSchemes: Type.Array(Type.Enum([...cardSchemes]), { description: 'All that there are.' }),
          wallets: alwaysEmpty('None yet: always empty.'),
        },
        { description: 'The same for every account.' },
      ),
    },
    { title: 'MerchantConfig', description: 'What this server can take.' },
  ),
  metadata: fields.metadataSchema,
};
