import type { Server as HttpsServer } from 'node:https';
import fastify, { type FastifyHttpsOptions, type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { problem } from '../problems/problems.ts';
import { sendProblem } from './answer.ts';
import { logRequests } from './access-log.ts';
import { acceptJsonBodies } from './body.ts';
import { decorateCalls } from './call.ts';
import { answerFailures, refuseOtherMethods } from './failures.ts';
import { addHealth } from './health.ts';
import { serveOpenApi } from './openapi.ts';
import { refuseUnprotected } from './protected-connections.ts';
import type { ListenerBasis } from './server.ts';
import { keptTraceId, traceIdFor } from './trace.ts';
import { answerUnreadable, refuseUnmetConditions } from './unreadable.ts';

export type ListenerOptions = {
  /** Names the listener in the log. */
  readonly name: 'api' | 'pci' | 'link' | 'health';
  /** Of its OpenAPI document; `null` where it has none. */
  readonly about: { readonly title: string; readonly description: string } | null;
  /** False where bodies hold card numbers. */
  readonly keepBodyText: boolean;
  /** Whether a known path answers other methods with 405; else they are unknown calls. */
  readonly saysMethodNotAllowed: boolean;
  readonly tls: ListenerTls | null;
  /** Where they are not the public ones. */
  readonly bodyBytesMax?: number;
  readonly connectionsMax?: number;
};

export type ListenerTls = {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** The authority of the certificates that callers must show; without it, anybody may call. */
  readonly callersAuthority?: string | Buffer;
};

/** The largest real request is a few kilobytes; 64 KiB leaves room for 200 item lines. */
const publicBodyBytesMax = 64 * 1024;
/**
 * A connection at rest costs some 15 KB, over TLS 70: this many take less than 300 MB. A proxy keeps a few hundred; a flood
 * past them ends here, before the process runs out of memory or descriptors.
 */
const publicConnectionsMax = 4_096;
/** A slow body holds a socket and memory: ten seconds are ample for 64 KiB on the worst line. */
const requestTimeoutMs = 10_000;
/** Headers come in one packet, and so does each turn of a handshake; five seconds stop a slowloris. */
const headersTimeoutMs = 5_000;
/** Node looks for such connections every 30 s by itself, and would then let them stay up to seven times as long. */
const connectionsCheckingIntervalMs = 1_000;
/** Longer than the idle time-out of the usual load balancers (60 s), so that they, not we, close an idle connection. */
const keepAliveTimeoutMs = 65_000;
/** Ids have 33 characters; a longer one should still hear that its shape is wrong. */
const paramCharactersMax = 1024;

/**
 * A listener with all that both have: limits, trace ids, one log line per request, problems for every failure,
 * health, OpenAPI. `addRoutes` adds the calls. Closing it finishes what is in flight, and tells kept connections to close.
 */
export const buildListener = async (
  server: ListenerBasis,
  options: ListenerOptions,
  addRoutes: (listener: FastifyInstance) => void,
): Promise<FastifyInstance> => {
  const listener = newFastify(server, options);
  decorateCalls(listener);
  refuseUnmetConditions(listener, server, options.name);
  acceptJsonBodies(listener, options.keepBodyText);
  logRequests(listener, server.logger, options.name);
  if (server.isTrustedProxy !== undefined) refuseUnprotected(listener, server.isTrustedProxy);
  listener.setErrorHandler(answerFailures(server.logger));
  listener.setNotFoundHandler((request, reply) => sendProblem(request, reply, problem('route-unknown')));
  // Bodies are read by our readers and answers are text already: the schemas describe.
  listener.setValidatorCompiler(() => () => true);
  listener.setSerializerCompiler(() => (value) => JSON.stringify(value));

  const methodsByUrl = new Map<string, Set<string>>();
  listener.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByUrl.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    methodsByUrl.set(url, methods);
  });
  if (options.about !== null) await serveOpenApi(listener, options.about);
  addHealth(listener, server);
  addRoutes(listener);
  if (options.saysMethodNotAllowed) refuseOtherMethods(listener, new Map(methodsByUrl));
  await listener.ready();
  capConnections(listener, server, options);
  return listener;
};

/** One more is closed without an answer. Said once, for whoever floods would flood the log too. */
const capConnections = (listener: FastifyInstance, { logger }: ListenerBasis, options: ListenerOptions): void => {
  const connectionsMax = options.connectionsMax ?? publicConnectionsMax;
  listener.server.maxConnections = connectionsMax;
  listener.server.once('drop', () =>
    logger.warn({ listener: options.name, connectionsMax }, 'connections: no more are let in at once'),
  );
};

const newFastify = (server: ListenerBasis, { name, tls, bodyBytesMax }: ListenerOptions): FastifyInstance => {
  const { random, containsCardNumber, logger } = server;
  const options: FastifyServerOptions = {
    // Between our own parts a request keeps its name, so that its lines are found in all their logs.
    genReqId: (raw) =>
      (name === 'link' ? keptTraceId : traceIdFor)(raw.headers['traceparent'], random, containsCardNumber),
    bodyLimit: bodyBytesMax ?? publicBodyBytesMax,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // While closing, a request that still arrives on a kept connection is done, with `connection: close`.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, caseSensitive: true, maxParamLength: paramCharactersMax },
    // Such a request matches no route, so no hook sees it: its line is written here.
    frameworkErrors: (error, request, reply) => {
      answerFailures(logger)(error, request, reply);
      logger.info({ listener: name, route: 'unknown', status: reply.statusCode, traceId: request.id }, 'request');
    },
    clientErrorHandler: answerUnreadable(server, name),
  };
  // A missing host is refused by us, in a problem document.
  const http = {
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: connectionsCheckingIntervalMs,
    requireHostHeader: false,
  };
  if (tls === null) return fastify({ ...options, http });
  const { cert, key, callersAuthority: ca } = tls;
  const callers = ca === undefined ? {} : ({ ca, requestCert: true, rejectUnauthorized: true } as const);
  const minVersion = ca === undefined ? 'TLSv1.2' : 'TLSv1.3';
  const https = { cert, key, ...callers, ...http, minVersion, handshakeTimeout: headersTimeoutMs } as const;
  const secure = fastify({ ...options, https } as FastifyHttpsOptions<HttpsServer>);
  // Before anybody writes an answer to it: without a handshake none can be sent, and the socket would wait for that for good.
  secure.server.prependListener('tlsClientError', (_error, socket) => void socket.destroy());
  // Only the socket differs; everything that is done with a listener is the same.
  return secure as unknown as FastifyInstance;
};
