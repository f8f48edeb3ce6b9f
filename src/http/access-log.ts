import type { FastifyInstance } from 'fastify';
import type { Logger } from '../ports/logger.ts';

/** Calls between our own parts have a line at the part that a caller called; a second and a third one would only say it again. */
const quietListener = 'link';

/** Probes ask every few seconds; the lines of those that were answered well would drown the others. */
const quietPaths: ReadonlySet<string> = new Set(['/health/live', '/health/ready']);

/**
 * One line per answered request. It names the route's template, never the path: a path may hold anything that somebody typed,
 * and a query too.
 */
export const logRequests = (listener: FastifyInstance, logger: Logger, name: string): void => {
  listener.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'unknown' : request.routeOptions.url;
    const fields = {
      listener: name,
      method: request.method,
      route,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
      traceId: request.id,
      ...(request.account === null ? {} : { accountId: request.account.id }),
    };
    const isQuiet = name === quietListener || (route !== undefined && quietPaths.has(route));
    if (isQuiet && reply.statusCode < 400) logger.debug(fields, 'request');
    else logger.info(fields, 'request');
    done();
  });
};
