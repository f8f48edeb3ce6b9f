import { hash } from 'node:crypto';
import type { ScriptedOperation } from '../../../src/domain/acquirer-script.ts';
import type { Transaction } from '../../../src/domain/transaction.ts';
import type { ChargeOutcome, InquiryOutcome, ReversalOutcome } from '../../../src/ports/card-processor.ts';
import type { Timers } from '../../../src/ports/clock.ts';
import type { SandboxAcquirer } from '../../../src/ports/sandbox-acquirer.ts';
import type {
  Acquirer,
  ChargeMessage,
  InquireMessage,
  RefundMessage,
  ReverseMessage,
  VerifyAnswer,
  VerifyMessage,
} from '../acquirer.ts';
import type { CardMessage } from './behaviour.ts';
import { behaviourByTestCard } from './behaviour.ts';
import type { Ledger, LedgerEntry, LedgerOperation } from './ledger.ts';
import { invalidTransactionCode, openLedger } from './ledger.ts';
import { openNetwork } from './network.ts';
import { openSandboxAcquirer } from './sandbox-acquirer.ts';
import { scriptedBehaviour } from './scripted-behaviour.ts';
import { openScripts } from './scripts.ts';
import { openSimulatorFile } from './simulator-file.ts';
import type { Behaviour } from './test-cards.ts';
import { approves } from './test-cards.ts';

export type Simulator = Acquirer & {
  /** What the acquirer received of this account and did, oldest first. */
  ledger(accountId: string): readonly LedgerEntry[];
  /** Its rules and its book, for those who test against it. */
  readonly sandbox: SandboxAcquirer;
};

export type SimulatorOptions = {
  /** A file of its own; made if it is not there. */
  readonly ledgerPath: string;
  /** For answers that are held up. Without it they come at once. */
  readonly timers?: Timers;
  /** How long the vault waits for an answer: what is late comes after it. */
  readonly acquirerTimeoutMs?: number;
};

const approvedCode = '00';
/** ISO 8583 field 39: invalid amount; for a refund of more than was charged. */
const invalidAmountCode = '13';

/** Made of the message's own id, so that a run repeats to the letter: a UUID of version 8 (RFC 9562) and six digits. */
const transactionOf = (entry: Pick<LedgerEntry, 'operation' | 'attemptId' | 'at' | 'responseCode'>): Transaction => {
  const hex = hash('sha256', `${entry.operation}/${entry.attemptId}`, 'hex');
  const transactionId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(12, 15)}-a${hex.slice(15, 18)}-${hex.slice(18, 30)}`;
  const authorised =
    entry.responseCode === approvedCode && (entry.operation === 'verify' || entry.operation === 'charge');
  const sixDigits = String(Number.parseInt(hex.slice(30, 38), 16) % 1_000_000).padStart(6, '0');
  return {
    transactionId,
    at: entry.at,
    responseCode: entry.responseCode,
    authCode: authorised ? sixDigits : null,
    avsResult: authorised ? 'ADDRESS_MATCH_POSTCODE_MATCH' : null,
  };
};

type Received = Omit<LedgerEntry, 'timesReceived' | 'outcome' | 'responseCode'>;

const receivedOf = (operation: LedgerOperation, message: ReverseMessage): Received => ({
  accountId: message.accountId,
  attemptId: message.attemptId,
  operation,
  at: message.now,
  intentId: message.paymentIntentId,
  refundedAttemptId: null,
  amount: message.amount,
  cardLast4: null,
  merchantReference: null,
});

type Decision = Pick<LedgerEntry, 'outcome' | 'responseCode'>;

/** Books a message once: the first decision stands, however often the message comes. */
const bookOnce = (ledger: Ledger, entry: Received & Decision): Received & Decision => {
  const { accountId, attemptId, operation } = entry;
  const booked = ledger.add(entry);
  if (booked !== undefined) return { ...entry, ...booked };
  const first = ledger.find(accountId, attemptId, operation);
  if (first === undefined) throw new Error('A message is booked and cannot be found.');
  ledger.addRepeat(accountId, attemptId, operation);
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
    merchantReference: message.merchantReference,
    ...decisionOf(answer),
  });
  const transaction = transactionOf(entry);
  if (entry.outcome === 'approved' || entry.outcome === 'challenged') return { outcome: entry.outcome, transaction };
  return { outcome: 'declined', transaction };
};

const receiveCharge = (ledger: Ledger, message: ChargeMessage, answer: Behaviour['answer']): ChargeOutcome => {
  const entry = bookOnce(ledger, {
    ...receivedOf('charge', message),
    cardLast4: message.pan.last4,
    merchantReference: message.merchantReference,
    ...decisionOf(answer),
  });
  return { outcome: entry.outcome === 'approved' ? 'approved' : 'declined', transaction: transactionOf(entry) };
};

/** The reversal of a charge that never came stays in the book, and declines the charge should it still come. */
const receiveReverse = (ledger: Ledger, message: ReverseMessage): ReversalOutcome => {
  const charge = ledger.find(message.accountId, message.attemptId, 'charge');
  const entry = bookOnce(ledger, {
    ...receivedOf('reverse', message),
    cardLast4: charge?.cardLast4 ?? null,
    outcome: 'reversed',
    responseCode: approvedCode,
  });
  return { outcome: 'reversed', hadApproved: charge?.outcome === 'approved', transaction: transactionOf(entry) };
};

const decideRefund = (ledger: Ledger, message: RefundMessage, answer: Behaviour['answer']): Decision => {
  if (answer.outcome !== 'approved') return decisionOf(answer);
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

const receiveRefund = (ledger: Ledger, message: RefundMessage, answer: Behaviour['answer']): ChargeOutcome => {
  const entry = bookOnce(ledger, {
    ...receivedOf('refund', message),
    attemptId: message.refundId,
    refundedAttemptId: message.attemptId,
    cardLast4: chargeInBook(ledger, message.accountId, message.attemptId).cardLast4,
    ...decideRefund(ledger, message, answer),
  });
  return { outcome: entry.outcome === 'refunded' ? 'approved' : 'declined', transaction: transactionOf(entry) };
};

const receiveInquire = (ledger: Ledger, message: InquireMessage): InquiryOutcome => {
  const { accountId, attemptId } = message;
  const found = ledger.find(accountId, attemptId, 'reverse') ?? ledger.find(accountId, attemptId, 'charge');
  if (found === undefined) return { outcome: 'never-received' };
  const transaction = transactionOf(found);
  if (found.operation === 'reverse') return { outcome: 'already-reversed', transaction };
  return { outcome: found.outcome === 'approved' ? 'approved' : 'declined', transaction };
};

const atOnce: Timers = {
  after: (_ms, run) => {
    queueMicrotask(run);
    return () => undefined;
  },
};

/** A refusal to reverse or to say what became of a charge confirms nothing: the sender must ask again. */
const confirmsNothing = { outcome: 'unknown', reason: 'garbled' } as const;

/**
 * An acquirer without a bank behind it: the same messages give the same answers, faults included, and its book is its own.
 * It keeps no more of a card than the last four digits. Throws when the ledger file cannot be used.
 */
export const openSimulator = (options: SimulatorOptions): Simulator => {
  const file = openSimulatorFile(options.ledgerPath);
  const ledger = openLedger(file);
  const scripts = openScripts(file);
  const network = openNetwork(options.timers ?? atOnce, options.acquirerTimeoutMs ?? 0);

  const withCard = (received: CardMessage): Behaviour => {
    const { operation, message } = received;
    const { accountId, merchantReference: reference, pan } = message;
    const amountMinor = operation === 'charge' ? message.amount.amountMinor : null;
    const own = behaviourByTestCard(received);
    const then = scripts.takeAction({ accountId, operation, cardLast4: pan.last4, amountMinor, reference });
    return then === undefined ? own : scriptedBehaviour(then, own);
  };
  const aboutCharge = (
    operation: Exclude<ScriptedOperation, 'verify' | 'charge'>,
    message: ReverseMessage,
  ): Behaviour => {
    const { accountId, attemptId, amount } = message;
    const then = scripts.takeAction({
      accountId,
      operation,
      amountMinor: amount.amountMinor,
      ...chargeInBook(ledger, accountId, attemptId),
    });
    return then === undefined ? approves : scriptedBehaviour(then, approves);
  };
  const confirm = <T>(behaviour: Behaviour, receive: () => Promise<T>) =>
    network.deliver<T | typeof confirmsNothing>(behaviour, async () =>
      behaviour.answer.outcome === 'approved' ? receive() : confirmsNothing,
    );

  return {
    sandboxOnly: true,
    verify(message) {
      const behaviour = withCard({ operation: 'verify', message });
      return network.deliver(behaviour, () => ledger.booked(() => receiveVerify(ledger, message, behaviour.answer)));
    },
    charge(message) {
      const behaviour = withCard({ operation: 'charge', message });
      return network.deliver(behaviour, () => ledger.booked(() => receiveCharge(ledger, message, behaviour.answer)));
    },
    reverse: (message) =>
      confirm(aboutCharge('reverse', message), () => ledger.booked(() => receiveReverse(ledger, message))),
    refund(message) {
      const behaviour = aboutCharge('refund', message);
      return network.deliver(behaviour, () => ledger.booked(() => receiveRefund(ledger, message, behaviour.answer)));
    },
    inquire: (message) =>
      confirm(aboutCharge('inquire', message), () => ledger.booked(() => receiveInquire(ledger, message))),
    ledger: (accountId) => ledger.entries(accountId),
    sandbox: openSandboxAcquirer(ledger, scripts),
    close() {
      network.close();
      ledger.flush();
      file.close();
      return Promise.resolve();
    },
  };
};

/** What the book knows of a charge that another message is about. One that never arrived has left nothing. */
const chargeInBook = (ledger: Ledger, accountId: string, attemptId: string) => {
  const charge = ledger.find(accountId, attemptId, 'charge');
  return { cardLast4: charge?.cardLast4 ?? null, reference: charge?.merchantReference ?? null };
};
