import type { Account } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { deliveryPlace, type ParkedDelivery, type Replay, replaysMax } from '../domain/webhook/delivery.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { accountNow, type Remember, type UseCaseContext } from './context.ts';
import { newPlainId } from './ids-and-sessions.ts';
import { readSubscription } from './read-subscriptions.ts';
import { placeBefore } from './read-notifications.ts';
import { rememberAnswer } from './remember-answer.ts';

type Owner = { readonly account: Account; readonly id: string };

/**
 * Sends one notification again, at once, whether it arrived, was given up or waits for its next try.
 * Refused as `delivery-held` where it waits behind another of its intent: a receiver is told of an intent in order.
 */
export const redeliverWebhook = async (
  context: UseCaseContext,
  input: Owner & { readonly deliveryId: string; readonly remember: Remember<ParkedDelivery> },
): Promise<Result<ParkedDelivery, Problem>> => {
  const { account, id } = input;
  const subscription = await readSubscription(context, { account, id });
  if (!subscription.ok) return subscription;
  const place = deliveryPlace(input.deliveryId);
  const event = place === undefined ? undefined : await context.store.notifiedEvent(account.id, place.position);
  if (place === undefined || event?.names[place.part] === undefined) return refuse(problem('delivery-not-found'));
  const now = accountNow(context, account);
  const parked = await context.store.parkedDelivery(id, place.position, place.part);
  if (parked?.kind === 'held') return refuse(problem('delivery-held'));
  const fresh = { ...place, subscriptionId: id, intentId: event.intentId, kind: 'resend', tries: 0 } as const;
  const delivery: ParkedDelivery =
    parked === undefined
      ? { ...fresh, dueAt: now, firstFailedAt: null, lastStatus: null, lastFailure: null }
      : { ...parked, dueAt: Math.min(parked.dueAt, now) };
  const saved = await context.store.commit([
    { kind: 'park-delivery', delivery, accountId: account.id },
    ...rememberAnswer(input.remember, delivery, now),
  ]);
  return saved.ok ? ok(delivery) : refuse(problem('idempotency-key-in-flight'));
};

/**
 * Sends everything of a span of the account's time again, both ends included, in the order in which it happened.
 * Refused as `replays-too-many` where `replaysMax` of the subscription are under way.
 */
export const replayWebhook = async (
  context: UseCaseContext,
  input: Owner & { readonly from: number; readonly to: number; readonly remember: Remember<Replay> },
): Promise<Result<Replay, Problem>> => {
  const { account, from, to } = input;
  const subscription = await readSubscription(context, input);
  if (!subscription.ok) return subscription;
  // An intent's time never goes back, so an event may be dated after one that stands behind it by a little.
  const slackMs = 5_000;
  const position = await placeBefore(context, account.id, ({ at }) => at < from - slackMs);
  const upTo = await placeBefore(context, account.id, ({ at }) => at <= to + slackMs);
  const replay: Replay = { id: newPlainId(context, 'rpl'), subscriptionId: input.id, position, upTo, from, to };
  const saved = await context.store.commit([
    { kind: 'insert-replay', replay, underWayMax: replaysMax },
    ...rememberAnswer(input.remember, replay, accountNow(context, account)),
  ]);
  if (saved.ok) return ok(replay);
  return refuse(problem(saved.error === 'stale' ? 'replays-too-many' : 'idempotency-key-in-flight'));
};
