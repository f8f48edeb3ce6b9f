/** What an acquirer said of one message about a card: kept with the intent and shown in its events. */
export type Transaction = {
  /** The acquirer's own reference, a UUID. */
  readonly transactionId: string;
  /** The acquirer's time, milliseconds since 1970. */
  readonly at: number;
  /** ISO 8583 field 39: `00` approved, `05` do not honour, … */
  readonly responseCode: string;
  /** ISO 8583 field 38, present on an approval. */
  readonly authCode: string | null;
  /** `ADDRESS_MATCH_POSTCODE_MATCH`, … where the acquirer checked the address. */
  readonly avsResult: string | null;
};
