import type { Timers } from '../../src/ports/clock.ts';
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
export const openCapturedCards = (timers: Timers, limits: CapturedCardLimits): CapturedCards => {
  const cards = new Map<string, { readonly card: CapturedCardDetails; readonly stopLapse: () => void }>();
  const remove = (reference: string): CapturedCardDetails | undefined => {
    const kept = cards.get(reference);
    kept?.stopLapse();
    cards.delete(reference);
    return kept?.card;
  };
  const discard = (reference: string): void => remove(reference)?.cvv.drop();
  return {
    put(reference, card) {
      if (cards.size >= limits.capturedCardsMax) return false;
      const stopLapse = timers.after(limits.capturedCardLifetimeMs, () => discard(reference));
      cards.set(reference, { card, stopLapse });
      return true;
    },
    take: (reference, accountId) =>
      cards.get(reference)?.card.accountId === accountId ? remove(reference) : undefined,
    discard,
    clear() {
      for (const reference of cards.keys()) discard(reference);
    },
  };
};
