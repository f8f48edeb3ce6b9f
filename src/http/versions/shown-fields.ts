import { type CardSummary, cardSchemes, expiryDateShown } from '../../domain/card-summary.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { VersionTraits } from './version-traits.ts';

/** Milliseconds since 1970 as the API writes a moment. */
export const momentShown = (at: number): string => new Date(at).toISOString();

/** The same for every merchant: all schemes, no wallets. */
export const merchantConfigShown = { supportedPaymentMethods: { cardSchemes: [...cardSchemes], wallets: [] } };

/** `paymentDetails` of an approved message about a card. Absent parts are undefined, which JSON leaves out. */
export const paymentDetailsShown = (
  { transaction, card }: { readonly transaction: Transaction; readonly card: CardSummary },
  message: string,
  traits: VersionTraits,
): Readonly<Record<string, unknown>> => {
  const authCode = transaction.authCode ?? undefined;
  const cardShown = {
    cardNumber: card.maskedNumber,
    cardName: card.cardholderName ?? undefined,
    expiryDate: expiryDateShown(card),
    cardType: card.scheme,
  };
  const transactionDateTime = momentShown(transaction.at);
  if (traits.paymentDetails === 'flat') return { transactionDateTime, message, authCode, ...cardShown };
  return {
    transactionId: transaction.transactionId,
    transactionDateTime,
    message,
    authCode,
    card: { ...cardShown, cardFundingType: card.fundingType, last4PAN: card.last4 },
    avsResult: traits.avsResultIsShown ? (transaction.avsResult ?? undefined) : undefined,
  };
};
