import Type from 'typebox';
import { scriptedActions, scriptedOperations } from '../../src/domain/acquirer-script.ts';
import { amountMinorMax, currencies } from '../../src/domain/money.ts';

/** Our ids have 33 characters at most; a merchant's reference has 60, and more once it is escaped. */
const id = Type.String({ minLength: 1, maxLength: 64 });
const reference = Type.String({ maxLength: 256 });
/** Milliseconds since 1970. */
const moment = Type.Integer({ minimum: 0 });
const amount = Type.Object({
  amountMinor: Type.Integer({ minimum: 0, maximum: amountMinorMax }),
  currency: Type.Enum([...currencies]),
});

const strict = { additionalProperties: false } as const;
const onBehalfOf = { accountId: id, now: moment };
const attempt = { ...onBehalfOf, attemptId: id, paymentIntentId: id, amount };

export const verifyRequest = Type.Object(
  { ...onBehalfOf, attemptId: id, setupIntentId: id, capturedCardReference: id, merchantReference: reference },
  strict,
);
export const attemptRequest = Type.Object(attempt, strict);
export const chargeRequest = Type.Object({ ...attempt, cardReference: id, merchantReference: reference }, strict);
export const refundRequest = Type.Object({ ...attempt, refundId: id }, strict);
export const forgetRequest = Type.Object({ cardReferences: Type.Array(id, { maxItems: 1_000 }) }, strict);
export const keptCardsRequest = Type.Object(
  { after: Type.String({ maxLength: 64 }), keptBefore: moment, limit: Type.Integer({ minimum: 1, maximum: 1_000 }) },
  strict,
);
export const accountRequest = Type.Object({ accountId: id }, strict);
export const ledgerRequest = Type.Object(
  { accountId: id, after: Type.Integer({ minimum: 0 }), limit: Type.Integer({ minimum: 1, maximum: 2_000 }) },
  strict,
);
const optional = Type.Optional;
const rule = Type.Object(
  {
    when: Type.Object(
      {
        operation: optional(Type.Enum([...scriptedOperations])),
        cardNumberEndsWith: optional(Type.String({ pattern: '^\\d{1,4}$' })),
        amount: optional(Type.Integer({ minimum: 0, maximum: amountMinorMax })),
        reference: optional(reference),
        call: optional(Type.Integer({ minimum: 1 })),
      },
      strict,
    ),
    then: Type.Object(
      {
        action: Type.Enum([...scriptedActions]),
        responseCode: optional(Type.String({ pattern: '^[0-9A-Z]{2}$' })),
        ms: optional(Type.Integer({ minimum: 0, maximum: 600_000 })),
      },
      strict,
    ),
    probability: optional(Type.Number({ minimum: 0, maximum: 1 })),
    times: optional(Type.Integer({ minimum: 1 })),
  },
  strict,
);
export const scriptRequest = Type.Object(
  {
    accountId: id,
    script: Type.Object({ seed: Type.Integer({ minimum: 0 }), rules: Type.Array(rule, { maxItems: 100 }) }, strict),
  },
  strict,
);
