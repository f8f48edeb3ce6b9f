import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Result } from '../domain/result.ts';
import type { Problem } from '../problems/problems.ts';
import type { GivenAnswer } from '../use-cases/answer-once.ts';
import { sendAnswer, sendProblem } from './answer.ts';
import { allowAnyOrigin, answerPreflight } from './any-origin.ts';
import { authenticateCaller, type KnowsCallers } from './authentication.ts';
import type { Call } from './call.ts';
import { cardDetailsMisplaced, misplacedCardField, refusalOfCardData } from './card-number-guard.ts';
import { describeOperation, type OperationDescription } from './operation-schema.ts';
import type { Server } from './server.ts';
import { requireVersion } from './versions/version-header.ts';

/** One call of the API: its place, who may make it, its description, and what it does. */
export type Operation = OperationDescription & {
  readonly url: string;
  readonly handle: (call: Call) => Promise<Result<GivenAnswer, Problem>>;
};

/** Sends what a call came to, and marks an answer that was given before. */
export const sendOutcome = (
  request: FastifyRequest,
  reply: FastifyReply,
  outcome: Result<GivenAnswer, Problem>,
): FastifyReply => {
  if (!outcome.ok) return sendProblem(request, reply, outcome.error);
  if (outcome.value.replayed === true) reply.header('idempotent-replayed', 'true');
  return sendAnswer(request, reply, outcome.value);
};

/** Before the body is read: unauthenticated callers learn nothing of versions and their bodies are never parsed. */
export const beforeBody = (server: KnowsCallers, audience: Operation['audience']) => {
  // To a production key the sandbox's calls do not exist.
  if (audience === 'sandbox') return [authenticateCaller(server, 'route-unknown')];
  return audience === 'merchant' ? [authenticateCaller(server), requireVersion] : [allowAnyOrigin, requireVersion];
};

/** Adds a call to a listener that never takes card numbers. */
export const addOperation = (listener: FastifyInstance, server: Server, operation: Operation): void => {
  const { method, url, audience, handle } = operation;
  if (audience === 'public') answerPreflight(listener, url, String(method));
  listener.route({
    method,
    url,
    schema: describeOperation(operation),
    onRequest: beforeBody(server, audience),
    handler: async (request, reply) => {
      const refusal = refusalOfContent(server, request);
      if (refusal !== undefined) return sendProblem(request, reply, refusal);
      return sendOutcome(request, reply, await handle({ server, request, operation: `${method} ${url}` }));
    },
  });
};

/** Card data is refused before anything else is said of the request. */
const refusalOfContent = (server: Server, request: FastifyRequest): Problem | undefined => {
  const field = misplacedCardField(request.body);
  if (field !== undefined) return cardDetailsMisplaced(field, server.publicPciUrl());
  return refusalOfCardData(request, request.body, request.bodyText, server.containsCardNumber);
};
