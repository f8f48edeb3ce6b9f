import type { Account } from '../domain/account.ts';
import { expiredCardResponseCode } from '../domain/response-codes.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { type SetupIntent, setupIntentLifetimeMs, type SetupIntentTerms } from '../domain/setup-intent/setup-intent.ts';
import {
  applyToSetupIntent,
  newSetupIntent,
  type SetupIntentCommand,
} from '../domain/setup-intent/setup-intent-machine.ts';
import type { Moved } from '../domain/transition.ts';
import {
  type CapturedCard,
  type VerifyOutcome,
  type VerifyRequest,
  VaultUnreachable,
} from '../ports/card-processor.ts';
import { StoreUnavailable } from '../ports/store.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { accountNow, type Remember, type UseCaseContext } from './context.ts';
import { newClientSession, newEnvironmentId, newPlainId } from './ids-and-sessions.ts';
import { insertSetupIntent } from './intent-changes.ts';
import { noteNotSent } from './note-not-sent.ts';
import { rememberAnswer } from './remember-answer.ts';
import type { SetupIntentView } from './setup-intent-view.ts';

/** A card in the vault's memory, with the moment (milliseconds since 1970) at which its date passes. */
type CardInHand = CapturedCard & { readonly usableUntil: number };

/**
 * Creates a setup intent and, when a card came with it, verifies the card with its issuer.
 * A decline is no refusal: the intent is created and its events say what happened (the guide).
 * A verification moves no money, so nothing needs to be durable before it: intent, card and events are one commit after it.
 */
export const createSetupIntent = async (
  context: UseCaseContext,
  input: {
    readonly account: Account;
    readonly terms: SetupIntentTerms;
    readonly expireAt: number | null;
    readonly capturedCard: CardInHand | null;
    readonly remember: Remember<SetupIntentView>;
  },
): Promise<Result<SetupIntentView, Problem>> => {
  const { account, terms, capturedCard } = input;
  const now = accountNow(context, account);
  const id = newEnvironmentId(context, 'si');
  const expireAt = input.expireAt ?? now + setupIntentLifetimeMs;
  const session = newClientSession(context, id, now);
  let created = newSetupIntent({ id, accountId: account.id, expireAt, session, terms }, now);

  if (capturedCard !== null) {
    const verified = await verifyCard(context, account, created.intent, capturedCard, now);
    if (!verified.ok) return verified;
    created = thenApply(created, verified.value, now);
  }

  const view = { setupIntent: created.intent, events: created.events };
  const saved = await context.store.commit([
    ...insertSetupIntent(context, created),
    ...rememberAnswer(input.remember, view, now),
  ]);
  if (saved.ok) return ok(view);
  // Another request under the same key was first, and has its own intent: nothing will ever charge the card kept for this one.
  const { cardReference } = created.intent;
  const leaveIt = (error: unknown): void => context.onFault(error, 'verification: a card that lost its intent is kept');
  // One that cannot be forgotten now is left to `forgetOrphanCards`: the first request has its answer all the same.
  if (cardReference !== null) await context.cards.forget([cardReference]).catch(leaveIt);
  return refuse(problem('idempotency-key-in-flight'));
};

/** What the issuer's answer asks of the intent, or the refusal when nobody could be asked. */
const verifyCard = async (
  context: UseCaseContext,
  account: Account,
  intent: SetupIntent,
  { reference, summary: card, usableUntil }: CardInHand,
  now: number,
): Promise<Result<SetupIntentCommand, Problem>> => {
  // A card that is out of date by the calendar is not worth a message to its issuer.
  if (now >= usableUntil) return ok({ type: 'reject-expired-card', card, transaction: null });
  const outcome = await askIssuer(context, {
    accountId: account.id,
    now,
    attemptId: newPlainId(context, 'att'),
    setupIntentId: intent.id,
    capturedCardReference: reference,
    merchantReference: intent.terms.reference,
  });
  switch (outcome.outcome) {
    case 'approved':
      return ok({ type: 'authorize', cardReference: outcome.cardReference, card, transaction: outcome.transaction });
    case 'declined': {
      const { transaction } = outcome;
      const expired = transaction.responseCode === expiredCardResponseCode;
      return ok({ type: expired ? 'reject-expired-card' : 'decline', card, transaction });
    }
    case 'challenged':
      return ok({ type: 'challenge', card, transaction: outcome.transaction });
    case 'unknown':
      return ok({ type: 'fail-verification', card });
    case 'not-sent':
      return refuse(problem('acquirer-unavailable'));
  }
};

/** A processor that breaks down has kept no card: there is no outcome, and the customer may try again. What is away is refused as such. */
const askIssuer = async (context: UseCaseContext, request: VerifyRequest): Promise<VerifyOutcome> => {
  try {
    return noteNotSent(context, `verification ${request.attemptId}`, await context.cards.verify(request));
  } catch (error) {
    if (error instanceof VaultUnreachable || error instanceof StoreUnavailable) throw error;
    context.onFault(error, 'verification: the card processor broke down');
    return { outcome: 'unknown', reason: 'disconnected' };
  }
};

const thenApply = (created: Moved<SetupIntent>, command: SetupIntentCommand, now: number): Moved<SetupIntent> => {
  const moved = applyToSetupIntent(created.intent, command, now);
  if (!moved.ok) throw new Error(`a new setup intent refused ${command.type}: ${moved.error}`);
  return { intent: moved.value.intent, events: [...created.events, ...moved.value.events] };
};
