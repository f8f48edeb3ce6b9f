/**
 * Every way in which a call can be refused: code → status, title and default text (RFC 7807).
 * A code that lacks one of the three does not compile. `title` never varies; `detail` may be made more exact by who refuses.
 */
const table = {
  'request-invalid': [
    400,
    'One or more validation errors occurred.',
    'Correct the fields named in errors and send the request again.',
  ],
  'request-unreadable': [400, 'The request cannot be read.', 'Send a well-formed HTTP/1.1 request.'],
  'body-malformed': [400, 'The body is not valid JSON.', 'Send a JSON object, encoded in UTF-8.'],
  'version-missing': [
    400,
    'The version header is missing.',
    'Send the header "version" with a date such as 2026-02-27.',
  ],
  'version-invalid': [
    400,
    'The version header is not a date.',
    'Send the header "version" as yyyy-mm-dd, such as 2026-02-27.',
  ],
  'id-malformed': [
    400,
    'The id has the wrong shape.',
    'Send the id exactly as it was returned when the object was created.',
  ],
  'idempotency-key-invalid': [
    400,
    'The idempotency key is not usable.',
    'Send an idempotency key of 1 to 100 printable ASCII characters.',
  ],
  'idempotency-key-missing': [
    400,
    'The idempotency key is missing.',
    'Send the header "idempotencyKey" with a refund, and the same one when you repeat it.',
  ],
  'card-number-refused': [
    400,
    'A card number was sent where none may be.',
    'Nothing of the request was kept. Send card numbers only in cardDetails, to the PCI listener.',
  ],
  'card-details-misplaced': [
    400,
    'Card details were sent to the wrong host.',
    'Nothing of them was kept. Send setup intents with card details to the PCI listener.',
  ],
  'test-card-refused': [
    400,
    'Test cards are refused in production.',
    'Use a real card, or a sandbox server with a sandbox key.',
  ],
  'setup-intent-not-authorized': [
    400,
    'The setup intent holds no card that can be charged.',
    'Only an Authorized one can be charged.',
  ],
  'setup-intent-unknown': [400, 'The setup intent does not exist.', 'Name a setup intent of your own account.'],
  'setup-intent-authorized': [
    400,
    'The setup intent is authorized.',
    'Send includeAuthorized=true to delete a setup intent that holds a card.',
  ],
  'setup-intent-ended': [400, 'The setup intent has ended.', 'A final status cannot change.'],
  'payment-intent-not-chargeable': [
    400,
    'The payment intent names no setup intent.',
    'Create it with a setupIntentId in order to charge a card on file.',
  ],
  'payment-intent-already-paid': [
    400,
    'The payment intent is already paid.',
    'A payment intent is charged once. Read it to see the payment.',
  ],
  'payment-intent-ended': [400, 'The payment intent has ended.', 'A final status cannot change.'],
  'payment-intent-not-paid': [
    400,
    'The payment intent is not paid.',
    'Its status must be Captured: nothing was taken that could be refunded or receipted.',
  ],
  'payment-intent-refunded': [400, 'The payment is refunded.', 'All of it was given back already.'],
  'refund-too-large': [
    400,
    'The refund is larger than what is left.',
    'Refund at most what was captured, less what was given back. Read the payment intent to see both.',
  ],
  'refund-declined': [400, 'The acquirer declined the refund.', 'Nothing was given back.'],
  'card-already-charged': [
    400,
    'The card on file was already charged.',
    'A setup intent can be charged once, and this one paid another payment intent.',
  ],
  'retry-forbidden': [
    400,
    'The card may not be charged again.',
    'The issuer declined it for good (lost, stolen, closed or not permitted), and the card schemes forbid to retry such a decline. Ask for another card.',
  ],
  'retry-limit-reached': [
    400,
    'The card was declined too often.',
    'The card schemes allow 15 retries of a declined charge within 30 days. Wait, or ask for another card.',
  ],
  'key-missing': [401, 'No secret key was sent.', 'Send the header "Authorization: Basic <secret key>".'],
  'key-invalid': [
    401,
    'The secret key is not valid.',
    'It is unknown, revoked or damaged. Check it, or create a new one.',
  ],
  'key-wrong-environment': [
    403,
    'The secret key belongs to another environment.',
    'Sandbox keys work on a sandbox server only, production keys on a production server only.',
  ],
  'connection-unprotected': [
    403,
    'The connection is not encrypted.',
    'Connect over https, to the address of the proxy in front of this server.',
  ],
  'peer-refused': [
    403,
    'The peer is not authorised.',
    'Its name is not in STRONGROOM_LINK_PEERS, or mode or release differ. Nothing was done.',
  ],
  'route-unknown': [404, 'There is no such call.', 'Check the method, the path and the host.'],
  'setup-intent-not-found': [
    404,
    'The setup intent does not exist.',
    'No setup intent with this id belongs to your account.',
  ],
  'payment-intent-not-found': [
    404,
    'The payment intent does not exist.',
    'No payment intent with this id belongs to your account.',
  ],
  'refund-not-found': [404, 'The refund does not exist.', 'No refund with this id was made in your account.'],
  'subscription-not-found': [
    404,
    'The subscription does not exist.',
    'No webhook subscription with this id belongs to your account.',
  ],
  'secret-not-found': [404, 'The secret does not exist.', 'No secret with this id belongs to the subscription.'],
  'delivery-not-found': [404, 'The delivery does not exist.', 'No delivery with this id belongs to the subscription.'],
  'event-not-found': [404, 'The event does not exist.', 'No event with this id belongs to your account.'],
  'method-not-allowed': [405, 'The method is not allowed here.', 'Use one of the methods named in the Allow header.'],
  'charge-pending': [409, 'A charge is under way.', 'Wait for its outcome, then read the payment intent.'],
  'refund-pending': [
    409,
    'Other refunds hold what is left.',
    'They are under way or being settled, and may still be declined. Try again when they have ended.',
  ],
  'clock-stopped': [
    409,
    'The clock stopped on its way.',
    'More fell due than one call does. Set it to the moment that you meant to go on.',
  ],
  'charge-unsettled': [
    409,
    'The outcome of a charge is still being settled.',
    'The acquirer did not answer a charge. It is being reversed; try again when that is confirmed.',
  ],
  'subscription-exists': [
    409,
    'The event is already sent to this address.',
    'An account sends each event to an address once. Change the subscription that does so.',
  ],
  'subscriptions-too-many': [409, 'There are too many subscriptions.', 'Delete one first: an account may have 100.'],
  'delivery-held': [
    409,
    'The delivery waits behind another.',
    'It is sent when the earlier ones of its intent have arrived or were given up. Deliver the first of them again.',
  ],
  'replays-too-many': [
    409,
    'There are too many replays.',
    'Wait until one has ended: a subscription may have 10 under way. They go on only while its receiver answers.',
  ],
  'secret-last-active': [
    409,
    'The secret is the active one.',
    'Deliveries are signed with it. Activate another secret first.',
  ],
  'secrets-too-many': [409, 'There are too many secrets.', 'Delete one first: a subscription may have 5.'],
  'edit-conflict': [
    409,
    'The object changed at the same moment.',
    'Read it again and repeat the call if it still makes sense.',
  ],
  'idempotency-key-reused': [
    409,
    'The idempotency key was used for another request.',
    'Use a new key for a new request, and the same body for a repeated one.',
  ],
  'idempotency-key-in-flight': [
    409,
    'A request with this idempotency key is under way.',
    'Repeat it later to get its answer.',
  ],
  'body-too-large': [413, 'The body is too large.', 'Send at most 64 KiB.'],
  'media-type-unsupported': [415, 'The media type is not supported.', 'Send application/json.'],
  'internal-error': [500, 'Something went wrong on our side.', 'Quote the traceId when you report it.'],
  'acquirer-unavailable': [
    503,
    'The acquirer cannot be reached.',
    'Nothing was sent and nothing was charged. Try again later.',
  ],
  'refund-unsettled': [
    503,
    'The acquirer did not answer the refund.',
    'It is being settled and will not be made twice. Repeat the call with the same idempotency key to learn its outcome.',
  ],
  'store-unavailable': [503, 'The database cannot be reached.', 'Nothing is known to have changed. Try again later.'],
  'vault-unavailable': [
    503,
    'The vault cannot be reached.',
    'It keeps the cards, in a process of its own. Try again in a moment.',
  ],
  'platform-unavailable': [
    503,
    'The API cannot be reached.',
    'The card was not kept. Repeat the call with the same idempotency key: it may have been the answer that was lost.',
  ],
  'shutting-down': [503, 'The server is shutting down.', 'Try again in a moment.'],
} as const satisfies Record<string, readonly [status: number, title: string, text: string]>;

export type ProblemCode = keyof typeof table;
export const problemCodes = Object.keys(table) as readonly ProblemCode[];

/** Messages by field, as the API words them: `{"Amount": ["The Amount field is required."]}`. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** A refusal as data, on its way to a caller. */
export type Problem = {
  readonly code: ProblemCode;
  /** Replaces the default text where more can be said. Never contains what the caller sent. */
  readonly detail?: string;
  /** Of the intent that refuses, in our words; said before the text. */
  readonly intentStatus?: string;
  readonly errors?: FieldErrors;
};

/** A refusal of a code, with more to say of it where there is more. */
export const problem = (code: ProblemCode, extra: Omit<Problem, 'code'> = {}): Problem => ({ code, ...extra });

/** The body of an answer of type `application/problem+json` (RFC 7807, 3.1). */
export type ProblemBody = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly traceId: string;
  readonly errors?: FieldErrors;
};

/** @param traceId W3C trace context value of the request, `00-<32 hex>-<16 hex>-<flags>` */
export const renderProblem = (refusal: Problem, traceId: string): ProblemBody => {
  const [status, title, text] = table[refusal.code];
  const { intentStatus } = refusal;
  const said = intentStatus === undefined ? text : `Its status is ${intentStatus}. ${text}`;
  return {
    type: `urn:strongroom:problem:${refusal.code}`,
    title,
    status,
    detail: refusal.detail ?? said,
    traceId,
    ...(refusal.errors === undefined ? {} : { errors: refusal.errors }),
  };
};

/** The HTTP status that callers of any version get for a code. */
export const problemStatus = (code: ProblemCode): number => table[code][0];
