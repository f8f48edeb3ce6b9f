import Type, { type TSchema } from 'typebox';
import {
  type AcquirerRule,
  type AcquirerScript,
  emptyScript,
  scriptedActions,
  scriptedOperations,
} from '../../domain/acquirer-script.ts';
import { amountMinorMax } from '../../domain/money.ts';
import { ok, type Result, refuse } from '../../domain/result.ts';
import type { FieldErrors } from '../../problems/problems.ts';
import { isObject } from '../body.ts';
import { fieldPath, lastName, newFieldErrors } from '../schema/field-errors.ts';
import { bodyReader } from '../schema/reader.ts';

/** Enough to script a long story; each message looks at all of them. */
const rulesMax = 100;
const countMax = 1_000_000;
/** Ten minutes: longer than any time-out that can be set. */
const delayMsMax = 600_000;

const optional = Type.Optional;

const whenSchema = Type.Object(
  {
    operation: optional(Type.Enum([...scriptedOperations])),
    cardNumberEndsWith: optional(
      Type.String({ pattern: '^\\d{1,4}$', description: 'One to four digits; more would be card data.' }),
    ),
    amount: optional(Type.Integer({ minimum: 0, maximum: amountMinorMax, description: 'Minor units.' })),
    reference: optional(Type.String({ minLength: 1, maxLength: 60, description: 'The reference of the intent.' })),
    call: optional(
      Type.Integer({ minimum: 1, maximum: countMax, description: 'Only the nth message that the rest matches.' }),
    ),
  },
  { description: 'Which messages it is for; all where it is absent.' },
);

const thenSchema = Type.Object(
  {
    action: Type.Enum([...scriptedActions]),
    responseCode: optional(Type.String({ pattern: '^[0-9A-Z]{2}$', description: 'ISO 8583 field 39; 00 approves.' })),
    ms: optional(
      Type.Integer({ minimum: 0, maximum: delayMsMax, description: 'For delay and answer-late: how much later.' }),
    ),
  },
  { description: 'What happens to them.' },
);

const ruleSchema = Type.Object({
  when: optional(whenSchema),
  then: thenSchema,
  probability: optional(Type.Number({ minimum: 0, maximum: 1, description: 'Drawn from the seed; default 1.' })),
  times: optional(Type.Integer({ minimum: 1, maximum: countMax, description: 'How often it fires at most.' })),
});

export const acquirerScriptSchema = Type.Object(
  {
    seed: optional(Type.Integer({ minimum: 0, maximum: 4_294_967_295, description: 'Default 0.' })),
    rules: Type.Array(ruleSchema, { maxItems: rulesMax, description: 'In the order in which they are tried.' }),
  },
  { title: 'AcquirerScript' },
);

const read = bodyReader(acquirerScriptSchema);

/**
 * Reads rules, strictly: an unknown field is refused too, because a rule with a mistyped condition would match everything.
 * @returns the script, or what is wrong with which field (`Rules[0].Then.Action`)
 */
export const readAcquirerScript = (body: unknown): Result<AcquirerScript, FieldErrors> => {
  const unknown = newFieldErrors();
  refuseUnknownFields(body, acquirerScriptSchema, [], unknown);
  if (unknown.any) return refuse(unknown.all());
  const sent = read(body);
  if (!sent.ok) return sent;
  const rules = sent.value.rules.map(({ when, ...rule }) => ({ when: when ?? {}, ...rule })) as readonly AcquirerRule[];
  const contradictions = newFieldErrors();
  for (const [index, rule] of rules.entries()) refuseContradictions(rule, `Rules[${index}].Then`, contradictions);
  return contradictions.any ? refuse(contradictions.all()) : ok({ seed: sent.value.seed ?? emptyScript.seed, rules });
};

type Errors = ReturnType<typeof newFieldErrors>;
type Node = TSchema & { readonly properties?: Readonly<Record<string, Node>>; readonly items?: Node };

const refuseUnknownFields = (
  value: unknown,
  schema: Node,
  path: readonly (string | number)[],
  errors: Errors,
): void => {
  if (schema.items !== undefined && Array.isArray(value)) {
    for (const [index, item] of value.slice(0, rulesMax).entries()) {
      refuseUnknownFields(item, schema.items, [...path, index], errors);
    }
  }
  if (schema.properties === undefined || !isObject(value)) return;
  for (const [key, child] of Object.entries(value)) {
    const known = Object.entries(schema.properties).find(([name]) => name.toLowerCase() === key.toLowerCase());
    const field = fieldPath([...path, key]);
    if (known === undefined) errors.add(field, `The ${lastName(field)} field is not known here.`);
    else refuseUnknownFields(child, known[1], [...path, known[0]], errors);
  }
};

/** Rules that say one thing and its opposite. */
const refuseContradictions = ({ then }: AcquirerRule, path: string, errors: Errors): void => {
  const { action, responseCode, ms } = then;
  if (action === 'approve' && responseCode !== undefined && responseCode !== '00') {
    errors.add(`${path}.ResponseCode`, 'The ResponseCode field must be 00 or absent with the action approve.');
  }
  if (action === 'decline' && responseCode === '00') {
    errors.add(`${path}.ResponseCode`, 'The ResponseCode field must not be 00 with the action decline.');
  }
  if (action === 'delay' && ms === undefined) {
    errors.add(`${path}.Ms`, 'The Ms field is required with the action delay.');
  }
};
