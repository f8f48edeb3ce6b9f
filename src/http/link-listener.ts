import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { problem } from '../problems/problems.ts';
import { sendAnswer, sendProblem } from './answer.ts';
import { buildListener, type ListenerTls } from './listener.ts';
import type { ListenerBasis } from './server.ts';

export type LinkListenerOptions = {
  readonly tls: Required<ListenerTls>;
  /** The name by which a caller is known, from its certificate, or `undefined` for a stranger. */
  readonly callerOn: (socket: TLSSocket) => string | undefined;
  /** A header that every call must bring, with its value: the same mode, the same release. */
  readonly greeting: readonly [header: string, value: string];
};

/** The rest of a request, its card's summary and its names of fields: twice what the public listener takes, escaped. */
const bodyBytesMax = 256 * 1024;
/** Each part keeps at most 128 connections; handshakes of strangers must not take more than they. */
const connectionsMax = 1_024;

/**
 * The listener among the parts of a split server: mutual TLS 1.3, no public call, no document. Ready to listen.
 * Whoever shows no certificate of the private authority has no connection; whoever has another name is refused before his body
 * is read.
 */
export const buildLinkListener = async (
  basis: Omit<ListenerBasis, 'isTrustedProxy'>,
  options: LinkListenerOptions,
  addCalls: (listener: FastifyInstance) => void,
): Promise<FastifyInstance> => {
  const { tls } = options;
  const { isTrustedProxy: _, ...server } = basis as ListenerBasis;
  const listener = await buildListener(
    server,
    { name: 'link', about: null, keepBodyText: false, saysMethodNotAllowed: false, tls, bodyBytesMax, connectionsMax },
    (inner) => {
      inner.addHook('onRequest', refuseStrangers(server, options));
      addCalls(inner);
    },
  );
  // Before the socket is destroyed, and its address with it.
  listener.server.prependListener('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    // Node says why a certificate was refused on the socket alone; the error is that the connection has ended.
    const { authorizationError } = socket as { readonly authorizationError?: unknown };
    const reason = typeof authorizationError === 'string' ? authorizationError : (error.code ?? 'unknown');
    const fields = { listener: 'link', reason, address: socket.remoteAddress };
    // A probe that only opens the port and goes is no stranger; it comes every few seconds.
    if (reason === 'ECONNRESET') server.logger.debug(fields, 'link: a handshake was not finished');
    else server.logger.warn(fields, 'link: a handshake failed');
  });
  return listener;
};

/** One look and one line per connection, however many requests it brings. */
const refuseStrangers = ({ logger }: ListenerBasis, { callerOn, greeting: [header, value] }: LinkListenerOptions) => {
  const known = new WeakMap<object, boolean>();
  const isKnown = (socket: TLSSocket): boolean => {
    const before = known.get(socket);
    if (before !== undefined) return before;
    const isPeer = callerOn(socket) !== undefined;
    known.set(socket, isPeer);
    if (!isPeer) logger.warn({ listener: 'link', address: socket.remoteAddress }, 'link: a stranger was refused');
    return isPeer;
  };
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    if (!isKnown(request.raw.socket as TLSSocket)) return void sendProblem(request, reply, problem('peer-refused'));
    if (request.headers[header] === value) return done();
    const { remoteAddress: address } = request.raw.socket;
    logger.warn({ listener: 'link', address }, 'link: a part of another mode or release was refused');
    sendProblem(request, reply, problem('peer-refused'));
  };
};

/** Adds a call of one part to another: a body that is exactly what `schema` says, and an answer that is JSON. */
export type AddLinkCall = <Schema extends TSchema>(
  listener: FastifyInstance,
  path: string,
  schema: Schema,
  handle: (body: Static<Schema>, request: FastifyRequest) => Promise<object>,
) => void;

export const addLinkCall: AddLinkCall = (listener, path, schema, handle) => {
  const compiled = Compile(schema);
  listener.route({
    method: 'POST',
    url: path,
    schema: { hide: true },
    handler: async (request, reply) => {
      const { body } = request;
      if (!compiled.Check(body)) return sendProblem(request, reply, problem('request-invalid'));
      return sendAnswer(request, reply, { status: 200, body: JSON.stringify(await handle(body, request)) });
    },
  });
};
