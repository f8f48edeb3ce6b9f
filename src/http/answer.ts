import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ApiVersion, newestApiVersion } from '../domain/versions.ts';
import { type Problem, type ProblemCode, problemStatus, renderProblem } from '../problems/problems.ts';
import type { Answer } from '../use-cases/context.ts';
import { statusShown, versionTraits } from './versions/version-traits.ts';

/** Set by hand, because a plugin for six constant headers costs a third of the throughput. */
const answerHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
} as const;

const challenge = 'Basic realm="strongroom", charset="UTF-8"';

/** What a caller must be told in headers, beside the body. */
const headersOfProblem: Partial<Record<ProblemCode, Readonly<Record<string, string>>>> = {
  'key-missing': { 'www-authenticate': challenge },
  'key-invalid': { 'www-authenticate': challenge },
  // Seconds: long enough for a pending charge to end, short enough for a checkout to wait.
  'charge-pending': { 'retry-after': '2' },
  'idempotency-key-in-flight': { 'retry-after': '2' },
  'refund-pending': { 'retry-after': '2' },
  'acquirer-unavailable': { 'retry-after': '5' },
  'refund-unsettled': { 'retry-after': '2' },
  'store-unavailable': { 'retry-after': '5' },
  'vault-unavailable': { 'retry-after': '5' },
  'platform-unavailable': { 'retry-after': '5' },
  'peer-refused': { connection: 'close' },
  'shutting-down': { 'retry-after': '2', connection: 'close' },
  // The rest of such a body is not read, so the connection cannot be used again.
  'body-too-large': { connection: 'close' },
};

/** What a caller of another part of this server is told in headers by a refusal that is sent on to him. */
export const headersToRelay = (code: ProblemCode): Readonly<Record<string, string>> => {
  const { connection: _ofThisHop, ...headers } = headersOfProblem[code] ?? {};
  return headers;
};

/** A success that has nothing to say. */
export const renderNothing = (): Answer => ({ status: 204, body: '' });

/** The bytes of a refusal, in the words of one release. */
export const problemAnswer = (refusal: Problem, traceId: string, version: ApiVersion = newestApiVersion): Answer => {
  const { intentStatus } = refusal;
  const shown =
    intentStatus === undefined
      ? refusal
      : { ...refusal, intentStatus: statusShown(intentStatus, versionTraits[version]) };
  return { status: problemStatus(refusal.code), body: JSON.stringify(renderProblem(shown, traceId)) };
};

/** Sends an answer that is already bytes. Errors are problem documents (RFC 7807), everything else plain JSON. */
export const sendAnswer = (request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply => {
  // Else the client would keep the connection, and closing would wait for its idle time-out.
  if (request.server.lifecycle.closing) reply.header('connection', 'close');
  reply.code(answer.status).headers(answerHeaders).header('request-id', request.id);
  if (answer.status === 204) return reply.send();
  return reply
    .header(
      'content-type',
      answer.status < 400 ? 'application/json; charset=utf-8' : 'application/problem+json; charset=utf-8',
    )
    .send(answer.body);
};

/** Answers with the problem's document, and with the headers that belong to its code, such as `retry-after`. */
export const sendProblem = (request: FastifyRequest, reply: FastifyReply, refusal: Problem): FastifyReply => {
  const headers = headersOfProblem[refusal.code];
  if (headers !== undefined) reply.headers(headers);
  return sendAnswer(request, reply, problemAnswer(refusal, request.id, request.apiVersion));
};
