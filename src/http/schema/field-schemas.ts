import Type, { type Static, type TSchema } from 'typebox';
import { amountMinorMax, currencies } from '../../domain/money.ts';

/**
 * Fields that several requests share. Lengths are the API's own where it names one;
 * the others exist so that no stored object can outgrow what its reader expects.
 */
const text = (maxLength: number, description?: string) =>
  Type.String({ maxLength, ...(description === undefined ? {} : { description }) });
const optional = Type.Optional;
const unnamedTextLengthMax = 255;

/** An amount that must move at least one minor unit. */
export const moneySchema = (valueMin: 0 | 1, description: string) =>
  Type.Object(
    {
      value: Type.Integer({
        minimum: valueMin,
        maximum: amountMinorMax,
        description: 'Minor units (pence, cents), as an integer or as a string of digits.',
      }),
      currencyCode: Type.Enum([...currencies], { description: 'ISO 4217.' }),
    },
    { description },
  );

/** Redirects and links are opened by a customer's browser, so no other scheme may be stored. */
const webAddress = (description: string) =>
  Type.String({ format: 'uri', pattern: '^[Hh][Tt][Tt][Pp][Ss]?://[^/?#\\s]', maxLength: 2048, description });

/** RFC 3339, with an offset. */
export const dateTime = (description: string) => Type.String({ format: 'date-time', maxLength: 40, description });

export const reference = Type.String({ minLength: 1, maxLength: 60, description: "The merchant's own name for it." });

export const description = Type.String({
  maxLength: 4096,
  description: 'What it is about, in the words of the merchant.',
});

export const addressSchema = Type.Object(
  {
    address1: optional(text(100)),
    address2: optional(text(100)),
    address3: optional(text(100)),
    address4: optional(text(100)),
    city: optional(text(100)),
    state: optional(text(100)),
    postcode: optional(text(50)),
    countryCode: text(10),
    locality: optional(text(100)),
    county: optional(text(100)),
  },
  { description: 'Given back as it was sent.' },
);

export const customerSchema = Type.Object(
  { id: optional(text(unnamedTextLengthMax)), emailAddress: optional(text(254)), phoneNumber: optional(text(50)) },
  { description: 'Who pays. Given back as it was sent.' },
);

export const shippingDetailsSchema = Type.Object(
  {
    name: optional(text(100)),
    deliveryNotes: optional(text(1024)),
    address: optional(addressSchema),
  },
  { description: 'To whom and where it is sent. Given back as it was sent.' },
);

const collection = optional(Type.Object({ collectionRequired: optional(Type.Boolean()) }));

export const configSchema = Type.Object(
  {
    title: optional(text(100)),
    redirectUrl: optional(webAddress('Where the customer goes after paying.')),
    cancelUrl: optional(webAddress('Where the customer goes after giving up.')),
    customerEmail: collection,
    details: optional(Type.Object({ showTotal: optional(Type.Boolean()), showReference: optional(Type.Boolean()) })),
    billingAddress: collection,
    shippingDetails: collection,
    payment: optional(
      Type.Object({ customAmountAllowed: optional(Type.Boolean()), tipsAllowed: optional(Type.Boolean()) }),
    ),
  },
  { description: 'What the hosted checkout page shows and asks for.' },
);

/** 50 entries with keys of 40 and values of 500 characters: 27 kB at most, so an intent stays a small row. */
export const metadataSchema = Type.Record(Type.String({ maxLength: 40 }), text(500), {
  maxProperties: 50,
  description: 'Up to 50 texts of up to 500 characters, under keys of up to 40 characters. Given back as it was sent.',
});

export const paymentMethodsOf = (methods: readonly string[]) =>
  Type.Array(Type.Enum([...methods]), {
    maxItems: methods.length,
    uniqueItems: true,
    description: 'How the customer may pay. Card where none is named; SavedCard since release 2024-02-05.',
  });

export const paymentMethodsSchema = paymentMethodsOf(['Card', 'Wallet', 'SavedCard']);

export const requestSecuritySchema = Type.Object(
  {
    userAgent: optional(text(300)),
    ipAddress: optional(text(70)),
    device: optional(text(120)),
  },
  { description: 'What is known of the customer’s device. Given back as it was sent.' },
);

export const orderDetailsSchema = Type.Object(
  {
    availabilityDate: optional(dateTime('When the order can be had.')),
    isUpdate: optional(Type.Boolean()),
    id: optional(text(unnamedTextLengthMax)),
    externalId: optional(text(unnamedTextLengthMax)),
  },
  { description: 'The order behind it. Since release 2024-02-05.' },
);

export const actionLinkSchema = Type.Object(
  {
    url: webAddress('What the button opens.'),
    action: optional(Type.Enum(['OpenLink', 'DownloadFile'])),
    label: Type.String({ minLength: 1, maxLength: 60 }),
    fileName: optional(text(256)),
  },
  { description: 'A button for the checkout page. Given back as it was sent.' },
);

/** Lines may be negative: discounts are lines too. */
const lineAmount = (description: string) =>
  Type.Object(
    {
      value: Type.Integer({ minimum: -amountMinorMax, maximum: amountMinorMax }),
      currencyCode: Type.Enum([...currencies]),
    },
    { description },
  );

const int32 = () => Type.Integer({ minimum: -2147483648, maximum: 2147483647 });

const modifierSchema = Type.Object({
  id: text(unnamedTextLengthMax),
  name: text(unnamedTextLengthMax),
  quantity: int32(),
  amountPerModifier: lineAmount('Minor units; negative for a discount.'),
});

const nullableLineAmount = Type.Unsafe<Static<ReturnType<typeof lineAmount>> | null>({
  ...lineAmount('Minor units; negative for a discount. Required since release 2024-02-05, if only as null.'),
  type: ['object', 'null'],
});

export const itemLineSchema = Type.Object({
  id: optional(text(60)),
  quantity: optional(int32()),
  caption: optional(text(100, 'The text of the line; in release 2022-04-07 only.')),
  name: optional(text(100, 'The text of the line; since release 2024-02-05.')),
  category: optional(text(unnamedTextLengthMax)),
  modifiers: optional(Type.Array(modifierSchema, { maxItems: 100 })),
  amountTotal: optional(nullableLineAmount),
  plu: optional(text(200)),
});

export const taxLineSchema = Type.Object({
  id: optional(text(60)),
  caption: optional(text(100)),
  subCaption: optional(text(100)),
  amountTotal: optional(lineAmount('Minor units. Required since release 2024-02-05.')),
  affectedPlu: optional(text(200)),
});

/** `[d.]hh:mm:ss`, as .NET writes a duration. */
export const timeSpanPattern = '^(?:(\\d{1,2})\\.)?([01]\\d|2[0-3]):([0-5]\\d):([0-5]\\d)$';

/** An id of the API as the body of a request names it; whether it exists is the use case's to find out. */
export const idOf = (prefix: 'si' | 'pi', description: string): TSchema =>
  Type.String({ pattern: `^${prefix}_(sandbox|prod)_[A-Za-z0-9_-]{22}$`, description });
