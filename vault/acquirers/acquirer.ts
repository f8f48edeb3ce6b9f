import type { Money } from '../../src/domain/money.ts';
import type {
  AttemptRequest,
  ChargeOutcome,
  InquiryOutcome,
  RefundRequest,
  ReversalOutcome,
  VerifyOutcome,
} from '../../src/ports/card-processor.ts';
import type { Cvv } from '../card/cvv.ts';
import type { Expiry } from '../card/expiry.ts';
import type { Pan } from '../card/pan.ts';

/** Whose terminal asks, and when in that account's time (a sandbox account's clock may run ahead). */
type OnBehalfOf = { readonly accountId: string; readonly now: number };

/** Is the card good? Moves no money. The CVV may be read until the answer and not after it. */
export type VerifyMessage = OnBehalfOf & {
  readonly attemptId: string;
  readonly setupIntentId: string;
  readonly pan: Pan;
  readonly cvv: Cvv;
  readonly expiry: Expiry;
  readonly cardholderName: string | null;
  readonly merchantReference: string;
};

/** Take the money, on the cardholder's earlier consent. */
export type ChargeMessage = OnBehalfOf & {
  readonly attemptId: string;
  readonly paymentIntentId: string;
  readonly pan: Pan;
  readonly expiry: Expiry;
  readonly amount: Money;
  readonly merchantReference: string;
};

export type ReverseMessage = AttemptRequest;
export type RefundMessage = RefundRequest;
export type InquireMessage = AttemptRequest;

/** As the processor's outcome, without the kept card: keeping it is the vault's part. */
export type VerifyAnswer =
  | Exclude<VerifyOutcome, { outcome: 'approved' }>
  | Extract<ChargeOutcome, { outcome: 'approved' }>;

/**
 * One acquirer. Each method sends one message and turns the answer into data: it neither retries nor keeps time,
 * the vault does (`withinTimeLimit`). `not-sent` is only for a message that never left; when in doubt it is `unknown`.
 * Messages about an attempt are recognised by its id: the same one twice moves money once.
 */
export type Acquirer = {
  /** Moves no real money and says so: it is refused where real cards are. */
  readonly sandboxOnly: boolean;
  verify(message: VerifyMessage): Promise<VerifyAnswer>;
  charge(message: ChargeMessage): Promise<ChargeOutcome>;
  reverse(message: ReverseMessage): Promise<ReversalOutcome>;
  refund(message: RefundMessage): Promise<ChargeOutcome>;
  inquire(message: InquireMessage): Promise<InquiryOutcome>;
  close(): Promise<void>;
};
