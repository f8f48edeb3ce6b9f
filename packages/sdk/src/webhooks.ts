import { hmacSha256, isHmacSha256 } from './web-crypto.ts';
import {
  EventUnreadableError,
  SignatureMismatchError,
  SignatureMissingError,
  TimestampOutsideToleranceError,
} from './webhook-errors.ts';
import type { WebhookEvent } from './webhook-event.ts';

/** The bytes of a request's body as they arrived. A parsed and re-written body has other bytes, and never verifies. */
export type RawBody = string | Uint8Array | ArrayBuffer;

/** Headers as `fetch`, Node, Express or Fastify give them. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export type VerifyOptions = {
  /** How old a delivery may be, and how far ahead of this machine's clock, in seconds. Default 300. */
  readonly tolerance?: number;
  /**
   * Refuse a delivery that carries only `dojo-signature`, which signs no time: whoever captured one could send it again
   * for ever. Strongroom always sends both forms; leave it off where the Dojo service itself is the sender.
   */
  readonly requireTimestamp?: boolean;
  /** This machine's time, milliseconds since 1970; for tests. */
  readonly now?: number;
};

const toleranceSecondsDefault = 300;
/** A notification has some 300 bytes; a megabyte is no delivery of ours, and is not hashed. */
const bodyBytesMax = 1024 * 1024;
/** More than a rotation makes; each one costs a hash. */
const signaturesMax = 20;

const utf8 = new TextEncoder();

const bytesOf = (body: RawBody): Uint8Array => {
  if (typeof body === 'string') return utf8.encode(body);
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  throw new TypeError('Give the raw body, a string or bytes, and not what a JSON parser made of it.');
};

const fromBase64 = (text: string): Uint8Array | undefined => {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
};

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

const hexPairs = /^sha256=((?:[0-9A-Fa-f]{2}-){31}[0-9A-Fa-f]{2})$/;

const fromHexPairs = (header: string): Uint8Array | undefined => {
  const pairs = hexPairs.exec(header)?.[1];
  return pairs === undefined ? undefined : Uint8Array.from(pairs.split('-'), (pair) => Number.parseInt(pair, 16));
};

/** The API's keys are the secret's text; libraries of Standard Webhooks write the same bytes as `whsec_` and base64. */
const keyOf = (secret: string): Uint8Array => {
  const key = secret.startsWith('whsec_') ? fromBase64(secret.slice('whsec_'.length)) : utf8.encode(secret);
  if (key === undefined || key.length === 0) throw new TypeError('A signing secret is empty or damaged.');
  return key;
};

const keysOf = (secrets: string | readonly string[]): readonly Uint8Array[] => {
  const all = typeof secrets === 'string' ? [secrets] : secrets;
  if (all.length === 0) throw new TypeError('Give at least one signing secret.');
  return all.map(keyOf);
};

/** A header's only value; one that was sent twice counts as absent, because nobody knows which of them was checked. */
const headerOf = (headers: WebhookHeaders, name: string): string | undefined => {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined;
  const record = headers as Readonly<Record<string, string | readonly string[] | undefined>>;
  const found = Object.keys(record).filter((key) => key.toLowerCase() === name);
  const value = found.length === 1 ? record[found[0] ?? ''] : undefined;
  const only = Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
  return typeof only === 'string' && only !== '' ? only : undefined;
};

const concatenated = (head: string, body: Uint8Array): Uint8Array => {
  const start = utf8.encode(head);
  const all = new Uint8Array(start.length + body.length);
  all.set(start);
  all.set(body, start.length);
  return all;
};

/** Every key with every signature, to the end: how many there are is no secret, and which of them matched stays one. */
const anyMatches = async (
  keys: readonly Uint8Array[],
  signatures: readonly Uint8Array[],
  data: Uint8Array,
): Promise<boolean> => {
  const checks = keys.flatMap((key) => signatures.map((signature) => isHmacSha256(key, signature, data)));
  return (await Promise.all(checks)).includes(true);
};

const mismatch = (): SignatureMismatchError =>
  new SignatureMismatchError(
    'No given secret made this signature over this body. Check the secret, and that the body is raw.',
  );

type Standard = { readonly id: string; readonly timestamp: string; readonly signatures: string };

const verifyStandard = async (
  body: Uint8Array,
  { id, timestamp, signatures }: Standard,
  keys: readonly Uint8Array[],
  { tolerance = toleranceSecondsDefault, now = Date.now() }: VerifyOptions,
): Promise<void> => {
  const made = signatures
    .split(' ', signaturesMax)
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => fromBase64(signature.slice('v1,'.length)))
    .filter((signature) => signature !== undefined);
  if (!(await anyMatches(keys, made, concatenated(`${id}.${timestamp}.`, body)))) throw mismatch();
  // After the signature: only then is the time the sender's own word.
  const ageSeconds = Math.floor(now / 1000) - Number(timestamp);
  if (Math.abs(ageSeconds) <= tolerance) return;
  throw new TimestampOutsideToleranceError(
    `The delivery's time is ${Math.abs(ageSeconds)} s ${ageSeconds < 0 ? 'ahead' : 'old'}; ${tolerance} s are tolerated.`,
    ageSeconds,
  );
};

const verifyDojo = async (body: Uint8Array, header: string, keys: readonly Uint8Array[]): Promise<void> => {
  const signature = fromHexPairs(header);
  if (signature === undefined || !(await anyMatches(keys, [signature], body))) throw mismatch();
};

const verifyHeaders = async (
  body: Uint8Array,
  headers: WebhookHeaders,
  keys: readonly Uint8Array[],
  options: VerifyOptions,
): Promise<void> => {
  const signatures = headerOf(headers, 'webhook-signature');
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  // A wrong signature of the stronger form is never made good by the weaker one.
  if (signatures !== undefined || id !== undefined || timestamp !== undefined) {
    if (signatures === undefined || id === undefined || timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) {
      throw new SignatureMissingError(
        'One of webhook-id, webhook-timestamp and webhook-signature is missing or damaged.',
      );
    }
    return verifyStandard(body, { id, timestamp, signatures }, keys, options);
  }
  const dojo = headerOf(headers, 'dojo-signature');
  if (dojo === undefined || options.requireTimestamp === true) {
    throw new SignatureMissingError(
      dojo === undefined
        ? 'The delivery is not signed.'
        : 'The delivery is signed without a time, and one is required.',
    );
  }
  return verifyDojo(body, dojo, keys);
};

const isText = (value: unknown): value is string => typeof value === 'string';

const readEvent = (body: Uint8Array): WebhookEvent => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new EventUnreadableError('The body is signed and not JSON.', { cause });
  }
  const { id, event, accountId, createdAt, data } = (parsed ?? {}) as Partial<Record<string, unknown>>;
  const isEvent = [id, event, accountId, createdAt].every(isText) && typeof data === 'object' && data !== null;
  if (!isEvent) throw new EventUnreadableError('The body is signed and no notification.');
  return parsed as WebhookEvent;
};

/**
 * Finds out whether a delivery is the server's own, and reads it. Both signature forms are known: Standard Webhooks
 * (`webhook-id`, `webhook-timestamp`, `webhook-signature`), which is preferred because the time stands under the
 * signature, and `dojo-signature`. Signatures are compared in constant time.
 *
 * @param rawBody the bytes as they arrived
 * @param headers of the request, in any case
 * @param secret of the subscription, or several while they are rotated: the value as the API shows it, or its `whsec_` form
 * @throws WebhookVerificationError one of its kinds, for whatever is not to be believed
 * @throws TypeError for a mistake of the caller: a parsed body, an empty secret
 * @example
 * const event = await webhooks.verify(rawBody, request.headers, secret, { requireTimestamp: true });
 * if (event.event === 'setup_intent.status_updated') console.log(event.data.setupIntentStatus);
 */
const verify = async (
  rawBody: RawBody,
  headers: WebhookHeaders,
  secret: string | readonly string[],
  options: VerifyOptions = {},
): Promise<WebhookEvent> => {
  const body = bytesOf(rawBody);
  const keys = keysOf(secret);
  if (options.tolerance !== undefined && !(options.tolerance >= 0)) {
    throw new TypeError('The tolerance is a number of seconds, 0 or more.');
  }
  if (body.length > bodyBytesMax) throw new SignatureMismatchError('The body is larger than any delivery.');
  await verifyHeaders(body, headers, keys, options);
  return readEvent(body);
};

/** The headers of a delivery. */
export type SignedHeaders = Readonly<
  Record<'dojo-signature' | 'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>
>;

/**
 * Signs a body as the server does, to test a receiver with.
 * @param now milliseconds since 1970; by default this machine's time
 */
const sign = async (
  rawBody: RawBody,
  secret: string,
  { id, now = Date.now() }: { readonly id: string; readonly now?: number },
): Promise<SignedHeaders> => {
  const body = bytesOf(rawBody);
  const key = keyOf(secret);
  const timestamp = String(Math.floor(now / 1000));
  const dojo = await hmacSha256(key, body);
  const standard = await hmacSha256(key, concatenated(`${id}.${timestamp}.`, body));
  const pairs = Array.from(dojo, (byte) => byte.toString(16).padStart(2, '0').toUpperCase());
  return {
    'dojo-signature': `sha256=${pairs.join('-')}`,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${toBase64(standard)}`,
  };
};

/** Everything about deliveries. */
export const webhooks = { verify, sign } as const;
