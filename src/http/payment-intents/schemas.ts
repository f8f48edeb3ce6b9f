import Type from 'typebox';

export const paymentIntentId = Type.Object({
  paymentIntentId: Type.String({ description: 'pi_sandbox_… or pi_prod_…' }),
});

const money = Type.Object({ value: Type.Integer(), currencyCode: Type.String() });

/** What the OpenAPI document says of a payment intent in an answer; the renderer is held to the API's own documents by tests. */
export const paymentIntentSchema = Type.Object(
  {
    id: Type.String(),
    status: Type.Enum(['Created', 'Authorized', 'Captured', 'Reversed', 'Refunded', 'Canceled']),
    captureMode: Type.Enum(['Auto', 'Manual']),
    amount: money,
    tipsAmount: Type.Optional(money),
    totalAmount: money,
    refundedAmount: Type.Integer(),
    reference: Type.String(),
    description: Type.Optional(Type.String()),
    setupIntentId: Type.Optional(Type.String({ description: 'Since release 2024-02-05.' })),
    paymentDetails: Type.Optional(
      Type.Object({}, { additionalProperties: true, description: 'The charge, once captured.' }),
    ),
    clientSessionSecret: Type.String({ description: 'Lets a browser or phone act on this one intent.' }),
    clientSessionSecretExpirationDate: Type.String({ format: 'date-time' }),
    createdAt: Type.String({ format: 'date-time' }),
    updatedAt: Type.String({ format: 'date-time' }),
    expireAt: Type.String({ format: 'date-time' }),
    metadata: Type.Record(Type.String(), Type.String()),
  },
  { title: 'PaymentIntent', additionalProperties: true },
);

export const refundSchema = Type.Object(
  {
    paymentIntentId: Type.String(),
    refundId: Type.String({ description: 'rfnd_…' }),
    refundReason: Type.Union([Type.String(), Type.Null()]),
    notes: Type.Union([Type.String(), Type.Null()]),
  },
  { title: 'Refund' },
);

export const chargeResponseSchema = Type.Object(
  {
    paymentIntentId: Type.String(),
    status: Type.Enum(['Successful', 'Declined', 'Failed', 'Created']),
    message: Type.String(),
  },
  { title: 'ChargeResponse' },
);
