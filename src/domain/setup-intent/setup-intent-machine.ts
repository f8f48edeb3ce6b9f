import { type CardSummary, cardUsableUntil } from '../card-summary.ts';
import type { ClientSession } from '../client-session.ts';
import { type Result, refuse } from '../result.ts';
import type { Transaction } from '../transaction.ts';
import { createdEvent, follow, type Moved, type Rule } from '../transition.ts';
import { type RetryRefusal, retryRefusal, stillRelevant } from './retry-rules.ts';
import type { SetupIntent, SetupIntentStatus } from './setup-intent.ts';

/** What can be asked of a setup intent. The commands of a charge name the attempt that they belong to. */
export type SetupIntentCommand =
  | {
      readonly type: 'authorize';
      readonly cardReference: string;
      readonly card: CardSummary;
      readonly transaction: Transaction;
    }
  | { readonly type: 'decline'; readonly card: CardSummary; readonly transaction: Transaction }
  | { readonly type: 'challenge'; readonly card: CardSummary; readonly transaction: Transaction }
  | { readonly type: 'fail-verification'; readonly card: CardSummary }
  | { readonly type: 'reject-expired-card'; readonly card: CardSummary; readonly transaction: Transaction | null }
  | { readonly type: 'expire' }
  | { readonly type: 'expire-card' }
  | { readonly type: 'cancel' }
  | { readonly type: 'cancel-or-close' }
  | { readonly type: 'begin-charge'; readonly attemptId: string }
  | { readonly type: 'complete'; readonly attemptId: string; readonly transaction: Transaction }
  | { readonly type: 'note-declined-charge'; readonly attemptId: string; readonly transaction: Transaction }
  | { readonly type: 'note-unknown-charge'; readonly attemptId: string }
  | { readonly type: 'note-reversed-charge'; readonly attemptId: string; readonly transaction: Transaction }
  | { readonly type: 'note-failed-charge'; readonly attemptId: string }
  | { readonly type: 'forget-card' }
  | { readonly type: 'refresh-session'; readonly session: ClientSession };

export type SetupIntentRefusal =
  | 'setup-intent-not-authorized'
  | 'setup-intent-authorized'
  | 'setup-intent-ended'
  | 'card-already-charged'
  | 'charge-pending'
  | 'not-due'
  | 'attempt-not-live'
  | RetryRefusal;

/**
 * Why each exit exists:
 *
 * **Created** waits for a card. A good one authorises it; a decline, a challenge or a failed verification is noted and
 * leaves it waiting, because the guide has no status for them. A card that is out of date ends it as CardExpired. The
 * merchant may cancel it, and `expireAt` ends it so that a stale request for consent cannot be answered later.
 *
 * **Authorized** holds a card. One approved charge completes it; a charge that was declined, lost, reversed or never sent
 * is noted and leaves the card usable. The card's own date ends it. `expireAt` does not: the consent was given in time.
 * Only a merchant who says so (`includeAuthorized`) closes it, since a card on file is worth keeping from a slip.
 *
 * **Completed** has paid, and can neither pay again (the guide: a card is charged once) nor be deleted.
 *
 * **Expired, CardExpired, Canceled, Closed** are ends. In every end the one thing left to do is to forget the card.
 */
const ended = { refusal: 'setup-intent-ended' } as const;
const notAuthorized = { refusal: 'setup-intent-not-authorized' } as const;
const authorized = { refusal: 'setup-intent-authorized' } as const;
const notDue = { refusal: 'not-due' } as const;

const end = (status: SetupIntentStatus) =>
  ({
    authorize: ended,
    decline: ended,
    challenge: ended,
    'fail-verification': ended,
    'reject-expired-card': ended,
    expire: ended,
    'expire-card': ended,
    cancel: ended,
    'cancel-or-close': ended,
    'begin-charge': notAuthorized,
    complete: ended,
    'note-declined-charge': ended,
    'note-unknown-charge': ended,
    'note-reversed-charge': ended,
    'note-failed-charge': ended,
    'forget-card': { to: status, event: null },
    'refresh-session': ended,
  }) as const satisfies Record<SetupIntentCommand['type'], Rule<SetupIntentStatus, SetupIntentRefusal>>;

export const setupIntentTable: Record<
  SetupIntentStatus,
  Record<SetupIntentCommand['type'], Rule<SetupIntentStatus, SetupIntentRefusal>>
> = {
  Created: {
    authorize: { to: 'Authorized', event: 'Authorized' },
    decline: { to: 'Created', event: 'Declined' },
    challenge: { to: 'Created', event: 'AuthChallenged' },
    'fail-verification': { to: 'Created', event: 'Error' },
    'reject-expired-card': { to: 'CardExpired', event: 'Declined' },
    expire: { to: 'Expired', event: 'Canceled' },
    'expire-card': notDue,
    cancel: { to: 'Canceled', event: 'Canceled' },
    'cancel-or-close': { to: 'Canceled', event: 'Canceled' },
    'begin-charge': notAuthorized,
    complete: notAuthorized,
    'note-declined-charge': notAuthorized,
    'note-unknown-charge': notAuthorized,
    'note-reversed-charge': notAuthorized,
    'note-failed-charge': notAuthorized,
    'forget-card': notDue,
    'refresh-session': { to: 'Created', event: null },
  },
  Authorized: {
    authorize: authorized,
    decline: authorized,
    challenge: authorized,
    'fail-verification': authorized,
    'reject-expired-card': authorized,
    expire: notDue,
    'expire-card': { to: 'CardExpired', event: 'Canceled' },
    cancel: authorized,
    'cancel-or-close': { to: 'Closed', event: 'Canceled' },
    'begin-charge': { to: 'Authorized', event: null },
    complete: { to: 'Completed', event: 'Captured' },
    'note-declined-charge': { to: 'Authorized', event: 'Declined' },
    'note-unknown-charge': { to: 'Authorized', event: 'Unknown' },
    'note-reversed-charge': { to: 'Authorized', event: 'Reversed' },
    'note-failed-charge': { to: 'Authorized', event: 'Error' },
    'forget-card': notDue,
    'refresh-session': { to: 'Authorized', event: null },
  },
  Completed: { ...end('Completed'), 'begin-charge': { refusal: 'card-already-charged' } },
  Expired: end('Expired'),
  CardExpired: end('CardExpired'),
  Canceled: end('Canceled'),
  Closed: end('Closed'),
};

/** The moment at which the intent moves by itself, or null: in an end, and while a charge holds it. */
export const setupIntentDueAt = (intent: SetupIntent): number | null => {
  if (intent.liveAttemptId !== null) return null;
  if (intent.status === 'Created') return intent.expireAt;
  if (intent.status !== 'Authorized') return null;
  if (intent.card === null) throw new Error('an authorized setup intent has no card');
  return cardUsableUntil(intent.card);
};

/** The command that time itself gives, if its moment has come. */
export const dueSetupIntentCommand = (intent: SetupIntent, now: number): SetupIntentCommand | null => {
  const dueAt = setupIntentDueAt(intent);
  if (dueAt === null || now < dueAt) return null;
  return intent.status === 'Created' ? { type: 'expire' } : { type: 'expire-card' };
};

/**
 * Moves a setup intent, or says why not. Pure; `now` is the account's time in milliseconds.
 * While an attempt is live, only its own commands and a new session secret are taken.
 */
export const applyToSetupIntent = (
  intent: SetupIntent,
  command: SetupIntentCommand,
  now: number,
): Result<Moved<SetupIntent>, SetupIntentRefusal> => {
  const rule = setupIntentTable[intent.status][command.type];
  if (isOutcomeOfCharge(command)) {
    if (!('refusal' in rule) && intent.liveAttemptId !== command.attemptId) return refuse('attempt-not-live');
    const transaction = 'transaction' in command ? command.transaction : null;
    return follow(intent, rule, now, effectOfCharge(intent, command, now), { transaction, card: intent.card });
  }
  if (command.type === 'refresh-session') return follow(intent, rule, now, { session: command.session }, {});
  if (command.type === 'forget-card') return follow(intent, rule, now, { cardReference: null }, {});
  if (intent.liveAttemptId !== null) return refuse('charge-pending');
  switch (command.type) {
    case 'authorize': {
      const { cardReference, card, transaction } = command;
      return follow(intent, rule, now, { cardReference, card, authorization: transaction }, { transaction, card });
    }
    case 'decline':
    case 'challenge':
      return follow(intent, rule, now, {}, { transaction: command.transaction, card: command.card });
    case 'reject-expired-card':
      return follow(
        intent,
        rule,
        now,
        { card: command.card },
        { transaction: command.transaction, card: command.card },
      );
    case 'fail-verification':
      return follow(intent, rule, now, {}, { card: command.card });
    case 'begin-charge': {
      const forbidden = 'refusal' in rule ? null : retryRefusal(intent.declinedCharges, now);
      if (forbidden !== null) return refuse(forbidden);
      return follow(intent, rule, now, { liveAttemptId: command.attemptId }, {});
    }
    case 'expire':
    case 'expire-card': {
      const dueAt = setupIntentDueAt(intent);
      if (!('refusal' in rule) && (dueAt === null || now < dueAt)) return refuse('not-due');
      return follow(intent, rule, now, {}, { card: intent.card });
    }
    case 'cancel':
    case 'cancel-or-close':
      return follow(intent, rule, now, {}, { card: intent.card });
  }
};

type OutcomeCommand = Exclude<
  Extract<SetupIntentCommand, { readonly attemptId: string }>,
  { readonly type: 'begin-charge' }
>;

const isOutcomeOfCharge = (command: SetupIntentCommand): command is OutcomeCommand =>
  'attemptId' in command && command.type !== 'begin-charge';

/** An unknown charge keeps holding the card; a decline is remembered for the schemes' rules on retrying. */
const effectOfCharge = (intent: SetupIntent, command: OutcomeCommand, now: number): Partial<SetupIntent> => {
  if (command.type === 'note-unknown-charge') return {};
  if (command.type !== 'note-declined-charge') return { liveAttemptId: null };
  const declined = { at: now, responseCode: command.transaction.responseCode };
  return { liveAttemptId: null, declinedCharges: stillRelevant([...intent.declinedCharges, declined]) };
};

/** A new setup intent, in status Created, with its first event. */
export const newSetupIntent = (
  fields: Pick<SetupIntent, 'id' | 'accountId' | 'expireAt' | 'session' | 'terms'>,
  now: number,
): Moved<SetupIntent> => {
  const intent: SetupIntent = {
    ...fields,
    version: 1,
    eventCount: 1,
    status: 'Created',
    createdAt: now,
    updatedAt: now,
    cardReference: null,
    card: null,
    authorization: null,
    liveAttemptId: null,
    declinedCharges: [],
  };
  return { intent, events: [createdEvent(now)] };
};
