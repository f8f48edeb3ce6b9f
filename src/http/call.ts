import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Account } from '../domain/account.ts';
import { type ApiVersion, apiVersions } from '../domain/versions.ts';
import type { Server } from './server.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by authentication; null on public calls. */
    account: Account | null;
    /** The release that the caller speaks. */
    apiVersion: ApiVersion;
    /** The body as it came, on the listener that sees no card numbers; empty elsewhere. */
    bodyText: string;
  }
  interface FastifyInstance {
    /** Whether the listener has begun to close. */
    readonly lifecycle: { closing: boolean };
  }
}

/** Gives every request its slots at once, so that all requests share one shape. */
export const decorateCalls = (listener: FastifyInstance): void => {
  listener.decorateRequest('account', null);
  listener.decorateRequest('apiVersion', apiVersions[0]);
  listener.decorateRequest('bodyText', '');
  const lifecycle = { closing: false };
  listener.decorate('lifecycle', lifecycle);
  listener.addHook('preClose', (done) => {
    lifecycle.closing = true;
    done();
  });
};

/** One request for an operation. */
export type Call = {
  readonly server: Server;
  readonly request: FastifyRequest;
  /** Method and route template, as idempotency keys know it. */
  readonly operation: string;
};

/** What of a request decides its answer, beside its body: also what is known of one that another part of this server took. */
export type CalledRequest = Pick<FastifyRequest, 'method' | 'url' | 'id' | 'headers' | 'account' | 'apiVersion'>;

/** The account of an authenticated call. Throws where no authentication ran: a bug in the route. */
export const callerOf = (request: Pick<CalledRequest, 'account'>): Account => {
  if (request.account === null) throw new Error('A merchant call was reached without authentication');
  return request.account;
};
