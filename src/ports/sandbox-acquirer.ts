import type { Money } from '../domain/money.ts';

/** The messages that an acquirer receives. */
export const scriptedOperations = ['verify', 'charge', 'reverse', 'refund', 'inquire'] as const;
export type ScriptedOperation = (typeof scriptedOperations)[number];

/**
 * What can happen to a message, once in a hundred thousand in real life and on demand in a sandbox.
 * - `approve`, `decline`: the answer, whatever the card would have got.
 * - `delay`: acted on at once, answered `ms` later.
 * - `timeout-before`: lost on its way; nothing is acted on and nothing answered.
 * - `timeout-after`: acted on; the answer is lost.
 * - `disconnect`: the connection breaks before the acquirer acts, and the sender notices at once.
 * - `garbage`: acted on; the answer cannot be read.
 * - `answer-twice`: the network repeats the message.
 * - `answer-late`: acted on and answered `ms` after the sender gave up, unless it was reversed in the meantime.
 */
export const scriptedActions = [
  'approve',
  'decline',
  'delay',
  'timeout-before',
  'timeout-after',
  'disconnect',
  'answer-twice',
  'answer-late',
  'garbage',
] as const;
export type ScriptedAction = (typeof scriptedActions)[number];

/** One rule. Absent parts of `when` match everything; the first rule that fires decides. */
export type AcquirerRule = {
  readonly when: {
    readonly operation?: ScriptedOperation;
    /** One to four digits: the last four are all that may be known of a card here. */
    readonly cardNumberEndsWith?: string;
    /** Minor units. */
    readonly amount?: number;
    /** The merchant's reference, exactly. */
    readonly reference?: string;
    /** Only the nth message that the rest of `when` matches, from 1. */
    readonly call?: number;
  };
  readonly then: {
    readonly action: ScriptedAction;
    /** ISO 8583 field 39; `00` approves. */
    readonly responseCode?: string;
    readonly ms?: number;
  };
  /** How likely it fires on a message that it matches, 0 to 1; drawn from the seed, so that a run can be repeated. */
  readonly probability?: number;
  /** How often it fires at most. */
  readonly times?: number;
};

export type AcquirerScript = { readonly seed: number; readonly rules: readonly AcquirerRule[] };

export const emptyScript: AcquirerScript = { seed: 0, rules: [] };

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
