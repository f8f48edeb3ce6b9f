import Type from 'typebox';

/** The parameter in the path of every call for one setup intent. */
export const setupIntentId = Type.Object({ setupIntentId: Type.String({ description: 'si_sandbox_… or si_prod_…' }) });

const money = Type.Object({ value: Type.Integer(), currencyCode: Type.String() });

const publicSetupIntentFields = {
  id: Type.String(),
  clientSessionSecret: Type.String({ description: 'Lets a browser or phone act on this one intent.' }),
  clientSessionSecretExpirationDate: Type.String({ format: 'date-time' }),
  status: Type.Enum(['Created', 'Authorized', 'Expired', 'CardExpired', 'Canceled', 'Completed', 'Closed']),
  reference: Type.String(),
  description: Type.Optional(Type.String()),
  terms: Type.String(),
  merchantInitiatedTransactionType: Type.Enum(['NoShow', 'Unscheduled']),
  intendedAmount: Type.Optional(money),
  paymentMethods: Type.Array(Type.String()),
  createdAt: Type.String({ format: 'date-time' }),
  updatedAt: Type.String({ format: 'date-time' }),
  expireAt: Type.Optional(Type.String({ format: 'date-time', description: 'Since release 2024-02-05.' })),
  paymentDetails: Type.Optional(
    Type.Object(
      {},
      {
        additionalProperties: true,
        description: 'The verification that authorized the card. Since release 2024-02-05.',
      },
    ),
  ),
  metadata: Type.Record(Type.String(), Type.String()),
};

/** What the OpenAPI document says of a setup intent in an answer; the renderer is held to the API's own documents by tests. */
export const publicSetupIntentSchema = Type.Object(publicSetupIntentFields, {
  title: 'PublicSetupIntent',
  additionalProperties: true,
});

/** The same, for whoever holds the secret key. */
export const setupIntentSchema = Type.Object(
  {
    ...publicSetupIntentFields,
    setupEvents: Type.Array(Type.Object({ eventType: Type.String() }, { additionalProperties: true }), {
      description: 'What happened to the card, oldest first.',
    }),
  },
  { title: 'SetupIntent', additionalProperties: true },
);
