import { newestApiVersion } from '../domain/versions.ts';
import { fail } from './output.ts';

/** Where a server is, and as whom it is called. */
export type ServerAddress = { readonly apiUrl: string; readonly key: string };

export type ServerCall = {
  readonly method: string;
  /** From the root of the listener. */
  readonly path: string;
  readonly body?: unknown;
  /** A refund is refused without one. */
  readonly idempotencyKey?: string;
  /** How long to wait for the answer. */
  readonly timeoutMs?: number;
  /** Gives the call up. */
  readonly signal?: AbortSignal;
};

/** What came of a call; `status` is null where nobody answered. */
export type ServerAnswer = { readonly status: number | null; readonly said: unknown };

const timeoutMsDefault = 30_000;

/** One call, not repeated. Never throws. */
export const callServer = async ({ apiUrl, key }: ServerAddress, call: ServerCall): Promise<ServerAnswer> => {
  const { method, path, body, timeoutMs = timeoutMsDefault } = call;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(`${apiUrl.replace(/\/+$/, '')}${path}`, {
      method,
      headers: {
        authorization: `Basic ${key}`,
        version: newestApiVersion,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(call.idempotencyKey === undefined ? {} : { idempotencyKey: call.idempotencyKey }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      // A redirect would take the key elsewhere.
      redirect: 'manual',
      signal: call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]),
    });
    const text = await response.text();
    return { status: response.status, said: text === '' ? {} : (JSON.parse(text) as unknown) };
  } catch (error) {
    // Somebody answered, and not in JSON: no server of ours.
    if (error instanceof SyntaxError) return { status: 502, said: {} };
    return { status: null, said: {} };
  }
};

/** A problem document, or what somebody else who listens there may say. */
type Refusal = {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: Readonly<Record<string, readonly string[]>>;
};

/** A refusal for the person at the terminal. */
export const refusalText = (status: number, said: unknown): string => {
  const { title, detail, errors } = (said ?? {}) as Refusal;
  const first = `${status}: ${title ?? 'This is no answer of a Strongroom server.'}`;
  const fields = Object.entries(errors ?? {}).map(([field, messages]) => `${field}: ${messages.join(' ')}`);
  return [first, ...(fields.length === 0 ? [detail ?? ''] : fields)].join('\n').trimEnd();
};

/** Whether the server answered, and did what it was asked. @param status `null` where nobody answered */
export const isSuccess = (status: number | null): boolean => status !== null && status >= 200 && status < 300;

/** What a successful call said; ends the process with what is wrong where it was none. */
export const askServer = async <T>(address: ServerAddress, call: ServerCall): Promise<T> => {
  const { status, said } = await callServer(address, call);
  if (isSuccess(status)) return said as T;
  if (status === null) {
    return fail(`No server answers at ${address.apiUrl}. Start one with strongroom serve, or give --api-url.`);
  }
  return fail(refusalText(status, said));
};
