import { ok, type Result, refuse } from '../result.ts';
import type { Transaction } from '../transaction.ts';
import type { ChargeAttempt, ChargeAttemptState } from './charge-attempt.ts';

export type ChargeAttemptCommand =
  | { readonly type: 'approve'; readonly transaction: Transaction }
  | { readonly type: 'decline'; readonly transaction: Transaction }
  | { readonly type: 'lose' }
  | { readonly type: 'reverse'; readonly transaction: Transaction }
  | { readonly type: 'fail' }
  | { readonly type: 'postpone'; readonly settleAfter: number };

export type ChargeAttemptRefusal = 'attempt-settled' | 'attempt-told-failed';

type Cell = { readonly to: ChargeAttemptState } | { readonly refusal: ChargeAttemptRefusal };

/**
 * Why each exit exists:
 *
 * **pending** has a caller who waits, or who is gone. The acquirer's word settles it either way; when no word comes,
 * the caller is told `Failed` and it becomes unknown; when nothing left the vault it fails. A caller that is gone has the
 * approval adopted; when the acquirer never saw the charge, the attempt becomes unknown and is then reversed, in this order:
 * the caller may only be slow, and must not adopt an approval while the reversal is on its way.
 *
 * **unknown** has a caller who was or will be told `Failed`: whatever the acquirer did is taken back, and an approval is
 * never adopted.
 *
 * **approved, declined, reversed, failed** are final: the acquirer's book and ours agree.
 */
const settled = { refusal: 'attempt-settled' } as const;
const toldFailed = { refusal: 'attempt-told-failed' } as const;
const final = { approve: settled, decline: settled, lose: settled, reverse: settled, fail: settled, postpone: settled };

export const chargeAttemptTable: Record<ChargeAttemptState, Record<ChargeAttemptCommand['type'], Cell>> = {
  pending: {
    approve: { to: 'approved' },
    decline: { to: 'declined' },
    lose: { to: 'unknown' },
    reverse: { to: 'reversed' },
    fail: { to: 'failed' },
    postpone: { to: 'pending' },
  },
  unknown: {
    approve: toldFailed,
    decline: toldFailed,
    lose: toldFailed,
    reverse: { to: 'reversed' },
    fail: toldFailed,
    postpone: { to: 'unknown' },
  },
  approved: final,
  declined: final,
  reversed: final,
  failed: final,
};

/** Moves an attempt, or says why not. `now` is real time: the acquirer does not live by a sandbox clock. */
export const applyToChargeAttempt = (
  attempt: ChargeAttempt,
  command: ChargeAttemptCommand,
  now: number,
): Result<ChargeAttempt, ChargeAttemptRefusal> => {
  const cell = chargeAttemptTable[attempt.state][command.type];
  if ('refusal' in cell) return refuse(cell.refusal);
  const moved = { ...attempt, state: cell.to, version: attempt.version + 1 };
  switch (command.type) {
    case 'approve':
    case 'decline':
    case 'reverse':
      return ok({ ...moved, transaction: command.transaction });
    case 'lose':
      return ok({ ...moved, settleAfter: now });
    case 'postpone':
      return ok({ ...moved, settleAfter: command.settleAfter, settleTries: attempt.settleTries + 1 });
    case 'fail':
      return ok(moved);
  }
};

const settleDelayMsMax = 5 * 60 * 1000;

/**
 * How long to wait before the next try to settle, doubling from half a second to five minutes:
 * soon enough for a caller who waits to charge again, rare enough for an acquirer that is down.
 * @param settleTries how many tries were made
 */
export const settleDelayMs = (settleTries: number): number =>
  Math.min(500 * 2 ** Math.min(settleTries, 20), settleDelayMsMax);
