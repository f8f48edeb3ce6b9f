import Type, { type Static, type TObject } from 'typebox';
import type { PaymentIntentTerms } from '../../domain/payment-intent/payment-intent.ts';
import { ok, type Result, refuse } from '../../domain/result.ts';
import type { ApiVersion } from '../../domain/versions.ts';
import type { FieldErrors } from '../../problems/problems.ts';
import { checkAmountsTogether, checkMetadataKeys, expiryOf } from '../schema/cross-field-rules.ts';
import { newFieldErrors } from '../schema/field-errors.ts';
import * as fields from '../schema/field-schemas.ts';
import { moneyOf, moneyOrNull } from '../schema/money.ts';
import { present } from '../schema/normalise.ts';
import { inRelease, releaseReader } from '../schema/release-reader.ts';
import { timeSpanMs } from './time-span.ts';

const optional = Type.Optional;
const linesMax = 200;

/** The union of all releases' fields; what a release lacks is ignored, as unknown fields are. */
export const createPaymentIntentSchema = Type.Object(
  {
    amount: fields.moneySchema(1, 'What is to be paid.'),
    reference: fields.reference,
    description: optional(fields.description),
    setupIntentId: optional(
      fields.idOf('si', 'An Authorized setup intent of the same account, whose card is to be charged.'),
    ),
    tipsAmount: optional(fields.moneySchema(0, 'A tip. Paid on top.')),
    serviceChargeAmount: optional(fields.moneySchema(0, 'Paid on top. Since release 2024-02-05.')),
    cashbackAmount: optional(fields.moneySchema(0, 'Paid on top. Since release 2024-02-05.')),
    captureMode: optional(Type.Enum(['Auto', 'Manual'], { description: 'Auto by default.' })),
    autoExpireIn: optional(
      Type.String({
        pattern: fields.timeSpanPattern,
        description:
          'How long an authorization waits to be captured: dd.hh:mm:ss, more than 30 seconds, less than 7 days. Manual only.',
      }),
    ),
    autoExpireAction: optional(Type.Enum(['Release', 'Capture'], { description: 'What happens then. Manual only.' })),
    expireAt: optional(fields.dateTime('When the intent lapses if it was not paid. 30 days by default, 366 at most.')),
    paymentMethods: optional(fields.paymentMethodsSchema),
    customer: optional(fields.customerSchema),
    billingAddress: optional(fields.addressSchema),
    shippingDetails: optional(fields.shippingDetailsSchema),
    transactionSource: optional(
      Type.Enum(['MOTO'], { description: 'Release 2022-04-07 only; later cardHolderNotPresent.' }),
    ),
    cardHolderNotPresent: optional(
      Type.Boolean({ description: 'Whether it was ordered by mail or telephone. Since release 2024-02-05.' }),
    ),
    config: optional(fields.configSchema),
    requestSecurity: optional(fields.requestSecuritySchema),
    itemLines: optional(Type.Array(fields.itemLineSchema, { maxItems: linesMax, description: 'What is bought.' })),
    taxLines: optional(Type.Array(fields.taxLineSchema, { maxItems: linesMax, description: 'What of it are taxes.' })),
    actionLink: optional(fields.actionLinkSchema),
    orderDetails: optional(fields.orderDetailsSchema),
    metadata: optional(fields.metadataSchema),
  },
  { title: 'CreatePaymentIntentRequest' },
);

const read = releaseReader((traits) => {
  const lines = <Line extends TObject>(line: Line, ignored: readonly string[]) =>
    Type.Array(inRelease(line, { ignored, required: traits.requiredInLines }), { maxItems: linesMax });
  return inRelease(createPaymentIntentSchema, {
    ignored: traits.ignoredInPaymentIntents,
    narrower: {
      paymentMethods: fields.paymentMethodsOf(traits.paymentMethods),
      itemLines: lines(fields.itemLineSchema, traits.ignoredInItemLines),
      taxLines: lines(fields.taxLineSchema, traits.ignoredInTaxLines),
    },
  });
});
type Sent = Static<typeof createPaymentIntentSchema>;

export type PaymentIntentOrder = {
  readonly terms: PaymentIntentTerms;
  readonly expireAt: number | null;
  readonly setupIntentId: string | null;
};

/** An authorisation is held for more than 30 seconds and less than 7 days (the API's documentation). */
const autoExpireMsMin = 30_000;
const autoExpireMsMax = 7 * 24 * 60 * 60 * 1000;

/** What a body asks for, in the words of one release, or what is wrong with which field. Whether `expireAt` lies ahead is not looked at. */
export const readPaymentIntentOrder = (body: unknown, version: ApiVersion): Result<PaymentIntentOrder, FieldErrors> => {
  const parsed = read(body, version);
  if (!parsed.ok) return parsed;
  const sent = parsed.value;
  const errors = newFieldErrors();
  const { tipsAmount, serviceChargeAmount, cashbackAmount } = sent;
  const onTop = { TipsAmount: tipsAmount, ServiceChargeAmount: serviceChargeAmount, CashbackAmount: cashbackAmount };
  checkAmountsTogether(sent.amount, onTop, errors);
  checkMetadataKeys(sent.metadata, errors);
  if (sent.captureMode === 'Manual' && sent.setupIntentId !== undefined) {
    errors.add('CaptureMode', 'The CaptureMode field must be Auto with a SetupIntentId: its card is charged at once.');
  }
  const expireAt = expiryOf(sent.expireAt, errors);
  const autoExpire = autoExpireOf(sent, errors);
  if (errors.any) return refuse(errors.all());

  return ok({
    expireAt,
    setupIntentId: (sent.setupIntentId as string | undefined) ?? null,
    terms: {
      reference: sent.reference,
      amount: moneyOf(sent.amount),
      tipsAmount: moneyOrNull(tipsAmount),
      serviceChargeAmount: moneyOrNull(serviceChargeAmount),
      cashbackAmount: moneyOrNull(cashbackAmount),
      captureMode: sent.captureMode === 'Manual' ? 'Manual' : 'Auto',
      autoExpire,
      echo: echoOf(sent),
    },
  });
};

const autoExpireOf = (sent: Sent, errors: ReturnType<typeof newFieldErrors>): PaymentIntentTerms['autoExpire'] => {
  if (sent.captureMode !== 'Manual') {
    for (const [field, value] of [
      ['AutoExpireIn', sent.autoExpireIn],
      ['AutoExpireAction', sent.autoExpireAction],
    ] as const) {
      if (value !== undefined) errors.add(field, `The ${field} field is only taken with CaptureMode Manual.`);
    }
    return null;
  }
  if (sent.autoExpireIn === undefined)
    errors.add('AutoExpireIn', 'The AutoExpireIn field is required with CaptureMode Manual.');
  if (sent.autoExpireAction === undefined) {
    errors.add('AutoExpireAction', 'The AutoExpireAction field is required with CaptureMode Manual.');
  }
  const inMs = timeSpanMs(sent.autoExpireIn ?? '');
  if (inMs === undefined || sent.autoExpireAction === undefined) return null;
  if (inMs <= autoExpireMsMin || inMs >= autoExpireMsMax) {
    errors.add('AutoExpireIn', 'The AutoExpireIn field must be more than 30 seconds and less than 7 days.');
  }
  return { inMs, action: sent.autoExpireAction as 'Release' | 'Capture' };
};

/** What is only given back, under the newest names, so that every release can be told. */
const echoOf = (sent: Sent): Readonly<Record<string, unknown>> => {
  const { description, paymentMethods, customer, billingAddress, shippingDetails, config, requestSecurity } = sent;
  const { taxLines, actionLink, orderDetails, metadata } = sent;
  const cardHolderNotPresent = sent.transactionSource === 'MOTO' ? true : sent.cardHolderNotPresent;
  const itemLines = sent.itemLines?.map(({ caption, name, ...line }) => present({ ...line, name: name ?? caption }));
  return present({
    description,
    paymentMethods,
    customer,
    billingAddress,
    shippingDetails,
    config,
    requestSecurity,
    itemLines,
    taxLines,
    actionLink,
    orderDetails,
    metadata,
    cardHolderNotPresent,
  });
};
