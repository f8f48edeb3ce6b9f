import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { VaultUnreachable } from '../ports/card-processor.ts';
import { StoreUnavailable } from '../ports/store.ts';
import type { Logger } from '../ports/logger.ts';
import { type Problem, type ProblemCode, problem } from '../problems/problems.ts';
import { sendProblem } from './answer.ts';
import { RefusedRequest } from './body.ts';

/** The framework's own refusals of a request, in our words. Its messages may quote the request, so none is passed on. */
const codesOfFramework: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media-type-unsupported',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body-malformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body-malformed',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body-malformed',
  FST_ERR_BAD_URL: 'route-unknown',
  FST_ERR_MAX_PARAM_LENGTH: 'id-malformed',
  FST_ERR_NOT_FOUND: 'route-unknown',
  // Of the method QUERY, which no call takes.
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: 'route-unknown',
};

/** What a throw means to the caller. Anything unforeseen is our fault, and says nothing of itself. */
const problemOf = (error: unknown, { raw }: FastifyRequest): Problem => {
  if (error instanceof RefusedRequest) return error.refusal;
  if (error instanceof StoreUnavailable) return problem('store-unavailable');
  if (error instanceof VaultUnreachable) return problem('vault-unavailable');
  // Whoever hangs up in the middle of a body is no fault of ours, and hears nothing.
  if (raw.destroyed && !raw.complete) return problem('request-unreadable');
  const code = codesOfFramework[(error as Partial<FastifyError> | null)?.code ?? ''];
  return problem(code ?? 'internal-error');
};

/** The one place where a throw becomes an answer. The error is logged whole, by the same trace id, and never sent. */
export const answerFailures =
  (logger: Logger) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refusal = problemOf(error, request);
    const fields = { err: error, traceId: request.id };
    if (refusal.code === 'internal-error') logger.error(fields, 'request failed');
    else if (refusal.code === 'store-unavailable') logger.warn(fields, 'store unavailable');
    else if (refusal.code === 'vault-unavailable') logger.warn(fields, 'vault unavailable');
    return sendProblem(request, reply, refusal);
  };

const answersOf405 = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'] as const;

/** Answers 405 with `Allow` on every known path, for the methods that it lacks. Call after the routes are added. */
export const refuseOtherMethods = (
  listener: FastifyInstance,
  methodsByUrl: ReadonlyMap<string, ReadonlySet<string>>,
): void => {
  for (const [url, methods] of methodsByUrl) {
    const allow = [...methods].sort().join(', ');
    const others = answersOf405.filter((method) => !methods.has(method));
    listener.route({
      method: [...others],
      url,
      schema: { hide: true },
      handler: (request, reply) => {
        if (endsInWord(url, request)) return sendProblem(request, reply, problem('route-unknown'));
        reply.header('allow', allow);
        return sendProblem(request, reply, problem('method-not-allowed'));
      },
    });
  }
};

/** Whether a word stands where the path would end in an id, all of which have an underscore: `search` is another call, which is not here. */
const endsInWord = (url: string, { params }: FastifyRequest): boolean => {
  const last = Object.values(params as Readonly<Record<string, string>>).at(-1);
  return /:\w+$/.test(url) && last?.includes('_') === false;
};
