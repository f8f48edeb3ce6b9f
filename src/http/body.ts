import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Problem, problem } from '../problems/problems.ts';
import { isNestedDeeper } from './json-depth.ts';

/** Real requests are three or four levels deep; deeper ones only cost stack. */
export const bodyDepthMax = 32;

export const bodyTooDeep: Problem = problem('request-invalid', {
  errors: { Body: [`The body must not be more than ${bodyDepthMax} levels deep.`] },
});

/** Such names would reach an object's prototype. */
const bodyNamesPrototype: Problem = problem('request-invalid', {
  errors: { Body: ['The body must hold no member named __proto__, and no constructor with a member named prototype.'] },
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
 * JSON is UTF-8 (RFC 8259, 8.1): other bytes are refused, rather than kept with marks in the place of letters.
 * Keys that would reach an object's prototype are refused.
 * @param keepText whether the text stays with the request; false where it may hold a card number
 */
export const acceptJsonBodies = (listener: FastifyInstance, keepText: boolean): void => {
  const parseJson = listener.getDefaultJsonParser('error', 'error');
  listener.removeAllContentTypeParsers();
  listener.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    const refusal = refusalOfForm(request, bytes as Buffer);
    if (refusal !== undefined) return done(new RefusedRequest(refusal));
    const text = (bytes as Buffer).toString('utf8');
    if (isBlank(text)) return done(null, undefined);
    if (isNestedDeeper(text, bodyDepthMax)) return done(new RefusedRequest(bodyTooDeep));
    if (keepText) request.bodyText = text;
    void parseJson(request, text, (error, body) =>
      error === null
        ? done(null, body)
        : done(new RefusedRequest(isJson(text) ? bodyNamesPrototype : problem('body-malformed'))),
    );
  });
  listener.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) =>
    isBlank(text as string) ? done(null, undefined) : done(new RefusedRequest(problem('media-type-unsupported'))),
  );
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Why the bytes cannot be read as text, whatever they say. */
const refusalOfForm = ({ headers }: FastifyRequest, bytes: Buffer): Problem | undefined => {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    return problem('media-type-unsupported', { detail: 'Send the body as it is, without Content-Encoding.' });
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset))
    return problem('media-type-unsupported', { detail: 'Send application/json, encoded in UTF-8.' });
  return isUtf8(bytes) ? undefined : problem('body-malformed');
};

/** A byte order mark and white space are as good as nothing. */
const isBlank = (text: string): boolean => text.length === 0 || text.trim() === '';

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
