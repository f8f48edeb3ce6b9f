import Type from 'typebox';
import { amountMinorMax } from '../../domain/money.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { ApiVersion } from '../../domain/versions.ts';
import type { FieldErrors } from '../../problems/problems.ts';
import type { RefundOrder } from '../../use-cases/refund-payment-intent.ts';
import { inRelease, releaseReader } from '../schema/release-reader.ts';

/** Lengths are the API's own. */
export const createRefundSchema = Type.Object(
  {
    amount: Type.Integer({
      minimum: 1,
      maximum: amountMinorMax,
      description: 'What to give back, in minor units of the currency of the payment; a string of digits is taken too.',
    }),
    refundReason: Type.Optional(Type.String({ maxLength: 1024, description: 'Given back as it was sent.' })),
    notes: Type.Optional(Type.String({ maxLength: 4096, description: 'Given back as it was sent.' })),
    previousTransactionId: Type.Optional(
      Type.String({
        maxLength: 100,
        description: 'Since release 2024-02-05: the transactionId of the payment. Another one is refused.',
      }),
    ),
  },
  { title: 'CreateRefundRequest' },
);

const read = releaseReader(({ ignoredInRefunds: ignored }) => inRelease(createRefundSchema, { ignored }));

/** What a body asks for, in the words of one release, or what is wrong with which field. */
export const readRefundOrder = (body: unknown, version: ApiVersion): Result<RefundOrder, FieldErrors> => {
  const parsed = read(body, version);
  if (!parsed.ok) return parsed;
  const { amount, refundReason, notes, previousTransactionId } = parsed.value;
  return ok({
    amountMinor: amount,
    reason: refundReason ?? null,
    notes: notes ?? null,
    previousTransactionId: previousTransactionId ?? null,
  });
};
