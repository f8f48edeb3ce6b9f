import Type from 'typebox';
import * as fields from '../schema/field-schemas.ts';
import {
  alwaysEmpty,
  intentFields,
  momentSchema,
  nullable,
  paymentDetailsSchema,
  shownMoneySchema,
  sinceSecondRelease,
} from '../shown-schemas.ts';

const optional = Type.Optional;

export const paymentIntentId = Type.Object({
  paymentIntentId: Type.String({ description: 'pi_sandbox_… or pi_prod_…' }),
});

/** What the OpenAPI document says of a payment intent in an answer, in all releases; the renderer is held to it by tests. */
export const paymentIntentSchema = Type.Object(
  {
    id: Type.String({ description: 'pi_sandbox_… or pi_prod_…' }),
    status: Type.Enum(['Created', 'Authorized', 'Captured', 'Reversed', 'Refunded', 'Canceled'], {
      description: 'Captured once it is paid; Refunded once all of it was given back.',
    }),
    amount: shownMoneySchema('What is to be paid.'),
    tipsAmount: optional(shownMoneySchema('The tip, paid on top.')),
    totalAmount: shownMoneySchema('What is charged: the amount and all that comes on top.'),
    refundedAmount: Type.Integer({ description: 'What was given back so far, in minor units.' }),
    setupIntentId: optional(Type.String({ description: `Whose card is to be charged. ${sinceSecondRelease}` })),
    paymentDetails: optional(paymentDetailsSchema('The charge, once it is captured.')),
    ...intentFields,
    expireAt: momentSchema('When it lapses if it is not paid.'),
    captureMode: Type.Enum(['Auto', 'Manual'], { description: 'Auto unless it was sent otherwise.' }),
    autoExpireIn: optional(Type.String({ description: 'dd.hh:mm:ss, of a Manual one.' })),
    autoExpireAction: optional(
      Type.Enum(['Release', 'Capture'], { description: 'What happens then, of a Manual one.' }),
    ),
    requestSecurity: optional(fields.requestSecuritySchema),
    itemLines: Type.Array(fields.itemLineSchema, { description: 'As they were sent, in the words of the release.' }),
    taxLines: Type.Array(fields.taxLineSchema, { description: 'As they were sent, in the words of the release.' }),
    actionLink: optional(fields.actionLinkSchema),
    orderDetails: optional(fields.orderDetailsSchema),
    cashbackAmount: optional(shownMoneySchema(`Paid on top. ${sinceSecondRelease}`)),
    serviceChargeAmount: optional(shownMoneySchema(`Paid on top. ${sinceSecondRelease}`)),
    cardHolderNotPresent: optional(Type.Boolean({ description: `False where it was not sent. ${sinceSecondRelease}` })),
    paymentLink: optional(
      Type.String({
        format: 'uri',
        description: `Where its checkout page will be; this server has none yet. ${sinceSecondRelease}`,
      }),
    ),
    captures: optional(alwaysEmpty(`No manual capture yet: always empty. ${sinceSecondRelease}`)),
    terminalSessionHistory: optional(alwaysEmpty(`No terminals: always empty. ${sinceSecondRelease}`)),
  },
  { title: 'PaymentIntent' },
);

export const refundSchema = Type.Object(
  {
    paymentIntentId: Type.String({ description: 'Of the payment that it was taken from.' }),
    refundId: Type.String({ description: 'rfnd_…' }),
    refundReason: nullable(Type.String(), 'As it was sent.'),
    notes: nullable(Type.String(), 'As it was sent.'),
  },
  { title: 'Refund' },
);

export const chargeResponseSchema = Type.Object(
  {
    paymentIntentId: Type.String({ description: 'Of the payment intent that was to be paid.' }),
    status: Type.Enum(['Successful', 'Declined', 'Failed', 'Created'], {
      description: 'Declined: by the issuer, no money moved. Failed: the outcome was not learned and is being undone.',
    }),
    message: Type.String({ description: 'DEPOSITED, or why not.' }),
  },
  { title: 'ChargeResponse' },
);
