import type { FastifyReply, FastifyRequest } from 'fastify';
import { versionFor } from '../../domain/versions.ts';
import { problem } from '../../problems/problems.ts';
import { sendProblem } from '../answer.ts';

/** Every documented call names the release that it speaks, the public ones too. */
export const requireVersion = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
  const header = request.headers['version'];
  if (header === undefined || header === '') {
    sendProblem(request, reply, problem('version-missing'));
    return;
  }
  const version = typeof header === 'string' ? versionFor(header.trim()) : undefined;
  if (version === undefined) {
    sendProblem(request, reply, problem('version-invalid'));
    return;
  }
  request.apiVersion = version;
  done();
};
