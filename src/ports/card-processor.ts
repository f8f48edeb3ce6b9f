import type { CardSummary } from '../domain/card-summary.ts';
import type { Money } from '../domain/money.ts';
import type { Transaction } from '../domain/transaction.ts';

/**
 * The narrow door between the platform and the vault: a card reference and an attempt id go in, an outcome comes out.
 * No member ever carries a card number. Every method answers within the acquirer's time-out; none retries by itself.
 * Whoever implements it may throw only for a bug or a dead dependency.
 */
export type CardProcessor = {
  /**
   * Asks the issuer whether the captured card is good, without moving money, and keeps the card on an approval.
   * The CVV is gone when this answers, whatever the answer. A kept card is durable before any store commit
   * that is begun after this resolves.
   */
  verify(request: VerifyRequest): Promise<VerifyOutcome>;
  /** Charges a kept card once. The attempt id is what the acquirer recognises a repeated message by. */
  charge(request: ChargeRequest): Promise<ChargeOutcome>;
  /** Undoes a charge attempt whatever became of it, one that the acquirer never saw too: it must not act on it later. */
  reverse(request: AttemptRequest): Promise<ReversalOutcome>;
  /** Gives back part or all of an approved charge, once per refund id. */
  refund(request: RefundRequest): Promise<ChargeOutcome>;
  /** Asks what became of a charge attempt. */
  inquire(request: AttemptRequest): Promise<InquiryOutcome>;
  /** Destroys the kept cards. Forgetting an unknown reference is no error. */
  forget(cardReferences: readonly string[]): Promise<void>;
  /**
   * Kept cards, their owners and the setup intents that they were verified for, a page at a time in the order of their references:
   * those behind `after`, kept before a moment of real time.
   */
  keptCards(page: {
    readonly after: string;
    readonly keptBefore: number;
    readonly limit: number;
  }): Promise<readonly KeptCard[]>;
};

export type KeptCard = { readonly reference: string; readonly accountId: string; readonly setupIntentId: string };

/** The vault is a process of its own, and gave no answer to a question that cannot be left open. It may have acted. */
export class VaultUnreachable extends Error {
  override readonly name = 'VaultUnreachable';
}

/** Who asks, and when in that account's time (milliseconds since 1970): a kept card is bound to the account. */
type OnBehalfOf = { readonly accountId: string; readonly now: number };

export type VerifyRequest = OnBehalfOf & {
  readonly attemptId: string;
  readonly setupIntentId: string;
  /** From the vault's own capture; usable once, by the same account. */
  readonly capturedCardReference: string;
  readonly merchantReference: string;
};

export type ChargeRequest = OnBehalfOf & {
  readonly attemptId: string;
  readonly paymentIntentId: string;
  readonly cardReference: string;
  readonly amount: Money;
  /** The merchant's reference, for the cardholder's statement. */
  readonly merchantReference: string;
};

export type RefundRequest = OnBehalfOf & {
  readonly refundId: string;
  readonly attemptId: string;
  readonly paymentIntentId: string;
  readonly amount: Money;
};

export type AttemptRequest = OnBehalfOf & {
  readonly attemptId: string;
  readonly paymentIntentId: string;
  readonly amount: Money;
};

/** The acquirer's answer is missing or useless: it may or may not have acted. */
type Unknown = { readonly outcome: 'unknown'; readonly reason: 'timeout' | 'disconnected' | 'garbled' };

/** Nothing left the vault; the acquirer has not acted and will not. */
type NotSent = {
  readonly outcome: 'not-sent';
  readonly reason: 'card-missing' | 'card-unreadable' | 'no-acquirer' | 'acquirer-unreachable' | 'vault-unreachable';
};

type Approved = { readonly outcome: 'approved'; readonly transaction: Transaction };
type Declined = { readonly outcome: 'declined'; readonly transaction: Transaction };

export type VerifyOutcome =
  | (Approved & { readonly cardReference: string })
  | Declined
  /** The issuer wants the cardholder to authenticate first (3-D Secure). */
  | { readonly outcome: 'challenged'; readonly transaction: Transaction }
  | Unknown
  | NotSent;

export type ChargeOutcome = Approved | Declined | Unknown | NotSent;

export type ReversalOutcome =
  /** The acquirer confirms that the attempt moves no money, now or later. `hadApproved`: it had, and took it back. */
  | { readonly outcome: 'reversed'; readonly hadApproved: boolean; readonly transaction: Transaction }
  | Unknown
  | NotSent;

export type InquiryOutcome =
  | Approved
  | Declined
  | { readonly outcome: 'never-received' }
  | { readonly outcome: 'already-reversed'; readonly transaction: Transaction }
  | Unknown
  | NotSent;

/** A card as the PCI listener took it in: in the vault's memory with its CVV, for one verification. */
export type CapturedCard = { readonly reference: string; readonly summary: CardSummary };

/** Finds a card number in a text that must hold none (metadata, a reference): Luhn, length and scheme range together. */
export type CardNumberDetector = (text: string) => boolean;
