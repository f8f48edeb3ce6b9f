import { type Acknowledged, mayFollow } from './acknowledged.ts';
import type { AttemptRow, Books, EventRow, IntentRow } from './books.ts';
import { checkRefunds } from './check-refunds.ts';

/** A violation in words: which promise, and of which object. */
export type Violation = string;

const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> =>
  Map.groupBy(items, keyOf);

/** Charges that the acquirer approved and did not take back: what customers have paid. */
const paidIn = ({ ledger }: Books) => {
  const reversed = new Set(ledger.filter(({ operation }) => operation === 'reverse').map(({ attemptId }) => attemptId));
  return ledger.filter(
    ({ operation, outcome, attemptId }) => operation === 'charge' && outcome === 'approved' && !reversed.has(attemptId),
  );
};

/** Every approval is captured or reversed, both books say so, and no card pays twice. */
const checkMoney = (books: Books): readonly Violation[] => {
  const wrong: Violation[] = [];
  const attempts = new Map(books.attempts.map((attempt) => [attempt.id, attempt]));
  const paymentIntents = new Map(books.paymentIntents.map((intent) => [intent.id, intent]));
  const paid = paidIn(books);
  const paidIds = new Set(paid.map(({ attemptId }) => attemptId));
  const cardsPaid = new Map<string, string>();
  for (const { attemptId, intentId, amount } of paid) {
    const attempt = attempts.get(attemptId);
    if (attempt === undefined) {
      wrong.push(`the acquirer approved ${attemptId}, which our books do not know`);
      continue;
    }
    const before = cardsPaid.get(attempt.setupIntentId);
    if (before !== undefined) wrong.push(`the card of ${attempt.setupIntentId} paid twice: ${before} and ${attemptId}`);
    cardsPaid.set(attempt.setupIntentId, attemptId);
    if (attempt.state !== 'approved') wrong.push(`the acquirer approved ${attemptId}, our books say ${attempt.state}`);
    if (intentId !== attempt.paymentIntentId)
      wrong.push(`${attemptId} paid ${intentId} at the acquirer, not its own intent`);
    const owed = paymentIntents.get(attempt.paymentIntentId)?.amountMinor;
    if (amount?.amountMinor !== attempt.amountMinor || owed !== attempt.amountMinor)
      wrong.push(`${attemptId} paid ${String(amount?.amountMinor)} of ${String(owed)}`);
  }
  for (const { attemptId, operation } of books.ledger)
    if (operation === 'charge' && !attempts.has(attemptId))
      wrong.push(`the acquirer received ${attemptId}, our books did not send it`);
  for (const { id, state } of books.attempts)
    if (state === 'approved' && !paidIds.has(id))
      wrong.push(`our books say that ${id} is approved, the acquirer does not`);
  return wrong;
};

/** The rows that a charge moves together have moved together. */
const checkTogether = ({ attempts, paymentIntents, setupIntents }: Books): readonly Violation[] => {
  const approved = attempts.filter(({ state }) => state === 'approved');
  const differ = (
    name: string,
    intents: readonly IntentRow[],
    statuses: readonly string[],
    idOf: (attempt: AttemptRow) => string,
  ) => {
    const status = statuses.join(' or ');
    const moved = new Set(intents.filter((intent) => statuses.includes(intent.status)).map(({ id }) => id));
    const charged = new Set(approved.map(idOf));
    return [
      ...[...moved].filter((id) => !charged.has(id)).map((id) => `${name} ${id} is ${status} without an approval`),
      ...[...charged].filter((id) => !moved.has(id)).map((id) => `${name} ${id} has an approval and is not ${status}`),
    ];
  };
  return [
    ...differ('payment intent', paymentIntents, ['Captured', 'Refunded'], ({ paymentIntentId }) => paymentIntentId),
    ...differ('setup intent', setupIntents, ['Completed'], ({ setupIntentId }) => setupIntentId),
  ];
};

/** Nothing is left half done. */
const checkSettled = (books: Books): readonly Violation[] => [
  ...books.attempts
    .filter(({ state }) => state === 'pending' || state === 'unknown')
    .map(({ id, state }) => `attempt ${id} is still ${state}`),
  ...[...books.setupIntents, ...books.paymentIntents]
    .filter(({ liveAttemptId }) => liveAttemptId !== null)
    .map(({ id, liveAttemptId }) => `${id} is still held by ${liveAttemptId}`),
  ...books.openAnswers.map((key) => `the idempotency key ${key} is taken and has no answer`),
];

/** A card is kept as long as an intent can charge it, and no longer. */
const checkCards = ({ setupIntents, cards }: Books): readonly Violation[] => {
  const needed = new Map(
    setupIntents.flatMap(({ id, cardReference }) => (cardReference === null ? [] : [[cardReference, id]])),
  );
  const kept = new Set(cards);
  return [
    ...cards
      .filter((reference) => !needed.has(reference))
      .map((reference) => `card ${reference} is kept for no intent`),
    ...[...needed].filter(([reference]) => !kept.has(reference)).map(([, id]) => `the card of ${id} is lost`),
    ...setupIntents
      .filter(({ status, cardReference }) => (status === 'Authorized') !== (cardReference !== null))
      .map(
        ({ id, status, cardReference }) => `${id} is ${status} ${cardReference === null ? 'without' : 'with'} a card`,
      ),
  ];
};

/** One event per step, in order, the last of which says where the intent stands. */
const checkEvents = ({ setupIntents, paymentIntents, events }: Books): readonly Violation[] => {
  const byIntent = groupBy(events, ({ intentId }) => intentId);
  const intents = [...setupIntents, ...paymentIntents];
  const known = new Set(intents.map(({ id }) => id));
  const wrong = intents.flatMap(({ id, status, eventCount }) => {
    const own: readonly EventRow[] = byIntent.get(id) ?? [];
    const inOrder = own.length === eventCount && own.every(({ sequence }, index) => sequence === index + 1);
    if (!inOrder)
      return [`the events of ${id} are not 1 to ${eventCount}: ${own.map(({ sequence }) => sequence).join(', ')}`];
    const last = own.at(-1);
    return last?.status === status ? [] : [`${id} is ${status}, its last event says ${String(last?.status)}`];
  });
  return [
    ...wrong,
    ...[...byIntent.keys()].filter((id) => !known.has(id)).map((id) => `events of ${id}, which is lost`),
  ];
};

/** Nothing that was answered is lost, and nobody was told what did not happen. */
const checkAnswered = (
  { setupIntents, paymentIntents, attempts }: Books,
  acknowledged: Acknowledged,
): readonly Violation[] => {
  const intents = new Map([...setupIntents, ...paymentIntents].map((intent) => [intent.id, intent]));
  const attemptsOf = groupBy(attempts, ({ paymentIntentId }) => paymentIntentId);
  const wrong: Violation[] = [];
  for (const [id, status] of acknowledged.statuses) {
    const now = intents.get(id)?.status;
    if (now === undefined) wrong.push(`${id} was answered as ${status} and is lost`);
    else if (!mayFollow(now, status)) wrong.push(`${id} was answered as ${status} and is ${now}`);
  }
  for (const [id, told] of acknowledged.told) {
    const states = (attemptsOf.get(id) ?? []).map(({ state }) => state);
    const count = (...wanted: readonly string[]): number => states.filter((state) => wanted.includes(state)).length;
    if (told.Successful > 0 && count('approved') !== 1) wrong.push(`${id} was told Successful and was not charged`);
    if (told.Declined > count('declined')) wrong.push(`${id} was told Declined more often than it was declined`);
    if (told.Failed > count('reversed', 'failed', 'unknown')) wrong.push(`${id} was told Failed and was charged`);
  }
  const references = [...intents.values()]
    .map(({ reference }) => reference)
    .filter((each) => acknowledged.orderedOnce.has(each));
  for (const [reference, same] of groupBy(references, (each) => each))
    if (same.length > 1) wrong.push(`“${reference}” was ordered once under a key and exists ${same.length} times`);
  return [...acknowledged.wrong, ...wrong];
};

/** Holds the books against the acquirer's, against each other and against what callers were told. Empty: all agree. */
export const checkBooks = (books: Books, acknowledged: Acknowledged): readonly Violation[] =>
  books.damage.length > 0
    ? books.damage
    : [
        ...checkMoney(books),
        ...checkRefunds(books, acknowledged),
        ...checkTogether(books),
        ...checkSettled(books),
        ...checkCards(books),
        ...checkEvents(books),
        ...checkAnswered(books, acknowledged),
      ];
