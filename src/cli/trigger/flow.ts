import { askServer, type ServerAddress, type ServerCall } from '../call-server.ts';
import type { EventsPage, ListedEvent } from '../listen/follow-events.ts';
import { fail } from '../output.ts';

export type FlowAddress = ServerAddress & { readonly pciUrl: string };

export type ShownSetupIntent = {
  readonly id: string;
  readonly status: string;
  readonly expireAt: string;
  readonly paymentDetails?: { readonly card?: { readonly expiryDate?: string } };
};
export type ShownPaymentIntent = {
  readonly id: string;
  readonly status: string;
  readonly setupIntentId?: string;
  readonly totalAmount: { readonly value: number };
  readonly refundedAmount: number;
};

/** The simulator's own cards, which are nobody's (`docs/sandbox.md`). */
const flowCards = {
  approved: { cardNumber: '4000000000000002', expiryDate: '12 / 29' },
  outOfDate: { cardNumber: '4000000000000002', expiryDate: '01 / 20' },
  answerLost: { cardNumber: '4000000021000007', expiryDate: '12 / 29' },
} as const;
export type FlowCard = keyof typeof flowCards;

/** How long something may take that the server does by itself. */
const patienceMs = 30_000;
/** A charge whose answer is lost is waited for as long as the acquirer may take. */
const callTimeoutMs = 150_000;

/** The calls that a merchant makes, on one account. Each ends the process with what is wrong where it is refused. */
export const openFlow = (address: FlowAddress, now: () => number) => {
  const api = <T>(method: string, path: string, body?: unknown, idempotencyKey?: string): Promise<T> =>
    askServer(address, {
      method,
      path,
      timeoutMs: callTimeoutMs,
      ...(body === undefined ? {} : { body }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
  const read = <T>(kind: 'setup' | 'payment', id: string): Promise<T> =>
    api('GET', `/${kind}-intents/${encodeURIComponent(id)}${kind === 'payment' ? '?returnCanceled=true' : ''}`);
  const setupIntentBody = {
    reference: 'Triggered from the command line',
    merchantInitiatedTransactionType: 'NoShow',
    terms: 'The card is charged when nobody comes.',
  };

  return {
    address,
    api,
    readSetupIntent: (id: string): Promise<ShownSetupIntent> => read('setup', id),
    readPaymentIntent: (id: string): Promise<ShownPaymentIntent> => read('payment', id),
    createSetupIntent: (fields: object = {}): Promise<ShownSetupIntent> =>
      api('POST', '/setup-intents', { ...setupIntentBody, ...fields }),
    tokenise: (card: FlowCard): Promise<ShownSetupIntent> => {
      const cardDetails = { cardName: 'A Guest', cV2: '341', ...flowCards[card] };
      const call: ServerCall = { method: 'POST', path: '/setup-intents', body: { ...setupIntentBody, cardDetails } };
      return askServer({ ...address, apiUrl: address.pciUrl }, { ...call, timeoutMs: callTimeoutMs });
    },
    createPaymentIntent: (setupIntentId?: string): Promise<ShownPaymentIntent> =>
      api('POST', '/payment-intents', {
        amount: { value: 1000, currencyCode: 'GBP' },
        reference: setupIntentBody.reference,
        ...(setupIntentId === undefined ? {} : { setupIntentId }),
      }),
    charge: (id: string): Promise<{ readonly status: string; readonly message: string }> =>
      api('POST', `/payment-intents/${encodeURIComponent(id)}/charge`),
    /** The account's time, milliseconds since 1970. */
    accountNow: async (): Promise<number> =>
      Date.parse((await api<{ readonly now: string }>('GET', '/sandbox/clock')).now),
    /** Moves the account's time, and with it everything else that falls due. */
    moveClock: (at: number): Promise<unknown> => api('PUT', '/sandbox/clock', { now: new Date(at).toISOString() }),
    newestCursor: async (): Promise<string> => (await api<EventsPage>('GET', '/events?after=newest')).next,
    eventsAfter: async (cursor: string): Promise<readonly ListedEvent[]> =>
      (await api<EventsPage>('GET', `/events?after=${cursor}&limit=500`)).events,
    /** The first event after a place for which `isMeant` is true. */
    untilEvent: async (cursor: string, isMeant: (event: ListedEvent) => boolean): Promise<ListedEvent> => {
      const giveUpAt = now() + patienceMs;
      for (let after = cursor; now() < giveUpAt; ) {
        const page = await api<EventsPage>('GET', `/events?after=${after}&wait=5`);
        const found = page.events.find(isMeant);
        if (found !== undefined) return found;
        after = page.next;
      }
      return fail(`It did not happen within ${patienceMs / 1000} seconds.`);
    },
  };
};

export type Flow = ReturnType<typeof openFlow>;
