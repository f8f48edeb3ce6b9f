import type { LedgerEntry } from '../../vault/index.ts';
import type { Acknowledged } from './acknowledged.ts';
import type { Books, RefundRow } from './books.ts';

const sumOf = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);

/** What the acquirer gave back, by refund. */
const givenIn = ({ ledger }: Books): ReadonlyMap<string, LedgerEntry> =>
  new Map(
    ledger
      .filter(({ operation, outcome }) => operation === 'refund' && outcome === 'refunded')
      .map((entry) => [entry.attemptId, entry]),
  );

/** Refund by refund, the acquirer's book and ours say the same. */
const compare = (books: Books): readonly string[] => {
  const wrong: string[] = [];
  const refunds = new Map(books.refunds.map((refund) => [refund.id, refund]));
  const given = givenIn(books);
  for (const { attemptId: id, operation } of books.ledger)
    if (operation === 'refund' && !refunds.has(id))
      wrong.push(`the acquirer received refund ${id}, our books did not send it`);
  for (const [id, { intentId, refundedAttemptId, amount }] of given) {
    const refund = refunds.get(id);
    if (refund === undefined) continue;
    if (refund.state !== 'refunded') wrong.push(`the acquirer made refund ${id}, our books say ${refund.state}`);
    if (intentId !== refund.paymentIntentId || refundedAttemptId !== refund.attemptId)
      wrong.push(`refund ${id} gave back another payment at the acquirer than in our books`);
    if (amount?.amountMinor !== refund.amountMinor)
      wrong.push(`refund ${id} gave back ${String(amount?.amountMinor)} of ${refund.amountMinor}`);
  }
  for (const { id, state } of books.refunds)
    if (state === 'refunded' && !given.has(id))
      wrong.push(`our books say that refund ${id} was made, the acquirer does not`);
  return wrong;
};

/** No customer gets back more than was paid, and the payment intents say what their refunds say. */
const checkAmounts = (books: Books): readonly string[] => {
  const made = Map.groupBy(
    books.refunds.filter(({ state }) => state === 'refunded'),
    ({ paymentIntentId }) => paymentIntentId,
  );
  const given = Map.groupBy(givenIn(books).values(), ({ intentId }) => intentId);
  return books.paymentIntents.flatMap(({ id, status, amountMinor, refundedAmountMinor, refundingAmountMinor }) => {
    const wrong: string[] = [];
    const booked = sumOf((made.get(id) ?? []).map((refund) => refund.amountMinor));
    const moved = sumOf((given.get(id) ?? []).map(({ amount }) => amount?.amountMinor ?? 0));
    if (refundedAmountMinor !== booked)
      wrong.push(`${id} says ${refundedAmountMinor}, its refunds gave back ${booked}`);
    if (moved > (amountMinor ?? 0)) wrong.push(`${moved} of ${String(amountMinor)} were given back for ${id}`);
    if (refundingAmountMinor !== 0) wrong.push(`${id} still holds ${refundingAmountMinor} for a refund`);
    if ((status === 'Refunded') !== (booked > 0 && booked === amountMinor))
      wrong.push(`${id} is ${status} with ${booked} of ${String(amountMinor)} given back`);
    return wrong;
  });
};

/** Nothing that a caller was told of is lost, and whoever asked once under a key got one refund. */
const checkTold = (books: Books, acknowledged: Acknowledged): readonly string[] => {
  const byReason = Map.groupBy(books.refunds, ({ reason }) => String(reason));
  const isMeant = (refund: RefundRow, told: { readonly paymentIntentId: string; readonly amountMinor: number }) =>
    refund.paymentIntentId === told.paymentIntentId && refund.amountMinor === told.amountMinor;
  const lost = [...acknowledged.refunds].flatMap(([reason, told]) => {
    const own = (byReason.get(reason) ?? []).filter((refund) => isMeant(refund, told));
    const isThere =
      told.refundId === null
        ? own.some(({ state }) => state === 'declined')
        : own.some(({ id, state }) => id === told.refundId && state === 'refunded');
    const outcome = told.refundId === null ? 'declined' : `made as ${told.refundId}`;
    return isThere ? [] : [`the refund “${reason}” was told to be ${outcome} and is not`];
  });
  // One that never left gives its key free again.
  const twice = [...byReason].flatMap(([reason, refunds]) => {
    const count = refunds.filter(({ state }) => state !== 'failed').length;
    return count > 1 ? [`the refund “${reason}” was asked for once under a key and exists ${count} times`] : [];
  });
  return [...lost, ...twice];
};

const checkSettled = ({ refunds }: Books): readonly string[] =>
  refunds
    .filter(({ state }) => state === 'pending' || state === 'unknown')
    .map(({ id, state }) => `refund ${id} is still ${state}`);

/** Holds the refunds in our books against the acquirer's, against their payments, and against what callers were told. */
export const checkRefunds = (books: Books, acknowledged: Acknowledged): readonly string[] => [
  ...compare(books),
  ...checkAmounts(books),
  ...checkSettled(books),
  ...checkTold(books, acknowledged),
];
