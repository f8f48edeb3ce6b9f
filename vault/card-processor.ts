import type {
  AttemptRequest,
  CardProcessor,
  ChargeOutcome,
  ChargeRequest,
  VerifyOutcome,
  VerifyRequest,
} from '../src/ports/card-processor.ts';
import type { Clock, Timers } from '../src/ports/clock.ts';
import type { Randomness } from '../src/ports/randomness.ts';
import type { Acquirer } from './acquirers/acquirer.ts';
import { withinTimeLimit } from './acquirers/time-limit.ts';
import type { CapturedCards } from './card/captured-cards.ts';
import { expiryText } from './card/expiry.ts';
import { openSealedCard, sealCard } from './card/sealed-card.ts';
import type { DataKeys } from './keys/data-keys.ts';
import { nonceLength } from './keys/envelope.ts';
import { deleteCard, findKeptCards, findSealedCard, insertCard } from './store/card-table.ts';
import type { VaultDatabase } from './store/database.ts';

export type CardProcessorOptions = {
  readonly database: VaultDatabase;
  readonly acquirer: Acquirer;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly timers: Timers;
  readonly acquirerTimeoutMs: number;
  readonly captured: CapturedCards;
  readonly dataKeys: DataKeys;
  /** Told of a charge that was approved after its time limit: nobody waits for that answer any more. Must not throw. */
  readonly onLateApproval?: (charge: AttemptRequest) => void;
};

const cardMissing = { outcome: 'not-sent', reason: 'card-missing' } as const;
const cardUnreadable = { outcome: 'not-sent', reason: 'card-unreadable' } as const;

/** The vault's side of the port: captured and kept cards on one hand, the acquirer and its time limit on the other. */
export const openCardProcessor = (options: CardProcessorOptions): CardProcessor => {
  const { acquirer, captured, clock, database, dataKeys, random } = options;
  const ask = <T>(send: () => Promise<T>) => withinTimeLimit(options.timers, options.acquirerTimeoutMs, send);

  const verify = async (request: VerifyRequest): Promise<VerifyOutcome> => {
    const { accountId, capturedCardReference: reference, attemptId, setupIntentId, merchantReference, now } = request;
    const card = captured.take(reference, accountId);
    if (card === undefined) return cardMissing;
    const { pan, cvv, expiry, cardholderName } = card;
    try {
      // Before the acquirer is asked: a card that it approved must not be lost for want of a key.
      const dataKey = await dataKeys.forSealing();
      const answer = await ask(() =>
        acquirer.verify({
          accountId,
          now,
          attemptId,
          setupIntentId,
          pan,
          cvv,
          expiry,
          cardholderName,
          merchantReference,
        }),
      );
      if (answer.outcome !== 'approved') return answer;
      const row = {
        reference,
        accountId,
        setupIntentId,
        dataKeyId: dataKey.id,
        envelope: sealCard(dataKey.key, random.bytes(nonceLength), accountId, reference, card),
        fingerprint: card.fingerprint,
        scheme: card.scheme,
        last4: pan.last4,
        expiry: expiryText(expiry),
        createdAt: clock.now(),
      };
      // Last of all: whoever asked begins its commit next, and the two share one fsync.
      await database.append([insertCard(row)]);
      return { ...answer, cardReference: reference };
    } finally {
      cvv.drop();
    }
  };

  const charge = async (request: ChargeRequest): Promise<ChargeOutcome> => {
    const { accountId, cardReference, attemptId, paymentIntentId, amount, merchantReference, now } = request;
    const sealed = await findSealedCard(database, accountId, cardReference);
    if (sealed === undefined) return cardMissing;
    const key = await dataKeys.forOpening(sealed.dataKeyId);
    const card = key === undefined ? undefined : openSealedCard(key, accountId, cardReference, sealed.envelope);
    if (card === undefined) return cardUnreadable;
    const send = () =>
      acquirer.charge({ accountId, now, attemptId, paymentIntentId, ...card, amount, merchantReference });
    return withinTimeLimit(options.timers, options.acquirerTimeoutMs, send, ({ outcome }) => {
      if (outcome === 'approved') options.onLateApproval?.({ accountId, now, attemptId, paymentIntentId, amount });
    });
  };

  return {
    verify,
    charge,
    reverse: (request) => ask(() => acquirer.reverse(request)),
    refund: (request) => ask(() => acquirer.refund(request)),
    inquire: (request) => ask(() => acquirer.inquire(request)),
    keptCards: (page) => findKeptCards(database, page),
    forget: (cardReferences) =>
      cardReferences.length === 0 ? Promise.resolve() : database.append(cardReferences.map(deleteCard)),
  };
};
