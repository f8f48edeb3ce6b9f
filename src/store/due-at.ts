import { cardUsableUntil } from '../domain/card-summary.ts';
import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import type { SetupIntent } from '../domain/setup-intent/setup-intent.ts';

/**
 * The next moment at which the intent must move without being asked, in its account's time; null where there is none.
 * While a charge is under way nothing else may happen to an intent, so its end decides anew.
 */
export const setupIntentDueAt = (intent: SetupIntent): number | null => {
  if (intent.liveAttemptId !== null) return null;
  if (intent.status === 'Created') return intent.expireAt;
  if (intent.status !== 'Authorized') return null;
  if (intent.card === null) throw new Error(`Setup intent ${intent.id} is Authorized without a card.`);
  // A kept card outlives the time in which it had to be entered.
  return cardUsableUntil(intent.card);
};

/** As for setup intents: an unpaid one is given up at its time. */
export const paymentIntentDueAt = (intent: PaymentIntent): number | null =>
  intent.status === 'Created' && intent.liveAttemptId === null ? intent.expireAt : null;
