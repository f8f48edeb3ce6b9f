import type { Clock } from '../../src/ports/clock.ts';
import type { CardDetails } from './card-details.ts';

/** A card on its way from the PCI listener to its verification, with its owner. */
export type CapturedCardDetails = CardDetails & { readonly accountId: string; readonly fingerprint: string };

/** Cards in memory between capture and verification, each taken once. Nothing of it is ever written. */
export type CapturedCards = {
  /** `false` when there is no room: then nothing was kept. */
  put(reference: string, card: CapturedCardDetails): boolean;
  /** Only its own account takes it. Whoever takes it drops its CVV. */
  take(reference: string, accountId: string): CapturedCardDetails | undefined;
  /** Drops a card that was not taken, with its CVV; no error when it was. */
  discard(reference: string): void;
  clear(): void;
};

export type CapturedCardLimits = { readonly capturedCardsMax: number; readonly capturedCardLifetimeMs: number };

export const capturedCardLimitsDefault: CapturedCardLimits = {
  /** About 10 MB; far more than requests that one process has under way. */
  capturedCardsMax: 10_000,
  /** One request lies between capture and verification; a CVV left behind by one that died must not stay. */
  capturedCardLifetimeMs: 60_000,
};

/** A new, empty place for them, whose cards lapse by themselves. */
export const openCapturedCards = (clock: Clock, limits: CapturedCardLimits): CapturedCards => {
  // A Map keeps the order of insertion, which is the order of expiry: sweeping looks at the front only.
  const cards = new Map<string, { readonly card: CapturedCardDetails; readonly until: number }>();
  const sweep = (now: number): void => {
    for (const [reference, { card, until }] of cards) {
      if (until > now) return;
      card.cvv.drop();
      cards.delete(reference);
    }
  };
  return {
    put(reference, card) {
      const now = clock.now();
      sweep(now);
      if (cards.size >= limits.capturedCardsMax) return false;
      cards.set(reference, { card, until: now + limits.capturedCardLifetimeMs });
      return true;
    },
    take(reference, accountId) {
      sweep(clock.now());
      const kept = cards.get(reference);
      if (kept === undefined || kept.card.accountId !== accountId) return undefined;
      cards.delete(reference);
      return kept.card;
    },
    discard(reference) {
      cards.get(reference)?.card.cvv.drop();
      cards.delete(reference);
    },
    clear() {
      for (const { card } of cards.values()) card.cvv.drop();
      cards.clear();
    },
  };
};
