/** The schemes that a card may belong to, as the API names them. */
export const cardSchemes = ['VISA', 'MASTERCARD', 'MAESTRO', 'DISCOVER', 'DCI', 'AMEX'] as const;
export type CardScheme = (typeof cardSchemes)[number];

/** How the issuer funds the card, as far as its range tells. */
export type CardFundingType = 'Unknown' | 'Debit' | 'Credit' | 'Charge' | 'Prepaid';

/** All that may be known of a card outside the vault: truncated as PCI DSS 3.4.1 allows. */
export type CardSummary = {
  /** `44565300****1096`: first 8 and last 4 of 16 digits or more, else first 6 and last 4. */
  readonly maskedNumber: string;
  readonly last4: string;
  readonly cardholderName: string | null;
  readonly scheme: CardScheme;
  readonly fundingType: CardFundingType;
  readonly expiryYear: number;
  /** 1 to 12. */
  readonly expiryMonth: number;
};

/** The last day of the card's expiry month, `2029-12-31`, as the API shows it. */
export const expiryDateShown = (card: CardSummary): string =>
  new Date(Date.UTC(card.expiryYear, card.expiryMonth, 0)).toISOString().slice(0, 10);

/**
 * The first moment at which the card is out of date, in milliseconds since 1970 (UTC).
 * A card is good to the end of its month; the month ends last at UTC-12, and no card is refused while it is good somewhere.
 */
export const cardUsableUntil = (card: CardSummary): number =>
  Date.UTC(card.expiryYear, card.expiryMonth, 1) + 12 * 60 * 60 * 1000;
