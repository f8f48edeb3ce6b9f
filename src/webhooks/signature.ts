import { createHmac } from 'node:crypto';

const hexPairs = /[0-9A-F]{2}(?=.)/g;

/**
 * The API's own header: HMAC-SHA-256 of the raw body under the UTF-8 bytes of the secret's value, as upper-case pairs of
 * hexadecimal digits joined by hyphens (the API's documentation, which has vectors).
 */
export const dojoSignature = (secret: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex').toUpperCase().replace(hexPairs, '$&-')}`;

/**
 * The `webhook-signature` of Standard Webhooks: `v1,` and base64 of HMAC-SHA-256 over id, timestamp and body, joined by dots;
 * one for each secret, apart by a space. The time stands under the signature, so a captured delivery cannot be played again later.
 * Libraries take the secret as `whsec_` and base64 of its value.
 * @param timestamp whole seconds since 1970
 */
export const standardSignature = (secrets: readonly string[], id: string, timestamp: number, body: string): string =>
  secrets
    .map((secret) => `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`)
    .join(' ');
