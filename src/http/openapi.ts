import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { newestApiVersion } from '../domain/versions.ts';
import { sendAnswer } from './answer.ts';

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
