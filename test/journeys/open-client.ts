import { once } from 'node:events';
import { Agent as HttpAgent, request as requestOverHttp } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestOverTls } from 'node:https';
import { text } from 'node:stream/consumers';
import { publicSandboxKey } from './start-strongroom.ts';

/** What answers say, of all calls together; a field that an answer lacks is undefined. */
export type Shown = {
  readonly id: string;
  readonly status: string;
  readonly clientSessionSecret: string;
  readonly clientSessionSecretExpirationDate: string;
  readonly setupIntentId: string;
  readonly paymentIntentId: string;
  readonly message: string;
  readonly expireAt: string;
  readonly setupEvents: readonly { readonly eventType: string; readonly cardNumber?: string }[];
  readonly paymentDetails: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Of problems. */
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly traceId: string;
  readonly errors: Readonly<Record<string, readonly string[]>>;
};

export type Reply = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body, byte for byte. */
  readonly text: string;
  /** The body as JSON; throws on anything else. */
  readonly shown: Shown;
};

export type Call = {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is; wins over `body`. */
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Another secret key, or none. */
  readonly key?: string | null;
  /** Another release, or none. */
  readonly version?: string | null;
};

/** A card as the PCI listener takes it. */
export type SentCard = {
  readonly cardNumber: string;
  readonly expiryDate?: string;
  readonly cV2?: string;
  readonly cardName?: string;
};

export type Client = ReturnType<typeof openClient>;

/** The code of a problem, the last part of its type. */
export const codeOf = (reply: Reply): string => reply.shown.type.slice('urn:strongroom:problem:'.length);

const setupIntentBody = {
  reference: 'Booking 234',
  merchantInitiatedTransactionType: 'NoShow',
  terms: 'We charge the card when nobody comes.',
};

/**
 * Talks to a running server as one account does, over kept connections.
 * @param ca the certificate that a TLS server is to prove itself with
 */
export const openClient = (
  addresses: { readonly apiUrl: string; readonly pciUrl: string },
  identity: { readonly key?: string; readonly version?: string; readonly ca?: string } = {},
) => {
  const isTls = addresses.apiUrl.startsWith('https:');
  const agent = isTls ? new HttpsAgent({ keepAlive: true, ca: identity.ca }) : new HttpAgent({ keepAlive: true });

  const send = async (method: string, url: string, call: Call = {}): Promise<Reply> => {
    const key = call.key === undefined ? (identity.key ?? publicSandboxKey) : call.key;
    const version = call.version === undefined ? (identity.version ?? '2026-02-27') : call.version;
    const payload = call.raw ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
    const isChunked = call.headers?.['transfer-encoding'] !== undefined;
    const headers = {
      ...(key === null ? {} : { authorization: `Basic ${key}` }),
      ...(version === null ? {} : { version }),
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...(payload === undefined || isChunked ? {} : { 'content-length': Buffer.byteLength(payload) }),
      ...call.headers,
    };
    const request = (isTls ? requestOverTls : requestOverHttp)(url, { method, agent, headers });
    request.end(payload);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const body = await text(response);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      text: body,
      get shown() {
        return JSON.parse(body) as Shown;
      },
    };
  };

  const api = (method: string, path: string, call?: Call): Promise<Reply> =>
    send(method, `${addresses.apiUrl}${path}`, call);
  const pci = (method: string, path: string, call?: Call): Promise<Reply> =>
    send(method, `${addresses.pciUrl}${path}`, call);

  return {
    api,
    pci,
    /** The server-side guide's second step: a setup intent with a card. */
    tokenise: (card: SentCard | string, fields: object = {}, call: Call = {}): Promise<Reply> => {
      const sent = typeof card === 'string' ? { cardNumber: card } : card;
      const cardDetails = { cardName: 'A Guest', expiryDate: '12 / 29', cV2: '020', ...sent };
      return pci('POST', '/setup-intents', { ...call, body: { ...setupIntentBody, ...fields, cardDetails } });
    },
    createSetupIntent: (fields: object = {}, call: Call = {}): Promise<Reply> =>
      api('POST', '/setup-intents', { ...call, body: { ...setupIntentBody, ...fields } }),
    createPaymentIntent: (fields: object = {}, call: Call = {}): Promise<Reply> =>
      api('POST', '/payment-intents', {
        ...call,
        body: { amount: { value: 1000, currencyCode: 'GBP' }, reference: 'Table 4', ...fields },
      }),
    charge: (paymentIntentId: string, call?: Call): Promise<Reply> =>
      api('POST', `/payment-intents/${paymentIntentId}/charge`, call),
    close: (): void => agent.destroy(),
  };
};
