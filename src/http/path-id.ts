import type { FastifyRequest } from 'fastify';
import { type EnvironmentIdPrefix, isEnvironmentId, isPlainId, type PlainIdPrefix } from '../domain/ids.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';

/** The id in the path, when it has the shape of one. Refusal: `id-malformed`. */
export const idInPath = (
  request: FastifyRequest,
  name: string,
  prefix: EnvironmentIdPrefix,
): Result<string, Problem> => {
  const id = (request.params as Readonly<Record<string, string>>)[name] ?? '';
  return isEnvironmentId(prefix, id) ? ok(id) : refuse(problem('id-malformed'));
};

/** The same for ids that carry no environment. */
export const plainIdInPath = (
  request: FastifyRequest,
  name: string,
  prefix: PlainIdPrefix,
): Result<string, Problem> => {
  const id = (request.params as Readonly<Record<string, string>>)[name] ?? '';
  return isPlainId(prefix, id) ? ok(id) : refuse(problem('id-malformed'));
};
