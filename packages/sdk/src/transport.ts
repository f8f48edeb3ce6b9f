import { webCrypto } from './web-crypto.ts';
import { StrongroomProblem, StrongroomUnreachableError } from './problems.ts';

export type StrongroomOptions = {
  /** `sk_sandbox_…` or `sk_prod_…`. Belongs on a server, never in a browser or an app. */
  readonly key: string;
  /** Of the API listener, such as `http://127.0.0.1:8400`. */
  readonly apiUrl: string;
  /**
   * Of the PCI listener, which takes setup intents with a card; such as `http://127.0.0.1:8401`. Without it such a call is a
   * `TypeError`: a card never goes to `apiUrl`.
   */
  readonly pciUrl?: string;
  /** How long an attempt may take, in milliseconds. Default 60 000: a charge waits for the issuer. */
  readonly timeoutMs?: number;
  /** How often a call is repeated after its first attempt. Default 2. */
  readonly retries?: number;
  /** In place of the global one: for a proxy, or for tests. */
  readonly fetch?: typeof fetch;
  /** In place of a timer, for tests: resolves after so many milliseconds. */
  readonly sleep?: (delayMs: number) => Promise<void>;
};

/** For one call. */
export type CallOptions = {
  /**
   * Names what is being done, so that it is done once however often it is asked for: 1 to 100 printable ASCII characters.
   * A random one for each call by default; one that is kept with your own order survives a crash of your process.
   */
  readonly idempotencyKey?: string;
  /** Gives the call up; it is then not known whether it was carried out. */
  readonly signal?: AbortSignal;
};

export type ApiCall = CallOptions & {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly host?: 'api' | 'pci';
};

export type Send = <T>(call: ApiCall) => Promise<T>;

/** The release of the API that the types of this client are of. */
export const apiVersion = '2026-02-27';

const timeoutMsDefault = 60_000;
const retriesDefault = 2;
const firstDelayMs = 250;
const delayMsMax = 8_000;
/** A server that asks for more than this is better asked again by whoever called. */
const retryAfterMsMax = 30_000;
const passingStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
/** This key's first request is still being answered; soon its answer is there to be repeated. */
const inFlightCode = 'idempotency-key-in-flight';

type Attempt =
  | { readonly answer: unknown }
  | {
      readonly failure: StrongroomProblem | StrongroomUnreachableError;
      readonly passes: boolean;
      readonly afterMs: number;
    };

/** Doubles, and a part of it is left to chance, so that clients that failed together do not come back together. */
const backOffMs = async (attempt: number): Promise<number> => {
  const whole = Math.min(delayMsMax, firstDelayMs * 2 ** attempt);
  const chance = (await webCrypto()).getRandomValues(new Uint8Array(1))[0] ?? 0;
  return Math.round(whole * (1 - chance / 512));
};

const sleepDefault = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));

const retryAfterMs = (response: Response): number => {
  const text = response.headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(text) ? Math.min(Number(text) * 1000, retryAfterMsMax) : 0;
};

const originOf = (url: string): string => {
  const { protocol } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new TypeError('Give an address that begins with http or https.');
  return url.replace(/\/+$/, '');
};

const jsonOf = async (response: Response): Promise<unknown> => {
  const text = await response.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (response.ok) throw cause;
    return undefined;
  }
};

const randomKey = async (): Promise<string> => (await webCrypto()).randomUUID();

/**
 * Makes calls. Each one that changes something carries an idempotency key, so repeating it is safe, and it is repeated
 * where no answer came or one that passes (408, 429, 5xx); a refusal is final.
 */
export const openTransport = (options: StrongroomOptions): Send => {
  const { timeoutMs = timeoutMsDefault, retries = retriesDefault, sleep = sleepDefault } = options;
  const doFetch = options.fetch ?? fetch;
  const apiOrigin = originOf(options.apiUrl);
  const pciOrigin = options.pciUrl === undefined ? undefined : originOf(options.pciUrl);

  const addressOf = ({ host, path }: ApiCall): string => {
    const origin = host === 'pci' ? pciOrigin : apiOrigin;
    if (origin === undefined)
      throw new TypeError('Give pciUrl, the address of the PCI listener: cards go nowhere else. Nothing was sent.');
    return `${origin}${path}`;
  };

  const attempt = async (call: ApiCall, address: string, idempotencyKey: string | undefined): Promise<Attempt> => {
    const name = `${call.method} ${call.path.split('?')[0] ?? ''}`;
    const ended = firstOf(AbortSignal.timeout(timeoutMs), call.signal);
    try {
      const response = await doFetch(address, {
        method: call.method,
        headers: {
          authorization: `Basic ${options.key}`,
          version: apiVersion,
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        // Following one would send the key, and perhaps a card, to wherever it leads.
        redirect: 'manual',
        signal: ended.signal,
      });
      const answer = await jsonOf(response);
      if (response.ok) return { answer };
      const failure = new StrongroomProblem(name, response.status, answer);
      const passes = passingStatuses.has(response.status) || failure.code === inFlightCode;
      return { failure, passes, afterMs: retryAfterMs(response) };
    } catch (cause) {
      call.signal?.throwIfAborted();
      const failure = new StrongroomUnreachableError(`${name}: no answer came.`, idempotencyKey, cause);
      return { failure, passes: true, afterMs: 0 };
    } finally {
      ended.release();
    }
  };

  return async <T>(call: ApiCall): Promise<T> => {
    const address = addressOf(call);
    const idempotencyKey = call.method === 'GET' ? undefined : (call.idempotencyKey ?? (await randomKey()));
    for (let tries = 0; ; tries += 1) {
      const outcome = await attempt(call, address, idempotencyKey);
      if ('answer' in outcome) return outcome.answer as T;
      if (!outcome.passes || tries >= retries) throw outcome.failure;
      await sleep(Math.max(outcome.afterMs, await backOffMs(tries)));
      call.signal?.throwIfAborted();
    }
  };
};

/** Aborts as the first of both does, until it is released: `AbortSignal.any`, which Node 18 has from 18.17 on only. */
const firstOf = (
  own: AbortSignal,
  callers: AbortSignal | undefined,
): { readonly signal: AbortSignal; release(): void } => {
  if (callers === undefined) return { signal: own, release: () => undefined };
  const controller = new AbortController();
  const listened = [callers, own].map((signal) => {
    const abort = (): void => controller.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
    return { signal, abort };
  });
  // The caller's may live as long as its process, with a call every moment.
  const release = (): void => {
    for (const { signal, abort } of listened) signal.removeEventListener('abort', abort);
  };
  return { signal: controller.signal, release };
};
