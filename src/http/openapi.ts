import { isDeepStrictEqual } from 'node:util';
import swagger, { type SwaggerTransformObject } from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { newestApiVersion } from '../domain/versions.ts';
import { sendAnswer } from './answer.ts';
import { isObject } from './body.ts';

/** Gathers every route that is added after it into one OpenAPI document, served at `/openapi.json`. */
export const serveOpenApi = async (
  listener: FastifyInstance,
  about: { readonly title: string; readonly description: string },
): Promise<void> => {
  await listener.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { ...about, version: newestApiVersion, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      components: {
        securitySchemes: {
          secretKey: {
            type: 'http',
            scheme: 'basic',
            description: '`Authorization: Basic <secret key>`: the raw key, or the base64 of `<key>:` (RFC 7617).',
          },
        },
      },
    },
    transformObject: withNamedAnswers,
  });
  let document: string | undefined;
  listener.get(
    '/openapi.json',
    { schema: { tags: ['Operation'], summary: 'This document', security: [] } },
    (request, reply) => {
      document ??= JSON.stringify(listener.swagger());
      return sendAnswer(request, reply, { status: 200, body: document });
    },
  );
};

/** Of a document, what is rewritten below. */
type Answers = { paths: Record<string, Record<string, { responses?: unknown }>>; components: { schemas?: object } };

/**
 * Describes each answer with a title once and refers to it elsewhere: generated clients get one type for one thing.
 * What is said of it belongs to the place, not to the thing.
 */
const withNamedAnswers: SwaggerTransformObject = (described) => {
  if (!('openapiObject' in described)) throw new Error('The document is not one of OpenAPI 3');
  const { paths, components } = described.openapiObject as Answers;
  const schemas: Record<string, object> = {};
  const named = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(named);
    if (!isObject(value)) return value;
    const parts = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, named(child)]));
    const { title } = value;
    if (typeof title !== 'string') return parts;
    const { description, ...schema } = parts;
    if (!isDeepStrictEqual((schemas[title] ??= schema), schema)) throw new Error(`Two answers are called ${title}`);
    return { $ref: `#/components/schemas/${title}`, ...(description === undefined ? {} : { description }) };
  };
  for (const call of Object.values(paths).flatMap((path) => Object.values(path)))
    call.responses = named(call.responses);
  components.schemas = schemas;
  return described.openapiObject;
};
