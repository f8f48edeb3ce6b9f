import type { CardSummary } from './card-summary.ts';
import type { IntentEvent, IntentEventType } from './intent-event.ts';
import { ok, type Result, refuse } from './result.ts';
import type { Transaction } from './transaction.ts';

/** One cell of a state table: where a command leads and what is noted, or why it is refused. */
export type Rule<Status extends string, Refusal extends string> =
  | { readonly to: Status; readonly event: IntentEventType | null }
  | { readonly refusal: Refusal };

/** What both kinds of intent have in common: what the tables move. */
type Movable<Status extends string> = {
  readonly status: Status;
  readonly version: number;
  readonly eventCount: number;
  readonly updatedAt: number;
};

export type Moved<Intent> = { readonly intent: Intent; readonly events: readonly IntentEvent[] };

/** The first event of every intent. `now` in milliseconds, in the account's time. */
export const createdEvent = (now: number): IntentEvent => ({
  sequence: 1,
  type: 'Created',
  status: 'Created',
  statusChanged: true,
  at: now,
  transaction: null,
  card: null,
});

/**
 * Follows one rule: the only writer of `status`, `version` and `eventCount`.
 * @param effect the other fields that the command changes
 * @param evidence what the acquirer and the card have to do with it, kept in the event
 */
export const follow = <Status extends string, Intent extends Movable<Status>, Refusal extends string>(
  intent: Intent,
  rule: Rule<Status, Refusal>,
  now: number,
  effect: Partial<Omit<Intent, keyof Movable<Status>>>,
  evidence: { readonly transaction?: Transaction | null; readonly card?: CardSummary | null },
): Result<Moved<Intent>, Refusal> => {
  if ('refusal' in rule) return refuse(rule.refusal);
  const moved: Intent = {
    ...intent,
    ...effect,
    status: rule.to,
    version: intent.version + 1,
    eventCount: intent.eventCount + (rule.event === null ? 0 : 1),
    updatedAt: Math.max(now, intent.updatedAt),
  };
  if (rule.event === null) return ok({ intent: moved, events: [] });
  const event: IntentEvent = {
    sequence: moved.eventCount,
    type: rule.event,
    status: rule.to,
    statusChanged: rule.to !== intent.status,
    at: moved.updatedAt,
    transaction: evidence.transaction ?? null,
    card: evidence.card ?? null,
  };
  return ok({ intent: moved, events: [event] });
};
