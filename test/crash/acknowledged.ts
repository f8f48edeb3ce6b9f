import type { Reply } from '../journeys/open-client.ts';

/** How far along its way a status is: nothing that was answered may be found further back. */
const ranks: Readonly<Record<string, number>> = {
  Created: 0,
  Authorized: 1,
  Captured: 2,
  Completed: 2,
  Closed: 2,
  Canceled: 2,
  Expired: 2,
  CardExpired: 2,
  Refunded: 3,
};

/** @returns -1 for what is no status */
export const rankOf = (status: string): number => ranks[status] ?? -1;

/** Whether an object that was answered in one status may be found in the other. Only what was captured goes on from its end. */
export const mayFollow = (later: string, told: string): boolean => {
  if (rankOf(told) < 2) return rankOf(later) >= rankOf(told);
  return later === told || (told === 'Captured' && later === 'Refunded');
};

/** How often one payment intent's callers were told each outcome. */
export type ToldOutcomes = { Successful: number; Declined: number; Failed: number };

/** A call under an idempotency key, as it was first answered. */
export type KeyedCall = {
  readonly path: string;
  readonly key: string;
  readonly body?: object;
  readonly status: number;
  readonly text: string;
};

/** What the caller of a refund was told in the end. */
export type ToldRefund = {
  readonly paymentIntentId: string;
  readonly amountMinor: number;
  /** Of a refund that was made; null: it was declined. */
  readonly refundId: string | null;
};

/** What the callers know, kept apart from the server: the book that its own books must live up to. */
export type Acknowledged = {
  /** By id, the furthest status that anyone was told. */
  readonly statuses: ReadonlyMap<string, string>;
  readonly told: ReadonlyMap<string, ToldOutcomes>;
  /** By the reason that the caller gave, which no two calls share. */
  readonly refunds: ReadonlyMap<string, ToldRefund>;
  readonly keyed: readonly KeyedCall[];
  /** References of objects that were ordered under an idempotency key, answered or not: each exists once at most. */
  readonly orderedOnce: ReadonlySet<string>;
  /** What was wrong at sight, such as a status that had gone back. */
  readonly wrong: readonly string[];
  noteStatus(id: string, status: string): void;
  noteTold(paymentIntentId: string, outcome: string): void;
  noteRefund(reason: string, told: ToldRefund): void;
  noteKeyed(path: string, key: string, reply: Reply, body?: object): void;
  noteOrder(reference: string): void;
  noteWrong(what: string): void;
};

/** A book in which nothing is written yet. */
export const openAcknowledged = (): Acknowledged => {
  const statuses = new Map<string, string>();
  const told = new Map<string, ToldOutcomes>();
  const refunds = new Map<string, ToldRefund>();
  const keyed: KeyedCall[] = [];
  const orderedOnce = new Set<string>();
  const wrong: string[] = [];
  return {
    statuses,
    told,
    refunds,
    keyed,
    orderedOnce,
    wrong,
    noteStatus(id, status) {
      const known = statuses.get(id);
      if (rankOf(status) < 0) wrong.push(`${id} was answered as ${status}, which is no status`);
      else if (known === undefined || rankOf(status) > rankOf(known)) statuses.set(id, status);
      else if (rankOf(status) === rankOf(known) && status !== known)
        wrong.push(`${id} was ${known} and then ${status}`);
    },
    noteTold(paymentIntentId, outcome) {
      const counts = told.get(paymentIntentId) ?? { Successful: 0, Declined: 0, Failed: 0 };
      told.set(paymentIntentId, counts);
      if (outcome === 'Successful' || outcome === 'Declined' || outcome === 'Failed') counts[outcome] += 1;
      else wrong.push(`a charge of ${paymentIntentId} was answered ${outcome}`);
    },
    noteRefund(reason, toldRefund) {
      refunds.set(reason, toldRefund);
    },
    noteKeyed(path, key, { status, text }, body) {
      keyed.push({ path, key, status, text, ...(body === undefined ? {} : { body }) });
    },
    noteOrder(reference) {
      orderedOnce.add(reference);
    },
    noteWrong(what) {
      wrong.push(what);
    },
  };
};
