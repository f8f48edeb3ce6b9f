import type { AcquirerBook, BookedCharge } from './acquirer.ts';
import { isMoneyTaken } from './acquirer.ts';
import {
  attemptArrows,
  eventOfAttempt,
  eventOfStatus,
  liveStates,
  neverAgainCodes,
  retriesMax,
  paymentArrows,
  setupArrows,
} from './arrows.ts';
import type { LoggedChange } from './database.ts';
import { openRefundsAudit } from './refunds-audit.ts';

/** Tells of a broken promise; the first one ends the run. */
export type Accuse = (code: string, text: string) => void;

export type AuditedIntent = {
  readonly id: string;
  readonly kind: 'setup' | 'payment';
  readonly reference: string;
  /** Not before it was made: when it was committed, in the account's time. */
  readonly madeAt: number;
  status: string;
  version: number;
  sequence: number;
  /** Every status with the steps between which it held; `until` is null while it does. */
  readonly history: { readonly status: string; readonly from: number; until: number | null }[];
  /** Events that its moves owe, and those that came, within one commit. */
  owed: string[];
  came: string[];
  liveAttempt: string | null;
  lastLiveAt: number;
};

export type AuditedAttempt = {
  readonly id: string;
  readonly paymentId: string;
  readonly setupId: string;
  readonly answerKey: string | null;
  state: string;
  version: number;
  toldFailed: boolean;
};

export type Books = {
  readonly intents: Map<string, AuditedIntent>;
  readonly attempts: Map<string, AuditedAttempt>;
  /** How far the clocks of accounts are ahead, in milliseconds. */
  readonly clocks: Map<string, number>;
  /** Kept cards, by reference. */
  readonly cards: Set<string>;
  /** Answers that are remembered; `null` while one is to come. */
  readonly answers: Map<string, string | null>;
};

/** What the auditor knows of an object from the request that made it. */
export type KnownOrders = {
  cardNumberOf(setupReference: string): string | undefined;
  amountOf(paymentReference: string): number | undefined;
  /** The time of the account that made the request. */
  timeOf(reference: string): number;
};

/** Follows the rows of the database, and holds them against the guide and against the acquirer's own book. */
export const openBooksAudit = (
  accuse: Accuse,
  now: () => number,
  acquirer: () => AcquirerBook,
  orders: KnownOrders,
) => {
  const books: Books = {
    intents: new Map(),
    attempts: new Map(),
    clocks: new Map(),
    cards: new Set(),
    answers: new Map(),
  };
  const touched = new Set<AuditedIntent>();
  const refunds = openRefundsAudit(accuse, acquirer, (id) => orders.amountOf(books.intents.get(id)?.reference ?? ''));
  /** Ends that are durable, and that a process which reads from its memory need not have heard of. */
  let unheard: ((at: number) => void)[] = [];

  const insertIntent = (change: LoggedChange, kind: 'setup' | 'payment'): void => {
    const { id, text } = change;
    const status = text ?? '';
    const allowed = kind === 'setup' ? ['Created', 'Authorized', 'CardExpired'] : ['Created'];
    if (!allowed.includes(status)) accuse('arrow', `${id} begins as ${status}`);
    const intent: AuditedIntent = {
      id,
      kind,
      reference: change.second ?? '',
      madeAt: orders.timeOf(change.second ?? ''),
      status,
      version: change.number ?? 0,
      sequence: 0,
      history: [{ status, from: now(), until: null }],
      owed: ['Created'],
      came: [],
      liveAttempt: null,
      lastLiveAt: -1,
    };
    if (status === 'Authorized') intent.owed.push('Authorized');
    if (status === 'CardExpired') intent.owed.push('Declined');
    books.intents.set(id, intent);
    touched.add(intent);
  };

  const moveIntent = (change: LoggedChange, kind: 'setup' | 'payment'): void => {
    const intent = books.intents.get(change.id);
    if (intent === undefined) return accuse('unknown-row', `${change.id} changed and was never made`);
    touched.add(intent);
    const status = change.text ?? '';
    if (change.number !== intent.version + 1)
      accuse(
        'lost-update',
        `${intent.id} went from version ${intent.version} to ${String(change.number)}: somebody's change was overwritten`,
      );
    intent.version = change.number ?? 0;
    if (status === intent.status) return;
    const arrows = kind === 'setup' ? setupArrows : paymentArrows;
    if (arrows[intent.status]?.includes(status) !== true)
      accuse('arrow', `${intent.id} went from ${intent.status} to ${status}`);
    // The refund that leads there owes the event of it.
    if (status !== 'Refunded') intent.owed.push(eventOfStatus[status] ?? 'nothing');
    intent.status = status;
    const last = intent.history.at(-1);
    if (last !== undefined)
      unheard.push((at) => {
        last.until = at;
      });
    intent.history.push({ status, from: now(), until: null });
  };

  const noteEvent = (change: LoggedChange): void => {
    const intent = books.intents.get(change.id);
    if (intent === undefined) return accuse('unknown-row', `an event of ${change.id}, which was never made`);
    touched.add(intent);
    if (change.number !== intent.sequence + 1)
      accuse('event-order', `event ${String(change.number)} of ${intent.id} follows event ${intent.sequence}`);
    intent.sequence = change.number ?? 0;
    intent.came.push(change.text ?? '');
    if (change.fourth !== null) refunds.told(change.fourth);
  };

  const insertAttempt = (change: LoggedChange): void => {
    const attempt: AuditedAttempt = {
      id: change.id,
      paymentId: change.second ?? '',
      setupId: change.third ?? '',
      answerKey: change.fourth,
      state: change.text ?? '',
      version: change.number ?? 0,
      toldFailed: false,
    };
    if (attempt.state !== 'pending') accuse('arrow', `attempt ${attempt.id} begins as ${attempt.state}`);
    for (const other of books.attempts.values()) {
      if (other.setupId !== attempt.setupId && other.paymentId !== attempt.paymentId) continue;
      if (liveStates.includes(other.state) || other.state === 'approved')
        accuse('second-attempt', `attempt ${attempt.id} begins while ${other.id} is ${other.state}`);
      const declined = other.state === 'declined' ? acquirer().charges.get(other.id) : undefined;
      if (
        declined !== undefined &&
        other.setupId === attempt.setupId &&
        neverAgainCodes.includes(declined.responseCode)
      )
        accuse('retry-forbidden', `attempt ${attempt.id} tries a card that was declined with ${declined.responseCode}`);
    }
    books.attempts.set(attempt.id, attempt);
    hold(attempt);
  };

  const intentsOf = (attempt: AuditedAttempt): readonly AuditedIntent[] =>
    [attempt.setupId, attempt.paymentId].flatMap((id) => books.intents.get(id) ?? []);

  const hold = (attempt: AuditedAttempt): void => {
    for (const intent of intentsOf(attempt)) {
      touched.add(intent);
      intent.liveAttempt = attempt.id;
      intent.lastLiveAt = Number.POSITIVE_INFINITY;
    }
  };

  const moveAttempt = (change: LoggedChange): void => {
    const attempt = books.attempts.get(change.id);
    if (attempt === undefined) return accuse('unknown-row', `attempt ${change.id} changed and was never made`);
    const state = change.text ?? '';
    if (change.number !== attempt.version + 1)
      accuse('lost-update', `attempt ${attempt.id} went from version ${attempt.version} to ${String(change.number)}`);
    attempt.version = change.number ?? 0;
    if (attemptArrows[attempt.state]?.includes(state) !== true)
      accuse('arrow', `attempt ${attempt.id} went from ${attempt.state} to ${state}`);
    if (state === attempt.state) return;
    attempt.state = state;
    if (state === 'approved' && attempt.toldFailed)
      accuse('told-failed', `attempt ${attempt.id} was reported as Failed and is now approved`);
    if (state === 'failed')
      accuse('card-lost', `attempt ${attempt.id} could not be sent: the kept card is gone or cannot be opened`);
    for (const intent of intentsOf(attempt)) {
      touched.add(intent);
      const event = eventOfAttempt[state];
      if (event !== undefined) intent.owed.push(event);
      if (!liveStates.includes(state)) {
        intent.liveAttempt = null;
        unheard.push((at) => {
          intent.lastLiveAt = at;
        });
      }
    }
  };

  const followRefund = (change: LoggedChange): void => {
    const { paymentId, owed } = refunds.follow(change);
    const intent = books.intents.get(paymentId);
    if (intent === undefined) return accuse('unknown-row', `refund ${change.id} of no payment intent`);
    touched.add(intent);
    if (owed !== undefined) intent.owed.push(owed);
  };

  const follow = (change: LoggedChange): void => {
    switch (change.kind) {
      case 'payment':
        refunds.amountsOf(change.id, Number(change.third), Number(change.fourth));
        return change.inserted ? insertIntent(change, change.kind) : moveIntent(change, change.kind);
      case 'setup':
        return change.inserted ? insertIntent(change, change.kind) : moveIntent(change, change.kind);
      case 'event':
        return noteEvent(change);
      case 'refund':
        return followRefund(change);
      case 'attempt':
        return change.inserted ? insertAttempt(change) : moveAttempt(change);
      case 'card':
        return void books.cards.add(change.id);
      case 'deleted-card':
        return void books.cards.delete(change.id);
      case 'answer': {
        const before = books.answers.get(change.id);
        if (typeof before === 'string')
          accuse('answer-rewritten', `the answer of ${change.id} changed after it was written`);
        return void books.answers.set(change.id, change.text);
      }
      case 'clock': {
        const aheadMs = change.number ?? 0;
        if (aheadMs < (books.clocks.get(change.id) ?? 0))
          accuse('time-went-back', `the clock of ${change.id} went back`);
        unheard.push(() => books.clocks.set(change.id, aheadMs));
        return;
      }
      case 'deleted-answer':
        return void books.answers.delete(change.id);
      case 'deleted-intent':
        return accuse('unknown-row', `${change.id} was deleted from the database`);
    }
  };

  /** A verification that did not authorise is told by one event more, in the commit that makes the intent. */
  const verificationEvents = ['Declined', 'AuthChallenged', 'Error'];

  const settle = (intent: AuditedIntent): void => {
    const { owed, came, history, liveAttempt } = intent;
    if (
      intent.sequence === came.length &&
      history.length === 1 &&
      intent.status === 'Created' &&
      intent.kind === 'setup'
    ) {
      if (came.length === 2 && verificationEvents.includes(came[1] ?? '')) owed.push(came[1] ?? '');
    }
    if (owed.toSorted().join() !== came.toSorted().join())
      accuse(
        'events',
        `${intent.id}, now ${intent.status}, owes the events ${owed.join() || 'none'} and has ${came.join() || 'none'}`,
      );
    intent.owed = [];
    intent.came = [];
    const open = intent.kind === 'setup' ? 'Authorized' : 'Created';
    if (liveAttempt !== null && intent.status !== open)
      accuse('moved-while-charging', `${intent.id} became ${intent.status} while ${liveAttempt} is live`);
    const paid = intent.kind === 'setup' ? 'Completed' : 'Captured';
    const approvals = [...books.attempts.values()].filter(
      ({ state, setupId, paymentId }) => state === 'approved' && (setupId === intent.id || paymentId === intent.id),
    );
    const isPaid = intent.status === paid || intent.status === 'Refunded';
    if (intent.kind === 'payment') refunds.settle(intent.id, intent.status);
    if (isPaid !== (approvals.length === 1))
      accuse('paid-without-approval', `${intent.id} is ${intent.status} and has ${approvals.length} approved attempts`);
  };

  /** Both books, side by side. */
  const compareBooks = (): void => {
    const taken = new Map<string, string>();
    const { charges, reversals } = acquirer();
    for (const charge of charges.values()) {
      const attempt = books.attempts.get(charge.attemptId);
      if (attempt === undefined) {
        accuse('charge-without-record', `the acquirer holds ${charge.attemptId}, which the database does not know`);
        continue;
      }
      const isTaken = isMoneyTaken(acquirer(), charge);
      if (isTaken && !liveStates.includes(attempt.state) && attempt.state !== 'approved')
        accuse(
          'approval-lost',
          `the acquirer took the money of ${attempt.id}, which the database calls ${attempt.state}`,
        );
      if (!isTaken && attempt.state === 'approved')
        accuse('paid-without-approval', `${attempt.id} is approved here and not at the acquirer`);
      if (!isTaken) continue;
      for (const [what, id] of [
        ['setup intent', attempt.setupId],
        ['payment intent', attempt.paymentId],
      ] as const) {
        const other = taken.get(id);
        if (other !== undefined)
          accuse(
            'charged-twice',
            `the acquirer took the money of ${other} and of ${attempt.id}, both for ${what} ${id}`,
          );
        taken.set(id, attempt.id);
      }
    }
    for (const attempt of books.attempts.values()) {
      if (attempt.state === 'reversed' && !reversals.has(attempt.id))
        accuse('reversal-missing', `${attempt.id} is reversed here, and the acquirer was never asked to`);
      if (attempt.state === 'approved' && !charges.has(attempt.id))
        accuse('paid-without-approval', `${attempt.id} is approved here, and the acquirer never saw it`);
    }
  };

  return {
    books,
    refunds,
    committed: (changes: readonly LoggedChange[]): void => {
      if (changes.length === 0) return;
      for (const change of changes) follow(change);
      for (const intent of touched) settle(intent);
      touched.clear();
      if (changes.some(({ kind }) => kind === 'attempt')) compareBooks();
      if (changes.some(({ kind }) => kind === 'refund')) refunds.compare();
    },
    /** From now on no reader may be shown what was committed over. */
    heard: (): void => {
      for (const end of unheard) end(now());
      unheard = [];
    },
    /** Whether the schemes forbid to charge this card again: it was declined for good, or too often. */
    isRetryForbidden: (setupId: string): boolean => {
      const declines = [...books.attempts.values()].flatMap(({ id, setupId: of, state }) =>
        of === setupId && state === 'declined' ? (acquirer().charges.get(id)?.responseCode ?? []) : [],
      );
      return declines.length > retriesMax || declines.some((code) => neverAgainCodes.includes(code));
    },
    acted: (): void => {
      compareBooks();
      refunds.compare();
    },
    /** A charge leaves: its attempt must be durable, its amount and its card those of the requests. */
    leaving: (charge: Omit<BookedCharge, 'approved' | 'responseCode'>): void => {
      const attempt = books.attempts.get(charge.attemptId);
      if (attempt === undefined)
        return accuse('charge-without-record', `${charge.attemptId} leaves before its attempt is durable`);
      const setup = books.intents.get(attempt.setupId);
      const payment = books.intents.get(attempt.paymentId);
      if (payment?.id !== charge.paymentIntentId)
        accuse('wrong-charge', `${attempt.id} leaves for another payment intent`);
      if (orders.amountOf(payment?.reference ?? '') !== charge.amountMinor)
        accuse('wrong-charge', `${attempt.id} leaves with another amount`);
      if (orders.cardNumberOf(setup?.reference ?? '') !== charge.cardNumber)
        accuse('wrong-charge', `${attempt.id} leaves with another card`);
    },
  };
};
