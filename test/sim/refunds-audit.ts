import type { AcquirerBook, BookedRefund } from './acquirer.ts';
import { eventOfRefund, liveRefundStates, refundArrows } from './arrows.ts';
import type { Accuse } from './books-audit.ts';
import type { LoggedChange } from './database.ts';

export type AuditedRefund = {
  readonly id: string;
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly answerKey: string | null;
  state: string;
  version: number;
  /** How often subscribers were told that it was made. */
  told: number;
};

/** Given back, and held by refunds that are under way: as the row of a payment intent has it. */
type Amounts = { readonly given: number; readonly held: number };

/** Follows the refunds in the database, and holds them against their payment intents and against the acquirer's own book. */
export const openRefundsAudit = (
  accuse: Accuse,
  acquirer: () => AcquirerBook,
  chargedFor: (paymentId: string) => number | undefined,
) => {
  const refunds = new Map<string, AuditedRefund>();
  const amounts = new Map<string, Amounts>();

  const sum = (paymentId: string, isMeant: (refund: AuditedRefund) => boolean): number =>
    [...refunds.values()].reduce(
      (total, refund) => total + (refund.paymentId === paymentId && isMeant(refund) ? refund.amountMinor : 0),
      0,
    );

  const insert = ({ id, number, text, second, third, fourth }: LoggedChange): AuditedRefund => {
    const refund: AuditedRefund = {
      id,
      paymentId: second ?? '',
      amountMinor: Number(third),
      answerKey: fourth,
      state: text ?? '',
      version: number ?? 0,
      told: 0,
    };
    if (refund.state !== 'pending') accuse('arrow', `refund ${id} begins as ${refund.state}`);
    refunds.set(id, refund);
    return refund;
  };

  const move = (refund: AuditedRefund, change: LoggedChange): string | undefined => {
    const state = change.text ?? '';
    if (change.number !== refund.version + 1)
      accuse('lost-update', `refund ${refund.id} went from version ${refund.version} to ${String(change.number)}`);
    refund.version = change.number ?? 0;
    if (refundArrows[refund.state]?.includes(state) !== true)
      accuse('arrow', `refund ${refund.id} went from ${refund.state} to ${state}`);
    if (state === refund.state) return undefined;
    refund.state = state;
    return eventOfRefund[state];
  };

  return {
    refunds,
    /** @returns the payment intent that it belongs to, and the event that it owes to it */
    follow: (change: LoggedChange): { readonly paymentId: string; readonly owed: string | undefined } => {
      const refund = refunds.get(change.id);
      if (change.inserted) return { paymentId: insert(change).paymentId, owed: undefined };
      if (refund === undefined) {
        accuse('unknown-row', `refund ${change.id} changed and was never made`);
        return { paymentId: '', owed: undefined };
      }
      return { paymentId: refund.paymentId, owed: move(refund, change) };
    },
    /** Subscribers will be told of this refund. */
    told: (refundId: string): void => {
      const refund = refunds.get(refundId);
      if (refund === undefined) return accuse('refund-without-record', `${refundId} is told of and was never made`);
      refund.told++;
    },
    amountsOf: (paymentId: string, given: number, held: number): void => void amounts.set(paymentId, { given, held }),
    /** After a commit: the row of the payment intent says what its refunds say. */
    settle: (paymentId: string, status: string): void => {
      const { given, held } = amounts.get(paymentId) ?? { given: 0, held: 0 };
      const madeOf = sum(paymentId, ({ state }) => state === 'refunded');
      const heldBy = sum(paymentId, ({ state }) => liveRefundStates.includes(state));
      if (given !== madeOf) accuse('refund-books', `${paymentId} says that ${given} was given back; it was ${madeOf}`);
      if (held !== heldBy) accuse('refund-books', `${paymentId} says that ${held} is held; it is ${heldBy}`);
      const charged = chargedFor(paymentId) ?? 0;
      if (given + held > charged)
        accuse('refunded-too-much', `${given} given back and ${held} held of ${charged} charged for ${paymentId}`);
      if ((status === 'Refunded') !== (given > 0 && given === charged))
        accuse('refund-books', `${paymentId} is ${status} with ${given} of ${charged} given back`);
      for (const { id, state, told, paymentId: of } of refunds.values())
        if (of === paymentId && told !== (state === 'refunded' ? 1 : 0))
          accuse('refund-told', `refund ${id} is ${state} and was told of ${told} times`);
    },
    /** Both books, side by side. */
    compare: (): void => {
      const { refunds: booked } = acquirer();
      const given = new Map<string, number>();
      for (const { refundId, paymentIntentId, approved, amountMinor } of booked.values()) {
        const refund = refunds.get(refundId);
        if (refund === undefined) {
          accuse('refund-without-record', `the acquirer holds ${refundId}, which the database does not know`);
          continue;
        }
        if (!approved) continue;
        if (refund.state === 'declined' || refund.state === 'failed')
          accuse('refund-lost', `the acquirer made refund ${refundId}, which the database calls ${refund.state}`);
        const total = (given.get(paymentIntentId) ?? 0) + amountMinor;
        given.set(paymentIntentId, total);
        if (total > (chargedFor(paymentIntentId) ?? 0))
          accuse('refunded-too-much', `the acquirer gave ${total} back for ${paymentIntentId}`);
      }
      for (const { id, state } of refunds.values())
        if (state === 'refunded' && booked.get(id)?.approved !== true)
          accuse('refund-lost', `refund ${id} is made here and not at the acquirer`);
    },
    /** A refund leaves: it must be durable, and be for what was asked. */
    leaving: ({ refundId, amountMinor, paymentIntentId }: Omit<BookedRefund, 'approved' | 'responseCode'>): void => {
      const refund = refunds.get(refundId);
      if (refund === undefined)
        return accuse('refund-without-record', `${refundId} leaves before its refund is durable`);
      if (refund.amountMinor !== amountMinor || refund.paymentId !== paymentIntentId)
        accuse('wrong-refund', `${refundId} leaves with another amount or for another payment intent`);
    },
    lookAtTheEnd: (): void => {
      for (const { id, state } of refunds.values())
        if (liveRefundStates.includes(state)) accuse('never-settled', `refund ${id} is still ${state}`);
    },
  };
};
