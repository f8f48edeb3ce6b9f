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

/** A yes or no in the query, in any case, `false` when absent. Refusal: `request-invalid`. */
export const flagInQuery = (request: FastifyRequest, name: string): Result<boolean, Problem> => {
  const query = request.query as Readonly<Record<string, string | readonly string[]>>;
  const key = Object.keys(query).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  const value = key === undefined ? 'false' : query[key];
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  if (word === 'true') return ok(true);
  if (word === 'false' || word === '') return ok(false);
  const field = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return refuse(problem('request-invalid', { errors: { [field]: [`The ${field} field must be true or false.`] } }));
};
