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
