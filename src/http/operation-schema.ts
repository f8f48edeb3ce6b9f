import type { FastifySchema, HTTPMethods } from 'fastify';
import Type, { type TSchema } from 'typebox';
import { apiVersions } from '../domain/versions.ts';

/** A refusal as RFC 7807 writes it. */
const problemSchema = Type.Object(
  {
    type: Type.String({ description: 'urn:strongroom:problem: and the code of the refusal; branch on this.' }),
    title: Type.String({ description: 'The same for every refusal of this type.' }),
    status: Type.Integer({ description: 'The status of the answer.' }),
    detail: Type.String({ description: 'What to do about it.' }),
    traceId: Type.String({ description: 'W3C trace context; also in the request-id header and in the log.' }),
    errors: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()), { description: 'Messages by field.' })),
  },
  { title: 'Problem' },
);

const versionHeader = Type.String({
  description: `The release that the caller speaks, yyyy-mm-dd. Known: ${apiVersions.join(', ')}.`,
});
const idempotencyKey = Type.String({
  maxLength: 100,
  description: 'Also Idempotency-Key. A repeat with the same content gets the first answer for 24 hours.',
});

const problemTexts: Readonly<Record<number, string>> = {
  400: 'The request is refused; `errors` names fields where fields are wrong.',
  401: 'The secret key is missing or not valid.',
  403: 'The secret key belongs to another environment, or the connection is not encrypted.',
  404: 'There is no such object in this account.',
  409: 'Work in flight or an idempotency key stands in the way.',
  413: 'The body is larger than 64 KiB.',
  415: 'The body is not JSON in UTF-8.',
  503: 'A part that the call needs cannot be reached.',
};

/** What the document says of a success. */
export const describeAnswer = (answer: TSchema) => ({
  description: 'Done.',
  content: { 'application/json': { schema: answer } },
});

/** What it says of a refusal. */
export const describeProblem = (description: string | undefined) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});

/** What the OpenAPI document says of a call. Descriptive only: bodies are read by the resource's own reader. */
export type OperationDescription = {
  readonly method: HTTPMethods;
  readonly id: string;
  readonly resource: string;
  readonly summary: string;
  readonly description?: string;
  /**
   * `merchant`: with a secret key. `public`: from a customer's browser or phone, which holds none.
   * `sandbox`: with a sandbox key; no part of the API's releases, so no version is asked for.
   */
  readonly audience: 'merchant' | 'public' | 'sandbox';
  /** Null for a success that has nothing to say (204). */
  readonly answer: TSchema | null;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** False for reads. */
  readonly changes?: boolean;
  /** Where a call without an idempotency key is refused. */
  readonly keyRequired?: boolean;
  readonly problems: readonly number[];
};

/** The schema of its route. */
export const describeOperation = (operation: OperationDescription): FastifySchema => {
  const isMerchant = operation.audience !== 'public';
  const hasVersion = operation.audience !== 'sandbox';
  // A body is read wherever HTTP has one, also where none is needed.
  const ofBody = operation.method === 'GET' ? [] : [413, 415];
  const statuses = [400, ...(isMerchant ? [401] : []), 403, ...operation.problems, ...ofBody, 503];
  const problems = statuses.map((status) => [status, describeProblem(problemTexts[status])]);
  const remembers = operation.changes !== false;
  return {
    operationId: operation.id,
    tags: [operation.resource],
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    security: isMerchant ? [{ secretKey: [] }] : [],
    headers: Type.Object({
      ...(hasVersion ? { version: versionHeader } : {}),
      ...(remembers
        ? { idempotencyKey: operation.keyRequired === true ? idempotencyKey : Type.Optional(idempotencyKey) }
        : {}),
    }),
    ...(operation.params === undefined ? {} : { params: operation.params }),
    ...(operation.query === undefined ? {} : { querystring: operation.query }),
    ...(operation.body === undefined ? {} : { body: operation.body }),
    response: {
      ...(operation.answer === null
        ? { 204: { description: 'Done.', type: 'null' } }
        : { 200: describeAnswer(operation.answer) }),
      ...Object.fromEntries(problems),
      default: describeProblem('Any other refusal: HTTP that is not as it should be, or a fault of this server (500).'),
    },
  };
};
