import Type from 'typebox';
import { ok, type Result, refuse } from '../../domain/result.ts';
import type { SetupIntentTerms } from '../../domain/setup-intent/setup-intent.ts';
import type { ApiVersion } from '../../domain/versions.ts';
import type { FieldErrors } from '../../problems/problems.ts';
import { checkMetadataKeys, expiryOf } from '../schema/cross-field-rules.ts';
import { newFieldErrors } from '../schema/field-errors.ts';
import * as fields from '../schema/field-schemas.ts';
import { moneyOrNull } from '../schema/money.ts';
import { present } from '../schema/normalise.ts';
import { inRelease, releaseReader } from '../schema/release-reader.ts';

const optional = Type.Optional;

/** The union of all releases' fields; what a release lacks is ignored, as unknown fields are. */
export const createSetupIntentSchema = Type.Object(
  {
    reference: fields.reference,
    description: optional(fields.description),
    merchantInitiatedTransactionType: Type.Enum(['NoShow', 'Unscheduled'], {
      description: 'What the customer agrees to be charged for later. Unscheduled exists since release 2024-02-05.',
    }),
    terms: Type.String({ minLength: 1, maxLength: 10240, description: 'The terms that the customer agrees to.' }),
    intendedAmount: optional(fields.moneySchema(0, 'What the merchant expects to charge. It binds nobody.')),
    captureMode: optional(Type.Enum(['Auto', 'Manual'], { description: 'Setup intents are always Auto.' })),
    paymentMethods: optional(fields.paymentMethodsSchema),
    customer: optional(fields.customerSchema),
    billingAddress: optional(fields.addressSchema),
    shippingDetails: optional(fields.shippingDetailsSchema),
    config: optional(fields.configSchema),
    metadata: optional(fields.metadataSchema),
    orderDetails: optional(fields.orderDetailsSchema),
    expireAt: optional(
      fields.dateTime('When the intent lapses if no card was authorized on it. 30 days by default, 366 at most.'),
    ),
  },
  { title: 'CreateSetupIntentRequest' },
);

const read = releaseReader((traits) =>
  inRelease(createSetupIntentSchema, {
    ignored: traits.ignoredInSetupIntents,
    narrower: {
      merchantInitiatedTransactionType: Type.Enum([...traits.transactionTypes]),
      paymentMethods: fields.paymentMethodsOf(traits.paymentMethods),
    },
  }),
);

export type SetupIntentOrder = { readonly terms: SetupIntentTerms; readonly expireAt: number | null };

/** What a body asks for, in the words of one release, or what is wrong with which field. Whether `expireAt` lies ahead is not looked at. */
export const readSetupIntentOrder = (body: unknown, version: ApiVersion): Result<SetupIntentOrder, FieldErrors> => {
  const parsed = read(body, version);
  if (!parsed.ok) return parsed;
  const sent = parsed.value;
  const errors = newFieldErrors();
  if (sent.captureMode === 'Manual') errors.add('CaptureMode', 'The CaptureMode field of a setup intent must be Auto.');
  checkMetadataKeys(sent.metadata, errors);
  const expireAt = expiryOf(sent.expireAt, errors);
  if (errors.any) return refuse(errors.all());

  const { description, paymentMethods, customer, billingAddress, shippingDetails, config, metadata, orderDetails } =
    sent;
  return ok({
    expireAt,
    terms: {
      reference: sent.reference,
      terms: sent.terms,
      merchantInitiatedTransactionType: sent.merchantInitiatedTransactionType,
      intendedAmount: moneyOrNull(sent.intendedAmount),
      echo: present({
        description,
        paymentMethods,
        customer,
        billingAddress,
        shippingDetails,
        config,
        metadata,
        orderDetails,
      }),
    },
  });
};
