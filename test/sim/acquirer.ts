import type { Acquirer } from '../../vault/index.ts';
import type { Fate } from './step.ts';
import type { Life, Turns } from './turns.ts';

type Answers = {
  verify: Awaited<ReturnType<Acquirer['verify']>>;
  charge: Awaited<ReturnType<Acquirer['charge']>>;
  reverse: Awaited<ReturnType<Acquirer['reverse']>>;
  inquire: Awaited<ReturnType<Acquirer['inquire']>>;
  refund: Awaited<ReturnType<Acquirer['refund']>>;
};
export type MessageOperation = keyof Answers;

/** A charge as the acquirer booked it. */
export type BookedCharge = {
  readonly attemptId: string;
  readonly paymentIntentId: string;
  readonly cardNumber: string;
  readonly amountMinor: number;
  readonly approved: boolean;
  readonly responseCode: string;
};

/** A refund as the acquirer booked it. */
export type BookedRefund = {
  readonly refundId: string;
  readonly attemptId: string;
  readonly paymentIntentId: string;
  readonly amountMinor: number;
  readonly approved: boolean;
  readonly responseCode: string;
};

/** The acquirer's own book: it shares nothing with the product. */
export type AcquirerBook = {
  readonly charges: Map<string, BookedCharge>;
  readonly reversals: Set<string>;
  readonly refunds: Map<string, BookedRefund>;
};

export const isMoneyTaken = (book: AcquirerBook, charge: BookedCharge): boolean =>
  charge.approved && !book.reversals.has(charge.attemptId);

/** What goes over the wire: the message as it was when it left, whatever the sender does to it later. */
type Wire =
  | { readonly operation: 'verify'; readonly attemptId: string }
  | ({ readonly operation: 'charge' } & Omit<BookedCharge, 'approved' | 'responseCode'>)
  | ({ readonly operation: 'refund' } & Omit<BookedRefund, 'approved' | 'responseCode'>)
  | { readonly operation: 'reverse' | 'inquire'; readonly attemptId: string };

export type ObserveAcquirer = {
  /** A charge leaves the vault. */
  leaving(charge: Omit<BookedCharge, 'approved' | 'responseCode'>): void;
  /** A refund leaves the vault. */
  refunding(refund: Omit<BookedRefund, 'approved' | 'responseCode'>): void;
  /** The book changed. */
  acted(attemptId: string): void;
};

/** How late a late answer is: beyond the sender's patience. */
const lateMs = 2_500;
const reversedFirstCode = '12';

/** What the acquirer knows a message by. */
const idIn = (wire: Wire): string => ('refundId' in wire ? wire.refundId : wire.attemptId);

const transactionOf = (wire: Wire, responseCode: string, at: number) => ({
  transactionId: `${wire.operation}-${idIn(wire)}`,
  at,
  responseCode,
  authCode: responseCode === '00' ? '123456' : null,
  avsResult: null,
});

/** An acquirer that misbehaves in every way in which a message and its answer can go wrong. Its book is never wrong. */
export const openAcquirer = (turns: Turns, now: () => number, observe: ObserveAcquirer) => {
  const book: AcquirerBook = { charges: new Map(), reversals: new Set(), refunds: new Map() };

  const receiveCharge = (wire: Extract<Wire, { operation: 'charge' }>, responseCode: string): Answers['charge'] => {
    const { attemptId } = wire;
    const code = book.reversals.has(attemptId) ? reversedFirstCode : responseCode;
    const { operation: _, ...charge } = wire;
    const booked = book.charges.get(attemptId) ?? { ...charge, approved: code === '00', responseCode: code };
    book.charges.set(attemptId, booked);
    observe.acted(attemptId);
    const outcome = booked.approved ? 'approved' : 'declined';
    return { outcome, transaction: transactionOf(wire, booked.responseCode, now()) };
  };

  /** It gives back what it is asked for, without a look at what was charged: not to ask for too much is the product's part. */
  const receiveRefund = (wire: Extract<Wire, { operation: 'refund' }>, responseCode: string): Answers['refund'] => {
    const { operation: _, ...refund } = wire;
    const charge = book.charges.get(wire.attemptId);
    const code = charge !== undefined && isMoneyTaken(book, charge) ? responseCode : reversedFirstCode;
    const booked = book.refunds.get(wire.refundId) ?? { ...refund, approved: code === '00', responseCode: code };
    book.refunds.set(wire.refundId, booked);
    observe.acted(wire.refundId);
    const outcome = booked.approved ? 'approved' : 'declined';
    return { outcome, transaction: transactionOf(wire, booked.responseCode, now()) };
  };

  const receive = (wire: Wire, responseCode: string): Answers[MessageOperation] => {
    switch (wire.operation) {
      case 'verify': {
        const outcome = responseCode === '00' ? 'approved' : responseCode === '1A' ? 'challenged' : 'declined';
        return { outcome, transaction: transactionOf(wire, responseCode, now()) };
      }
      case 'charge':
        return receiveCharge(wire, responseCode);
      case 'refund':
        return receiveRefund(wire, responseCode);
      case 'reverse': {
        book.reversals.add(wire.attemptId);
        observe.acted(wire.attemptId);
        const hadApproved = book.charges.get(wire.attemptId)?.approved === true;
        return { outcome: 'reversed', hadApproved, transaction: transactionOf(wire, '00', now()) };
      }
      case 'inquire': {
        if (book.reversals.has(wire.attemptId))
          return { outcome: 'already-reversed', transaction: transactionOf(wire, '00', now()) };
        const charge = book.charges.get(wire.attemptId);
        if (charge === undefined) return { outcome: 'never-received' };
        const transaction = transactionOf(wire, charge.responseCode, now());
        return { outcome: charge.approved ? 'approved' : 'declined', transaction };
      }
    }
  };

  /** The answer that the sender gets, if any: `act` is the acquirer acting on the message. */
  const travel = <T>(fate: Fate, act: () => T, answer: (given: T | Useless, delayMs?: number) => void): void => {
    const journey = fate.type === 'message' ? fate.journey : 'once';
    switch (journey) {
      case 'once':
        return answer(act());
      case 'twice':
        answer(act());
        return answer(act());
      case 'answer-late':
        return answer(act(), lateMs);
      case 'lost-before':
        return;
      case 'lost-after':
        act();
        return;
      case 'disconnect-before':
        return answer(disconnected);
      case 'disconnect-after':
        act();
        return answer(disconnected);
      case 'garbage-before':
        return answer(garbled);
      case 'garbage-after':
        act();
        return answer(garbled);
    }
  };

  const send = <T extends Answers[MessageOperation]>(life: Life, wire: Wire): Promise<T> =>
    new Promise((resolve) => {
      turns.add({
        kind: 'message',
        life: null,
        what: () => `${wire.operation} ${idIn(wire)} reaches the acquirer`,
        run: (fate) => {
          const responseCode = fate.type === 'message' ? fate.responseCode : '00';
          travel(
            fate,
            () => receive(wire, responseCode) as T,
            (given, delayMs = 0) =>
              void turns.add({
                kind: 'answer',
                life,
                dueAt: now() + delayMs,
                what: () => `${wire.operation} ${idIn(wire)} is answered: ${given.outcome}`,
                run: () => resolve(given as T),
              }),
          );
        },
      });
    });

  /** The acquirer as one process reaches it. */
  const reachedBy = (life: Life): Acquirer => ({
    sandboxOnly: true,
    verify: ({ attemptId }) => send(life, { operation: 'verify', attemptId }),
    charge: ({ attemptId, paymentIntentId, amount, pan }) => {
      const charge = { attemptId, paymentIntentId, amountMinor: amount.amountMinor, cardNumber: pan.reveal() };
      observe.leaving(charge);
      return send(life, { operation: 'charge', ...charge });
    },
    reverse: ({ attemptId }) => send(life, { operation: 'reverse', attemptId }),
    inquire: ({ attemptId }) => send(life, { operation: 'inquire', attemptId }),
    refund: ({ refundId, attemptId, paymentIntentId, amount }) => {
      const refund = { refundId, attemptId, paymentIntentId, amountMinor: amount.amountMinor };
      observe.refunding(refund);
      return send(life, { operation: 'refund', ...refund });
    },
    close: () => Promise.resolve(),
  });

  return { book, reachedBy };
};

type Useless = { readonly outcome: 'unknown'; readonly reason: 'disconnected' | 'garbled' };
const disconnected: Useless = { outcome: 'unknown', reason: 'disconnected' };
const garbled: Useless = { outcome: 'unknown', reason: 'garbled' };
