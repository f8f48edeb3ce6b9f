import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema, HTTPMethods } from 'fastify';
import type { Result } from '../domain/result.ts';
import type { Problem } from '../problems/problems.ts';
import { sendAnswer, sendProblem } from './answer.ts';
import { authenticateCaller, type KnowsCallers } from './authentication.ts';
import { cardDetailsMisplaced, misplacedCardField, refusalOfCardData } from './card-number-guard.ts';
import type { Delivered } from './idempotency.ts';
import type { Server } from './server.ts';
import { requireVersion } from './versions/version-header.ts';

/** One call of the API: its place, who may make it, its description, and what it does. */
export type Operation = {
  readonly method: HTTPMethods | HTTPMethods[];
  readonly url: string;
  /**
   * `merchant`: with a secret key. `public`: from a customer's browser or phone, which holds none.
   * `sandbox`: with a sandbox key; no part of the API's releases, so no version is asked for.
   */
  readonly audience: 'merchant' | 'public' | 'sandbox';
  readonly schema: FastifySchema;
  readonly handle: (server: Server, request: FastifyRequest) => Promise<Result<Delivered, Problem>>;
};

/** Sends what a call came to, and marks an answer that was given before. */
export const sendDelivered = (
  request: FastifyRequest,
  reply: FastifyReply,
  outcome: Result<Delivered, Problem>,
): FastifyReply => {
  if (!outcome.ok) return sendProblem(request, reply, outcome.error);
  if (outcome.value.replayed) reply.header('idempotent-replayed', 'true');
  return sendAnswer(request, reply, outcome.value.answer);
};

/** What runs before a body is read, in this order: a stranger learns nothing about versions, and none of us parses his body. */
export const beforeBody = (server: KnowsCallers, audience: Operation['audience']) => {
  // To a production key the sandbox's calls do not exist.
  if (audience === 'sandbox') return [authenticateCaller(server, 'route-unknown')];
  return audience === 'merchant' ? [authenticateCaller(server), requireVersion] : [requireVersion];
};

/** Adds a call to a listener that never takes card numbers. */
export const addOperation = (listener: FastifyInstance, server: Server, operation: Operation): void => {
  listener.route({
    method: operation.method,
    url: operation.url,
    schema: operation.schema,
    onRequest: beforeBody(server, operation.audience),
    handler: async (request, reply) => {
      const refusal = refusalOfContent(server, request);
      if (refusal !== undefined) return sendProblem(request, reply, refusal);
      return sendDelivered(request, reply, await operation.handle(server, request));
    },
  });
};

/** Card data is refused before anything else is said of the request. */
const refusalOfContent = (server: Server, request: FastifyRequest): Problem | undefined => {
  const field = misplacedCardField(request.body);
  if (field !== undefined) return cardDetailsMisplaced(field, server.publicPciUrl());
  return refusalOfCardData(request, request.body, request.bodyText, server.containsCardNumber);
};
