import Type from 'typebox';
import { ok, type Result } from '../../domain/result.ts';
import type { FieldErrors } from '../../problems/problems.ts';
import { bodyReader } from '../schema/reader.ts';

/**
 * One mailbox, without a name, comments, quotes or anything that ends a header line: whoever receives it may put it behind
 * `To:`. Lengths are those of RFC 5321, 4.5.3.1. Whether it can be delivered only its mail server knows.
 */
const mailbox =
  '^[^\\s@,;:<>()\\[\\]"\\\\\\u0000-\\u001f\\u007f]{1,64}@[A-Za-z0-9\\u0080-\\uffff.-]+\\.[A-Za-z0-9\\u0080-\\uffff-]{2,63}$';

/** Nobody sends one receipt to more people; more would make a list of addresses out of a payment. */
const emailsMax = 10;

export const sendReceiptSchema = Type.Object(
  {
    emails: Type.Array(Type.String({ maxLength: 254, pattern: mailbox }), {
      minItems: 1,
      maxItems: emailsMax,
      uniqueItems: true,
      description: 'Where the receipt goes: bare addresses, such as guest@example.com.',
    }),
  },
  { title: 'SendEmailReceiptRequest' },
);

const read = bodyReader(sendReceiptSchema);

/** The addresses of a body, or what is wrong with which field. */
export const readReceiptOrder = (body: unknown): Result<readonly string[], FieldErrors> => {
  const parsed = read(body);
  return parsed.ok ? ok(parsed.value.emails) : parsed;
};
