import type { FastifyInstance } from 'fastify';
import type { AddLinkCall } from '../../src/http/link-listener.ts';
import type { CardProcessor } from '../../src/ports/card-processor.ts';
import type { SandboxAcquirer } from '../../src/ports/sandbox-acquirer.ts';
import {
  accountRequest,
  attemptRequest,
  chargeRequest,
  forgetRequest,
  keptCardsRequest,
  ledgerRequest,
  refundRequest,
  scriptRequest,
  verifyRequest,
} from './request-schemas.ts';

/**
 * The vault's private door: the methods of the port, one call each, and nothing else. Card references and attempt ids come in,
 * outcomes go out; there is no call that answers a card number.
 */
export const addCardProcessorCalls = (listener: FastifyInstance, add: AddLinkCall, processor: CardProcessor): void => {
  const path = (method: keyof CardProcessor): string => `/card-processor/${method}`;
  add(listener, path('verify'), verifyRequest, (request) => processor.verify(request));
  add(listener, path('charge'), chargeRequest, (request) => processor.charge(request));
  add(listener, path('reverse'), attemptRequest, (request) => processor.reverse(request));
  add(listener, path('refund'), refundRequest, (request) => processor.refund(request));
  add(listener, path('inquire'), attemptRequest, (request) => processor.inquire(request));
  add(listener, path('forget'), forgetRequest, async ({ cardReferences }) => {
    await processor.forget(cardReferences);
    return {};
  });
  add(listener, path('keptCards'), keptCardsRequest, async (page) => ({ cards: await processor.keptCards(page) }));
};

/** The simulator's controls, for the sandbox's own calls. There is none in production. */
export const addSandboxAcquirerCalls = (
  listener: FastifyInstance,
  add: AddLinkCall,
  acquirer: SandboxAcquirer,
): void => {
  const path = (method: keyof SandboxAcquirer): string => `/sandbox-acquirer/${method}`;
  add(listener, path('script'), accountRequest, ({ accountId }) => acquirer.script(accountId));
  add(listener, path('setScript'), scriptRequest, async ({ accountId, script }) => {
    await acquirer.setScript(accountId, script);
    return {};
  });
  add(listener, path('ledger'), ledgerRequest, async ({ accountId, ...page }) => ({
    entries: await acquirer.ledger(accountId, page),
  }));
  add(listener, path('reset'), accountRequest, async ({ accountId }) => {
    await acquirer.reset(accountId);
    return {};
  });
};
