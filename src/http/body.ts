import type { FastifyInstance } from 'fastify';
import { type Problem, problem } from '../problems/problems.ts';
import { isNestedDeeper } from './json-depth.ts';

/** Real requests are three or four levels deep; deeper ones only cost stack. */
export const bodyDepthMax = 32;

export const bodyTooDeep: Problem = problem('request-invalid', {
  errors: { Body: [`The body must not be more than ${bodyDepthMax} levels deep.`] },
});

/** Carries a refusal out of a parser, where the framework only takes errors. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly refusal: Problem;
  constructor(refusal: Problem) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

/**
 * Takes JSON objects and empty bodies. An empty body is taken under any media type, since the published samples send
 * `application/json`, a form type or no type at all with nothing in it.
 * Keys that would reach an object's prototype are refused as malformed.
 * @param keepText whether the text stays with the request; false where it may hold a card number
 */
export const acceptJsonBodies = (listener: FastifyInstance, keepText: boolean): void => {
  const parseJson = listener.getDefaultJsonParser('error', 'error');
  listener.removeAllContentTypeParsers();
  listener.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (isBlank(text as string)) return done(null, undefined);
    if (isNestedDeeper(text as string, bodyDepthMax)) return done(new RefusedRequest(bodyTooDeep));
    if (keepText) request.bodyText = text as string;
    void parseJson(request, text as string, (error, body) =>
      error === null ? done(null, body) : done(new RefusedRequest(problem('body-malformed'))),
    );
  });
  listener.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) =>
    isBlank(text as string) ? done(null, undefined) : done(new RefusedRequest(problem('media-type-unsupported'))),
  );
};

/** A byte order mark and white space are as good as nothing. */
const isBlank = (text: string): boolean => text.length === 0 || text.trim() === '';

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
