import { hash } from 'node:crypto';
import type { Transaction } from '../../../src/domain/transaction.ts';
import type { ChargeOutcome, InquiryOutcome, ReversalOutcome } from '../../../src/ports/card-processor.ts';
import type {
  Acquirer,
  ChargeMessage,
  InquireMessage,
  RefundMessage,
  ReverseMessage,
  VerifyAnswer,
  VerifyMessage,
} from '../acquirer.ts';
import type { ChooseBehaviour } from './behaviour.ts';
import { behaviourByTestCard } from './behaviour.ts';
import type { Ledger, LedgerEntry, LedgerOperation } from './ledger.ts';
import { openLedger } from './ledger.ts';
import type { Behaviour } from './test-cards.ts';

export type Simulator = Acquirer & {
  /** What the acquirer received of this account and did, oldest first. */
  ledger(accountId: string): readonly LedgerEntry[];
};

export type SimulatorOptions = {
  /** A file of its own; made if it is not there. */
  readonly ledgerPath: string;
  readonly chooseBehaviour?: ChooseBehaviour;
};

const approvedCode = '00';
/** ISO 8583 field 39: invalid transaction; for a charge that comes after its reversal, or a refund of nothing. */
const invalidTransactionCode = '12';
/** ISO 8583 field 39: invalid amount; for a refund of more than was charged. */
const invalidAmountCode = '13';

/** ISO 8583 field 39: unable to locate the record. */
const notFoundCode = '25';

/** Made of the message's own id, so that a run repeats to the letter: a UUID of version 8 (RFC 9562) and six digits. */
const transactionOf = (entry: Pick<LedgerEntry, 'operation' | 'attemptId' | 'at' | 'responseCode'>): Transaction => {
  const hex = hash('sha256', `${entry.operation}/${entry.attemptId}`, 'hex');
  const transactionId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(12, 15)}-a${hex.slice(15, 18)}-${hex.slice(18, 30)}`;
  const approved = entry.responseCode === approvedCode;
  const sixDigits = String(Number.parseInt(hex.slice(30, 38), 16) % 1_000_000).padStart(6, '0');
  return {
    transactionId,
    at: entry.at,
    responseCode: entry.responseCode,
    authCode: approved && (entry.operation === 'verify' || entry.operation === 'charge') ? sixDigits : null,
    avsResult: approved && entry.operation === 'verify' ? 'ADDRESS_MATCH_POSTCODE_MATCH' : null,
  };
};

/** The answer that never comes; nothing refers to it, so it is collected with whoever waits. */
const silence = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** Lets a message travel as its behaviour says. `receive` is the acquirer acting on it. */
const deliver = <T>(delivery: Behaviour['delivery'], receive: () => T): Promise<T> => {
  if (delivery === 'lost-before') return silence();
  const answer = receive();
  if (delivery === 'lost-after') return silence();
  if (delivery === 'twice') receive();
  return Promise.resolve(answer);
};

type Received = Omit<LedgerEntry, 'timesReceived' | 'outcome' | 'responseCode'>;

const receivedOf = (operation: LedgerOperation, message: ReverseMessage | InquireMessage): Received => ({
  accountId: message.accountId,
  attemptId: message.attemptId,
  operation,
  at: message.now,
  intentId: message.paymentIntentId,
  refundedAttemptId: null,
  amount: message.amount,
  cardLast4: null,
});

type Decision = Pick<LedgerEntry, 'outcome' | 'responseCode'>;

/** Books a message once: the first decision stands, however often the message comes. */
const bookOnce = (ledger: Ledger, entry: Received & Decision): Received & Decision => {
  const { accountId, attemptId, operation } = entry;
  if (ledger.add(entry)) return entry;
  const first = ledger.find(accountId, attemptId, operation);
  if (first === undefined) throw new Error('A message is booked and cannot be found.');
  ledger.addRepeat(accountId, attemptId, operation, first.outcome);
  return first;
};

const decisionOf = (answer: Behaviour['answer']): Decision => ({
  outcome: answer.outcome,
  responseCode: answer.outcome === 'approved' ? approvedCode : answer.responseCode,
});

const receiveVerify = (ledger: Ledger, message: VerifyMessage, answer: Behaviour['answer']): VerifyAnswer => {
  const entry = bookOnce(ledger, {
    accountId: message.accountId,
    attemptId: message.attemptId,
    operation: 'verify',
    at: message.now,
    intentId: message.setupIntentId,
    refundedAttemptId: null,
    amount: null,
    cardLast4: message.pan.last4,
    ...decisionOf(answer),
  });
  const transaction = transactionOf(entry);
  if (entry.outcome === 'approved' || entry.outcome === 'challenged') return { outcome: entry.outcome, transaction };
  return { outcome: 'declined', transaction };
};

const receiveCharge = (ledger: Ledger, message: ChargeMessage, answer: Behaviour['answer']): ChargeOutcome => {
  const isReversed = ledger.find(message.accountId, message.attemptId, 'reverse') !== undefined;
  const decision: Decision = isReversed
    ? { outcome: 'declined', responseCode: invalidTransactionCode }
    : decisionOf(answer);
  const entry = bookOnce(ledger, {
    ...receivedOf('charge', message),
    cardLast4: message.pan.last4,
    ...decision,
  });
  return { outcome: entry.outcome === 'approved' ? 'approved' : 'declined', transaction: transactionOf(entry) };
};

/** The reversal of a charge that never came stays in the book, and declines the charge should it still come. */
const receiveReverse = (ledger: Ledger, message: ReverseMessage): ReversalOutcome => {
  const entry = bookOnce(ledger, {
    ...receivedOf('reverse', message),
    outcome: 'reversed',
    responseCode: approvedCode,
  });
  const charge = ledger.find(message.accountId, message.attemptId, 'charge');
  return { outcome: 'reversed', hadApproved: charge?.outcome === 'approved', transaction: transactionOf(entry) };
};

const decideRefund = (ledger: Ledger, message: RefundMessage): Decision => {
  const { accountId, attemptId, amount } = message;
  const charge = ledger.find(accountId, attemptId, 'charge');
  const isPaid = charge?.outcome === 'approved' && ledger.find(accountId, attemptId, 'reverse') === undefined;
  if (!isPaid || charge.amount === null) return { outcome: 'declined', responseCode: invalidTransactionCode };
  const left = charge.amount.amountMinor - ledger.refundedMinor(accountId, attemptId);
  const fits = amount.currency === charge.amount.currency && amount.amountMinor > 0 && amount.amountMinor <= left;
  return fits
    ? { outcome: 'refunded', responseCode: approvedCode }
    : { outcome: 'declined', responseCode: invalidAmountCode };
};

const receiveRefund = (ledger: Ledger, message: RefundMessage): ChargeOutcome => {
  const entry = bookOnce(ledger, {
    ...receivedOf('refund', message),
    attemptId: message.refundId,
    refundedAttemptId: message.attemptId,
    ...decideRefund(ledger, message),
  });
  return { outcome: entry.outcome === 'refunded' ? 'approved' : 'declined', transaction: transactionOf(entry) };
};

/** Answers from the book, and books that it was asked. */
const receiveInquire = (ledger: Ledger, message: InquireMessage): InquiryOutcome => {
  const { accountId, attemptId } = message;
  const found = ledger.find(accountId, attemptId, 'reverse') ?? ledger.find(accountId, attemptId, 'charge');
  const outcome = found?.outcome ?? 'never-received';
  const responseCode = found?.responseCode ?? notFoundCode;
  if (!ledger.add({ ...receivedOf('inquire', message), outcome, responseCode }))
    ledger.addRepeat(accountId, attemptId, 'inquire', outcome);
  if (found === undefined) return { outcome: 'never-received' };
  const transaction = transactionOf(found);
  if (found.operation === 'reverse') return { outcome: 'already-reversed', transaction };
  return { outcome: found.outcome === 'approved' ? 'approved' : 'declined', transaction };
};

/**
 * An acquirer without a bank behind it: the same messages give the same answers, faults included, and its book is its own.
 * It keeps no more of a card than the last four digits. Throws when the ledger file cannot be used.
 */
export const openSimulator = (options: SimulatorOptions): Simulator => {
  const ledger = openLedger(options.ledgerPath);
  const choose = options.chooseBehaviour ?? behaviourByTestCard;
  return {
    sandboxOnly: true,
    verify(message) {
      const { answer, delivery } = choose({ operation: 'verify', message });
      return deliver(delivery, () => receiveVerify(ledger, message, answer));
    },
    charge(message) {
      const { answer, delivery } = choose({ operation: 'charge', message });
      return deliver(delivery, () => receiveCharge(ledger, message, answer));
    },
    reverse: (message) => Promise.resolve(receiveReverse(ledger, message)),
    refund: (message) => Promise.resolve(receiveRefund(ledger, message)),
    inquire: (message) => Promise.resolve(receiveInquire(ledger, message)),
    ledger: (accountId) => ledger.entries(accountId),
    close() {
      ledger.close();
      return Promise.resolve();
    },
  };
};
