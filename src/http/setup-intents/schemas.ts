import Type from 'typebox';
import {
  authCodeSchema,
  cardFields,
  intentFields,
  momentSchema,
  paymentDetailsSchema,
  shownMoneySchema,
  sinceSecondRelease,
} from '../shown-schemas.ts';
import { shownEventTypes } from './render.ts';

const optional = Type.Optional;

/** The parameter in the path of every call for one setup intent. */
export const setupIntentId = Type.Object({ setupIntentId: Type.String({ description: 'si_sandbox_… or si_prod_…' }) });

const publicSetupIntentFields = {
  id: Type.String({ description: 'si_sandbox_… or si_prod_…' }),
  status: Type.Enum(['Created', 'Authorized', 'Expired', 'CardExpired', 'Canceled', 'Completed', 'Closed'], {
    description: 'Authorized: its card can be charged. Release 2022-04-07 says Canceled for Closed.',
  }),
  terms: Type.String({ description: 'The terms that the customer agrees to.' }),
  merchantInitiatedTransactionType: optional(
    Type.Enum(['NoShow', 'Unscheduled'], {
      description:
        'What the customer agrees to be charged for later. Absent where release 2022-04-07 reads an Unscheduled one.',
    }),
  ),
  intendedAmount: optional(shownMoneySchema('What the merchant expects to charge. It binds nobody.')),
  paymentDetails: optional(paymentDetailsSchema(`The verification that authorized the card. ${sinceSecondRelease}`)),
  paymentSource: optional(Type.String({ description: `Always api. ${sinceSecondRelease}` })),
  ...intentFields,
  expireAt: optional(momentSchema(`When it lapses if no card is authorized on it. ${sinceSecondRelease}`)),
};

/** What the OpenAPI document says of a setup intent in an answer, in all releases; the renderer is held to it by tests. */
export const publicSetupIntentSchema = Type.Object(publicSetupIntentFields, { title: 'PublicSetupIntent' });

const setupEventSchema = Type.Object(
  {
    eventType: Type.Enum([...shownEventTypes], { description: 'What happened.' }),
    transactionDateTime: momentSchema('When the acquirer answered, or else when it happened.'),
    transactionId: optional(Type.String({ description: 'The acquirer’s own reference.' })),
    authCode: optional(authCodeSchema),
    cardNumber: optional(cardFields.cardNumber),
    expiryDate: optional(cardFields.expiryDate),
    cardType: optional(cardFields.cardType),
    cardholderName: optional(Type.String({ description: 'The name on the card, where it was sent.' })),
  },
  { title: 'SetupEvent' },
);

/** The same, for whoever holds the secret key. */
export const setupIntentSchema = Type.Object(
  {
    ...publicSetupIntentFields,
    setupEvents: Type.Array(setupEventSchema, { description: 'What happened to the card, oldest first.' }),
  },
  { title: 'SetupIntent' },
);
