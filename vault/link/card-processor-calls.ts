import type { FastifyInstance } from 'fastify';
import type { AddLinkCall } from '../../src/http/link-listener.ts';
import type { CardProcessor } from '../../src/ports/card-processor.ts';
import type { SandboxAcquirer } from '../../src/ports/sandbox-acquirer.ts';
import {
  readAccount,
  readAttemptRequest,
  readChargeRequest,
  readForgetRequest,
  readKeptCardsRequest,
  readLedgerRequest,
  readRefundRequest,
  readScriptRequest,
  readVerifyRequest,
} from './request-schemas.ts';

/**
 * The vault's private door: the methods of the port, one call each, and nothing else. Card references and attempt ids come in,
 * outcomes go out; there is no call that answers a card number.
 */
export const addCardProcessorCalls = (listener: FastifyInstance, add: AddLinkCall, processor: CardProcessor): void => {
  const path = (method: keyof CardProcessor): string => `/card-processor/${method}`;
  add(listener, path('verify'), readVerifyRequest, (request) => processor.verify(request));
  add(listener, path('charge'), readChargeRequest, (request) => processor.charge(request));
  add(listener, path('reverse'), readAttemptRequest, (request) => processor.reverse(request));
  add(listener, path('refund'), readRefundRequest, (request) => processor.refund(request));
  add(listener, path('inquire'), readAttemptRequest, (request) => processor.inquire(request));
  add(listener, path('forget'), readForgetRequest, async ({ cardReferences }) => {
    await processor.forget(cardReferences);
    return {};
  });
  add(listener, path('keptCards'), readKeptCardsRequest, async (page) => ({ cards: await processor.keptCards(page) }));
};

/** The simulator's controls, for the sandbox's own calls. There is none in production. */
export const addSandboxAcquirerCalls = (
  listener: FastifyInstance,
  add: AddLinkCall,
  acquirer: SandboxAcquirer,
): void => {
  const path = (method: keyof SandboxAcquirer): string => `/sandbox-acquirer/${method}`;
  add(listener, path('script'), readAccount, ({ accountId }) => acquirer.script(accountId));
  add(listener, path('setScript'), readScriptRequest, async ({ accountId, script }) => {
    await acquirer.setScript(accountId, script);
    return {};
  });
  add(listener, path('ledger'), readLedgerRequest, async ({ accountId, ...page }) => ({
    entries: await acquirer.ledger(accountId, page),
  }));
  add(listener, path('reset'), readAccount, async ({ accountId }) => {
    await acquirer.reset(accountId);
    return {};
  });
};
