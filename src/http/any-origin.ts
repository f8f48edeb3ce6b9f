import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { renderNothing, sendAnswer } from './answer.ts';

/**
 * The public calls are made by pages of the merchant's own site. They carry no cookie and no key, so any origin may make
 * them: what gives access is the id. The framework's plugin for this would answer OPTIONS on every unknown path too.
 */
const ofEveryAnswer = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'request-id, idempotent-replayed, retry-after',
};
const ofPreflight = {
  'access-control-allow-headers': 'version, content-type, idempotencykey, idempotency-key, traceparent',
  // Seconds; Chrome remembers it no longer.
  'access-control-max-age': '7200',
};

/** Lets pages of any origin read the answer of a call, the refusals too. */
export const allowAnyOrigin = (_request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
  reply.headers(ofEveryAnswer);
  done();
};

/** Answers what a browser asks before it makes the call (Fetch Standard, 3.3.3). */
export const answerPreflight = (listener: FastifyInstance, url: string, method: string): void => {
  listener.options(url, { schema: { hide: true }, onRequest: allowAnyOrigin }, (request, reply) => {
    reply.headers(ofPreflight).header('access-control-allow-methods', method);
    return sendAnswer(request, reply, renderNothing());
  });
};
