import type { AcquirerScript, ScriptedOperation } from '../domain/acquirer-script.ts';
import type { Money } from '../domain/money.ts';

/** A message that moved money or might have, as the acquirer booked it. Inquiries move none and are left out. */
export type SandboxLedgerEntry = {
  /** Rises with every entry of the book, of all accounts. */
  readonly sequence: number;
  /** The account's time, milliseconds since 1970. */
  readonly at: number;
  readonly attemptId: string;
  readonly operation: Exclude<ScriptedOperation, 'inquire'>;
  /** The setup intent of a verification, the payment intent of all else. */
  readonly intentId: string;
  readonly amount: Money | null;
  readonly cardLast4: string | null;
  readonly outcome: 'approved' | 'declined' | 'reversed' | 'refunded';
  readonly responseCode: string;
};

/** The simulator's controls, one set per account. There is no such thing behind a real one. */
export type SandboxAcquirer = {
  script(accountId: string): Promise<AcquirerScript>;
  /** Replaces the rules and forgets what the former ones have counted. */
  setScript(accountId: string, script: AcquirerScript): Promise<void>;
  /** Oldest first. @param after the sequence of the last entry that the caller has, 0 for none */
  ledger(
    accountId: string,
    page: { readonly after: number; readonly limit: number },
  ): Promise<readonly SandboxLedgerEntry[]>;
  /** Forgets the account: its rules and its part of the book. */
  reset(accountId: string): Promise<void>;
};
