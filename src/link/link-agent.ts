import { Agent, type Dispatcher } from 'undici';
import { ok, type Result, refuse } from '../domain/result.ts';
import { type LinkIdentity, refusalOfServer } from './peer-identity.ts';

export type LinkRequest = {
  readonly origin: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; `null` for none. */
  readonly body: string | null;
  /** From the call to the last byte of the answer. */
  readonly timeoutMs: number;
};

export type LinkAnswer = { readonly status: number; readonly body: string };

/**
 * Why there is no answer.
 * - `not-sent`: no byte of the request has left.
 * - `timeout`, `disconnected`: it may have arrived, and may have been acted on.
 */
export type LinkFailure = {
  readonly failure: 'not-sent' | 'timeout' | 'disconnected';
  readonly cause: unknown;
};

/** Connections over mutual TLS to the other parts of a split server. */
export type LinkAgent = {
  send(request: LinkRequest): Promise<Result<LinkAnswer, LinkFailure>>;
  close(): Promise<void>;
};

/** In one data centre a handshake takes milliseconds; a host that is gone should be noticed while somebody waits. */
const connectTimeoutMs = 2_000;
/** Requests at once to one part; more wait for their turn, within their own time. */
const connectionsMax = 128;
/** The API may be sent to as many vault processes. */
const originsMax = 64;
/** Shorter than the other end keeps an idle connection (65 s): a request must not meet one that is being closed. */
const keepAliveTimeoutMs = 30_000;
/** A page of a ledger or of kept cards has tens of kilobytes. */
const answerBytesMax = 1024 * 1024;

class TimedOut extends Error {}
class AnswerTooLong extends Error {}

const exchange = (agent: Agent, { origin, method, path, headers, body, timeoutMs }: LinkRequest) =>
  new Promise<Result<LinkAnswer, LinkFailure>>((resolve) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    let running: Dispatcher.DispatchController | undefined;
    let status = 0;
    let bytes = 0;
    const chunks: Buffer[] = [];
    const settle = (outcome: Result<LinkAnswer, LinkFailure>): void => {
      timeout.removeEventListener('abort', cutOff);
      resolve(outcome);
    };
    const fail = (cause: unknown): void => {
      // Undici starts a request when its first byte is about to be written, and not before there is a connection.
      if (running === undefined) settle(refuse({ failure: 'not-sent', cause }));
      else settle(refuse({ failure: timeout.aborted ? 'timeout' : 'disconnected', cause }));
    };
    const cutOff = (): void => {
      const cause = new TimedOut(`no answer in ${timeoutMs} ms`);
      // Settled first: what has not started by now is taken back below, in `onRequestStart`.
      fail(cause);
      running?.abort(cause);
    };
    timeout.addEventListener('abort', cutOff);
    const handlers: Dispatcher.DispatchHandler = {
      onRequestStart: (controller) => {
        if (timeout.aborted) return controller.abort(new TimedOut('too late to be sent'));
        running = controller;
      },
      onResponseStart: (_controller, statusCode) => {
        status = statusCode;
      },
      onResponseData: (controller, chunk) => {
        bytes += chunk.length;
        if (bytes > answerBytesMax) controller.abort(new AnswerTooLong('the answer is too long'));
        else chunks.push(chunk);
      },
      onResponseEnd: () => settle(ok({ status, body: Buffer.concat(chunks).toString('utf8') })),
      onResponseError: (_controller, error) => fail(error),
    };
    const sent = body === null ? headers : { 'content-type': 'application/json', ...headers };
    try {
      agent.dispatch({ origin, path, method, headers: sent, body }, handlers);
    } catch (error) {
      // Closed already, or one address too many.
      fail(error);
    }
  });

/** Opens nothing yet: connections are made when they are needed, and kept. */
export const openLinkAgent = ({ cert, key, ca, peers }: LinkIdentity): LinkAgent => {
  const agent = new Agent({
    connections: connectionsMax,
    maxOrigins: originsMax,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: keepAliveTimeoutMs,
    keepAliveMaxTimeout: keepAliveTimeoutMs,
    connect: {
      cert,
      key,
      ca,
      minVersion: 'TLSv1.3',
      timeout: connectTimeoutMs,
      // Whoever is no longer trusted must not come back by an old session.
      maxCachedSessions: 0,
      servername: peers[0] ?? '',
      // The host may be any address; who answers there is told by the certificate alone.
      checkServerIdentity: (_host, { raw }) => refusalOfServer(raw, peers),
    },
  });
  return {
    send: (request) => exchange(agent, request),
    close: () => agent.destroy(),
  };
};
