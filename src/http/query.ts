import type { FastifyRequest } from 'fastify';
import { ok, type Result, refuse } from '../domain/result.ts';
import type { Problem } from '../problems/problems.ts';
import { wrongField } from './schema/field-errors.ts';

type Queried = Pick<FastifyRequest, 'query'>;

/** The text of a parameter, in any case of its name, or null where it was not sent. Refused where it was sent more than once. */
export const textInQuery = ({ query }: Queried, name: string): Result<string | null, Problem> => {
  const sent = Object.entries(query as Readonly<Record<string, string | readonly string[]>>)
    .filter(([key]) => key.toLowerCase() === name.toLowerCase())
    .flatMap(([, value]) => value);
  return sent.length > 1 ? refuse(wrongField(name, 'must be sent once.')) : ok(sent[0] ?? null);
};

/** A yes or no, in any case; `false` where it was not sent. */
export const flagInQuery = (request: Queried, name: string): Result<boolean, Problem> => {
  const sent = textInQuery(request, name);
  if (!sent.ok) return sent;
  const word = sent.value?.toLowerCase() ?? 'false';
  return word === 'true' || word === 'false' ? ok(word === 'true') : refuse(wrongField(name, 'must be true or false.'));
};

/** A whole number within bounds, or `absent` where it was not sent. */
export const wholeInQuery = <Absent>(
  request: Queried,
  name: string,
  absent: Absent,
  { minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: { readonly minimum?: number; readonly maximum?: number } = {},
): Result<number | Absent, Problem> => {
  const sent = textInQuery(request, name);
  if (!sent.ok) return sent;
  if (sent.value === null) return ok(absent);
  const value = /^\d{1,16}$/.test(sent.value) ? Number(sent.value) : Number.NaN;
  if (value >= minimum && value <= maximum) return ok(value);
  return refuse(wrongField(name, `must be a whole number from ${minimum} to ${maximum}.`));
};
