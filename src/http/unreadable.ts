import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex, Writable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { problem, renderProblem } from '../problems/problems.ts';
import { sendProblem } from './answer.ts';
import type { ListenerBasis } from './server.ts';
import { traceIdFor } from './trace.ts';

/** How a request that never became one is refused, by what is wrong with it. */
export const unreadableStatuses = [400, 405, 408, 417, 431] as const;

/** What such a refusal says, and where. */
type Refusal = {
  readonly status: (typeof unreadableStatuses)[number];
  readonly detail: string;
  readonly reason: string;
};

const refusalOf = (code: string | undefined): Refusal => {
  const reason = code ?? 'unknown';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { status: 408, detail: 'The request was not complete in time.', reason };
  const status = code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  return { status, detail: 'The request is not readable HTTP, or its headers are too large.', reason };
};

/** Logs the refusal, since no hook sees it, and gives its body. */
const renderRefusal = (
  { random, containsCardNumber, logger }: ListenerBasis,
  listener: string,
  { status, detail, reason }: Refusal,
): string => {
  const traceId = traceIdFor(undefined, random, containsCardNumber);
  logger.info({ listener, route: 'unknown', status, traceId, reason }, 'request');
  return JSON.stringify({ ...renderProblem(problem('request-unreadable', { detail }), traceId), status });
};

const headersOf = (body: string): Readonly<Record<string, string>> => ({
  'content-type': 'application/problem+json; charset=utf-8',
  'content-length': String(Buffer.byteLength(body)),
  'cache-control': 'no-store',
  connection: 'close',
});

/** Bytes that are not HTTP, or headers beyond Node's 16 KiB, still get a problem document; a dead socket gets nothing. */
export const answerUnreadable =
  (server: ListenerBasis, listener: string) =>
  (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
    refuseOnSocket(server, listener, socket, refusalOf(error.code));
  };

/** For where Node has made no response that could be written to. */
const refuseOnSocket = (server: ListenerBasis, listener: string, socket: Writable, refusal: Refusal): void => {
  const body = renderRefusal(server, listener, refusal);
  const headers = Object.entries(headersOf(body)).map(([name, value]) => `${name}: ${value}`);
  const statusLine = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`;
  socket.end(`${[statusLine, ...headers].join('\r\n')}\r\n\r\n${body}`);
};

/**
 * Words for what Node would refuse with a bare status or none: an expectation that nobody knows (RFC 9110, 10.1.1), a tunnel
 * (9.3.6), and HTTP/1.1 without a host (RFC 9112, 3.2). The server must be made with `requireHostHeader: false`.
 */
export const refuseUnmetConditions = (listener: FastifyInstance, server: ListenerBasis, name: string): void => {
  listener.server.on('checkExpectation', (_request: unknown, response: ServerResponse) => {
    const detail = 'The header Expect names something else than 100-continue.';
    const body = renderRefusal(server, name, { status: 417, detail, reason: 'expectation' });
    response.writeHead(417, headersOf(body)).end(body);
  });
  listener.server.on('connect', (_request: unknown, socket: Duplex) => {
    const detail = 'This is no proxy: the method CONNECT is not taken.';
    refuseOnSocket(server, name, socket, { status: 405, detail, reason: 'connect' });
  });
  listener.addHook('onRequest', (request, reply, done) => {
    if (request.raw.httpVersion !== '1.1' || request.raw.headers.host !== undefined) return done();
    const detail = 'The request lacks the header Host, which HTTP/1.1 demands.';
    sendProblem(request, reply, problem('request-unreadable', { detail }));
  });
};
