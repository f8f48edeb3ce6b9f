import type { CardProcessor } from '../../ports/card-processor.ts';
import type { ReadAnswer } from '../answer-reader.ts';
import type { LinkPeer } from '../link-peer.ts';
import type { CapturedCardPlaces } from './captured-card-places.ts';
import {
  readChargeOutcome,
  readDone,
  readInquiryOutcome,
  readKeptCards,
  readReversalOutcome,
  readVerifyOutcome,
} from './outcome-schemas.ts';
import { answerOfVault, callVault } from './vault-calls.ts';

export type RemoteCardProcessorOptions = {
  /** Any vault process: kept cards are in the database that all share. */
  readonly vault: LinkPeer;
  /** The one vault process at an address that a vault process gave itself. */
  readonly vaultAt: (url: string) => LinkPeer;
  readonly places: Pick<CapturedCardPlaces, 'vaultUrlOf'>;
  readonly acquirerTimeoutMs: number;
  /** Told of what the person on call should know, besides the outcome. */
  readonly onFault: (error: unknown, what: string) => void;
};

/**
 * Beyond the acquirer's time-out, so that the vault's own word (`timeout`) comes first, and before a worker takes a charge for
 * abandoned (a second), so that its caller is there to write the outcome down.
 */
const linkMarginMs = 500;
/** For what asks no acquirer: one statement of a database that may be failing over. */
const databaseTimeoutMs = 10_000;

/** Where a message did not leave, and where nobody knows. */
type Missing =
  | { readonly outcome: 'not-sent'; readonly reason: 'vault-unreachable' }
  | { readonly outcome: 'unknown'; readonly reason: 'timeout' | 'disconnected' | 'garbled' };

/**
 * The vault as another process: the same port, over mutual TLS. What moves money or takes a captured card is sent once and
 * never again, for a lost answer does not say whether it was acted on; what is as good asked twice is tried again.
 */
export const openRemoteCardProcessor = (options: RemoteCardProcessorOptions): CardProcessor => {
  const { vault, vaultAt, places, onFault } = options;
  const timeoutMs = options.acquirerTimeoutMs + linkMarginMs;

  const ask = async <T>(
    peer: LinkPeer,
    method: keyof CardProcessor,
    body: unknown,
    isRepeatable: boolean,
    read: ReadAnswer<T>,
  ): Promise<T | Missing> => {
    const path = `/card-processor/${method}`;
    const called = await callVault(peer, { path, body, timeoutMs, isRepeatable, read });
    if ('answer' in called) return called.answer;
    const { missing, cause } = called;
    if (missing === 'garbled') onFault(cause, 'link: an answer of the vault cannot be read');
    if (missing === 'refused') onFault(cause, 'link: the vault refused a call');
    if (missing === 'not-sent' || missing === 'refused') return { outcome: 'not-sent', reason: 'vault-unreachable' };
    return { outcome: 'unknown', reason: missing };
  };
  const isRepeatable = true;
  const fromDatabase = { timeoutMs: databaseTimeoutMs, isRepeatable };

  return {
    verify: (request) => {
      const url = places.vaultUrlOf(request.capturedCardReference);
      if (url === undefined) return Promise.resolve({ outcome: 'not-sent', reason: 'card-missing' });
      return ask(vaultAt(url), 'verify', request, false, readVerifyOutcome);
    },
    charge: (request) => ask(vault, 'charge', request, false, readChargeOutcome),
    refund: (request) => ask(vault, 'refund', request, false, readChargeOutcome),
    reverse: (request) => ask(vault, 'reverse', request, isRepeatable, readReversalOutcome),
    inquire: (request) => ask(vault, 'inquire', request, isRepeatable, readInquiryOutcome),
    forget: async (cardReferences) => {
      const path = '/card-processor/forget';
      await answerOfVault(vault, { path, body: { cardReferences }, read: readDone, ...fromDatabase });
    },
    keptCards: async (page) => {
      const path = '/card-processor/keptCards';
      return (await answerOfVault(vault, { path, body: page, read: readKeptCards, ...fromDatabase })).cards;
    },
  };
};
