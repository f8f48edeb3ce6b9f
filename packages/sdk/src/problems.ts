/** Wrong fields by name, as the API writes them: `{"Amount": ["The Amount field is required."]}`. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** Codes that programs decide by; every other one is a text as well. */
export type ProblemCode =
  | 'request-invalid'
  | 'key-invalid'
  | 'setup-intent-not-found'
  | 'setup-intent-not-authorized'
  | 'setup-intent-authorized'
  | 'setup-intent-ended'
  | 'payment-intent-not-found'
  | 'payment-intent-already-paid'
  | 'payment-intent-ended'
  | 'payment-intent-not-paid'
  | 'payment-intent-refunded'
  | 'refund-not-found'
  | 'refund-too-large'
  | 'refund-declined'
  | 'refund-pending'
  | 'refund-unsettled'
  | 'card-already-charged'
  | 'retry-forbidden'
  | 'retry-limit-reached'
  | 'charge-pending'
  | 'charge-unsettled'
  | 'subscription-exists'
  | 'idempotency-key-reused'
  | 'idempotency-key-in-flight'
  | 'acquirer-unavailable'
  | (string & NonNullable<unknown>);

/** The server refused a call (RFC 7807). Holds nothing of what was sent. */
export class StrongroomProblem extends Error {
  override readonly name = 'StrongroomProblem';
  /** The HTTP status. */
  readonly status: number;
  /** What happened, for programs; empty where the answer was no problem document. */
  readonly code: ProblemCode;
  readonly title: string;
  readonly detail: string;
  /** To be quoted to whoever runs the server. */
  readonly traceId: string;
  readonly errors: FieldErrors;

  constructor(call: string, status: number, body: unknown) {
    const { type, title, detail, traceId, errors } = (body ?? {}) as Partial<Record<string, unknown>>;
    const said = textOf(title, 'The answer is no problem document.');
    super(`${call}: ${status} ${said} ${textOf(detail, '')}`.trimEnd());
    this.status = status;
    this.code = /^urn:strongroom:problem:([a-z-]+)$/.exec(textOf(type, ''))?.[1] ?? '';
    this.title = said;
    this.detail = textOf(detail, '');
    this.traceId = textOf(traceId, '');
    this.errors = typeof errors === 'object' && errors !== null ? (errors as FieldErrors) : {};
  }
}

const textOf = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);

/**
 * No answer came, also not when the call was repeated. Whether it was carried out is not known: repeat it with the same
 * idempotency key, which is what makes that safe.
 */
export class StrongroomUnreachableError extends Error {
  override readonly name = 'StrongroomUnreachableError';
  /** Of the call; undefined for one that changes nothing. */
  readonly idempotencyKey: string | undefined;

  constructor(message: string, idempotencyKey: string | undefined, cause: unknown) {
    super(message, { cause });
    this.idempotencyKey = idempotencyKey;
  }
}
