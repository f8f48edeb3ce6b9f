import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../domain/account.ts';
import { type Result, ok, refuse } from '../domain/result.ts';
import { type Problem, type ProblemCode, problem } from '../problems/problems.ts';
import { sendProblem } from './answer.ts';

/** Our keys have about 100 characters; anything much longer is not one and is not worth hashing. */
const authorizationLengthMax = 1024;
const rawKeyPattern = /^sk_[A-Za-z0-9_-]+$/;

/**
 * The secret key in an `Authorization` header: `Basic <key>` as the API documents it, or RFC 7617's base64 of `<key>:`,
 * which `curl -u` and most HTTP libraries send. Refusals: `key-missing`, `key-invalid`.
 */
export const secretKeyIn = (header: string | undefined): Result<string, Problem> => {
  if (header === undefined || header.trim() === '') return refuse(problem('key-missing'));
  const match = header.length > authorizationLengthMax ? null : /^basic +(\S+) *$/i.exec(header);
  const credentials = match?.[1];
  if (credentials === undefined) return refuse(problem('key-missing', { detail: schemeHint }));
  if (rawKeyPattern.test(credentials)) return ok(credentials);
  const userName = Buffer.from(credentials, 'base64').toString('latin1').split(':', 1)[0] ?? '';
  return rawKeyPattern.test(userName) ? ok(userName) : refuse(problem('key-invalid'));
};

const schemeHint = 'The Authorization header is not usable. Send "Authorization: Basic <secret key>".';

/** Who can say whose key it is. */
export type KnowsCallers = {
  readonly useCases: {
    authenticate(input: { readonly secretKey: string }): Promise<Result<{ readonly account: Account }, Problem>>;
  };
};

/** Runs before the body is read, so that a stranger cannot make us parse anything. */
export const authenticateCaller =
  (server: KnowsCallers, toOtherEnvironments: ProblemCode = 'key-wrong-environment') =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const secretKey = secretKeyIn(request.headers.authorization);
    if (!secretKey.ok) return sendProblem(request, reply, secretKey.error);
    const caller = await server.useCases.authenticate({ secretKey: secretKey.value });
    if (!caller.ok) {
      const isForeign = caller.error.code === 'key-wrong-environment';
      return sendProblem(request, reply, isForeign ? problem(toOtherEnvironments) : caller.error);
    }
    request.account = caller.value.account;
    return undefined;
  };
