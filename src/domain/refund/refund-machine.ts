import { ok, type Result, refuse } from '../result.ts';
import type { Transaction } from '../transaction.ts';
import type { Refund, RefundState } from './refund.ts';

export type RefundCommand =
  | { readonly type: 'approve'; readonly transaction: Transaction }
  | { readonly type: 'decline'; readonly transaction: Transaction }
  | { readonly type: 'lose' }
  | { readonly type: 'fail' }
  | { readonly type: 'postpone'; readonly settleAfter: number };

export type RefundRefusal = 'refund-settled' | 'refund-may-have-left' | 'refund-not-asked-for';

type Cell = { readonly to: RefundState } | { readonly refusal: RefundRefusal };

/**
 * Why each exit exists:
 *
 * **pending** has a caller who sends it and waits, or who is gone. The acquirer's word settles it; when no word comes it becomes
 * unknown; when nothing left the vault it fails, and the money can be refunded anew. A worker never sends it as it is: it
 * makes it unknown first, durably, so that a caller who was only slow can no longer write down that nothing was sent.
 *
 * **unknown** is settled by the acquirer's word and by nothing else, for the money may be on its way. The same message is sent
 * until it is answered; its amount stays reserved as long. Unlike a charge it is not taken back: the caller was told that it
 * is being settled, and giving back is what was wanted.
 *
 * **refunded, declined, failed** are final: the acquirer's book and ours agree.
 */
const settled = { refusal: 'refund-settled' } as const;
const final = { approve: settled, decline: settled, lose: settled, fail: settled, postpone: settled };

export const refundTable: Record<RefundState, Record<RefundCommand['type'], Cell>> = {
  pending: {
    approve: { to: 'refunded' },
    decline: { to: 'declined' },
    lose: { to: 'unknown' },
    fail: { to: 'failed' },
    postpone: { refusal: 'refund-not-asked-for' },
  },
  unknown: {
    approve: { to: 'refunded' },
    decline: { to: 'declined' },
    lose: { refusal: 'refund-may-have-left' },
    fail: { refusal: 'refund-may-have-left' },
    postpone: { to: 'unknown' },
  },
  refunded: final,
  declined: final,
  failed: final,
};

/** Whether its amount is still reserved. */
export const isRefundLive = (state: RefundState): boolean => state === 'pending' || state === 'unknown';

/** Moves a refund, or says why not. `now` is real time: the acquirer does not live by a sandbox clock. */
export const applyToRefund = (refund: Refund, command: RefundCommand, now: number): Result<Refund, RefundRefusal> => {
  const cell = refundTable[refund.state][command.type];
  if ('refusal' in cell) return refuse(cell.refusal);
  const moved = { ...refund, state: cell.to, version: refund.version + 1 };
  switch (command.type) {
    case 'approve':
    case 'decline':
      return ok({ ...moved, transaction: command.transaction });
    case 'lose':
      return ok({ ...moved, settleAfter: now });
    case 'postpone':
      return ok({ ...moved, settleAfter: command.settleAfter, settleTries: refund.settleTries + 1 });
    case 'fail':
      return ok(moved);
  }
};
