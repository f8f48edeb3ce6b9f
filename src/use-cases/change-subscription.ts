import type { Account } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import type { NotificationName } from '../domain/webhook/notification.ts';
import {
  activateSecret,
  addSecret,
  changeSubscription,
  deleteSecret,
  type SecretRefusal,
  type Subscription,
} from '../domain/webhook/subscription.ts';
import type { Change } from '../ports/store.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { accountNow, type Remember, type UseCaseContext } from './context.ts';
import { newSecretValue, targetOf } from './create-subscription.ts';
import { newPlainId } from './ids-and-sessions.ts';
import { readSubscription } from './read-subscriptions.ts';
import { rememberAnswer } from './remember-answer.ts';
import { untilUnchanged } from './until-unchanged.ts';

type Input = { readonly account: Account; readonly id: string; readonly remember: Remember<Subscription> };

const changing = (
  context: UseCaseContext,
  { account, id, remember }: Input,
  change: (before: Subscription, now: number) => Result<Subscription, SecretRefusal>,
  beside: readonly Change[] = [],
): Promise<Result<Subscription, Problem>> =>
  untilUnchanged(async () => {
    const before = await readSubscription(context, { account, id });
    if (!before.ok) return before;
    const now = accountNow(context, account);
    const changed = change(before.value, now);
    if (!changed.ok) return refuse(problem(changed.error));
    const subscription = changed.value;
    const isChanged = subscription.version !== before.value.version;
    const saved = await context.store.commit([
      ...(isChanged ? [{ kind: 'save-subscription', subscription, before: before.value } as const] : []),
      ...beside,
      ...rememberAnswer(remember, subscription, now),
    ]);
    if (saved.ok) return ok(subscription);
    return saved.error === 'target-taken' ? refuse(problem('subscription-exists')) : saved.error;
  });

/**
 * Changes what a subscription says; absent parts stay. A paused one goes on where it stopped, since whoever edits it
 * has most often repaired what was wrong.
 */
export const updateSubscription = async (
  context: UseCaseContext,
  input: Input & {
    readonly change: {
      readonly url?: string;
      readonly events?: readonly NotificationName[];
      readonly description?: string;
    };
  },
): Promise<Result<Subscription, Problem>> => {
  const { url: sentUrl, ...rest } = input.change;
  const url = sentUrl === undefined ? null : targetOf(context, sentUrl);
  if (url?.ok === false) return url;
  const change = url === null ? rest : { ...rest, url: url.value };
  return changing(context, input, (before, now) => ok(changeSubscription(before, change, now)), resume(context, input));
};

/** Lets a paused subscription go on where it stopped. One that is not paused stays as it is. */
export const resumeSubscription = (context: UseCaseContext, input: Input): Promise<Result<Subscription, Problem>> =>
  changing(context, input, (before) => ok(before), resume(context, input));

const resume = (context: UseCaseContext, { account, id }: Input): readonly Change[] => [
  { kind: 'resume-webhook', subscriptionId: id, now: accountNow(context, account) },
];

/** Adds a secret, which signs nothing until it is activated. */
export const generateSecret = (context: UseCaseContext, input: Input): Promise<Result<Subscription, Problem>> => {
  const secret = { id: newPlainId(context, 'sc'), value: newSecretValue(context) };
  return changing(context, input, (before, now) => addSecret(before, secret, now));
};

/** Signs with another secret from now on; the one before signs beside it for a day. */
export const activateSubscriptionSecret = (
  context: UseCaseContext,
  input: Input & { readonly secretId: string },
): Promise<Result<Subscription, Problem>> =>
  changing(context, input, (before, now) => activateSecret(before, input.secretId, now));

/** Deletes a secret, which then signs nothing any more. Refused for the active one. */
export const deleteSubscriptionSecret = (
  context: UseCaseContext,
  input: Input & { readonly secretId: string },
): Promise<Result<Subscription, Problem>> =>
  changing(context, input, (before, now) => deleteSecret(before, input.secretId, now));

/** Deletes a subscription with all that waits to be delivered to it. */
export const deleteSubscription = (
  context: UseCaseContext,
  { account, id, remember }: Input,
): Promise<Result<Subscription, Problem>> =>
  untilUnchanged(async () => {
    const subscription = await readSubscription(context, { account, id });
    if (!subscription.ok) return subscription;
    const saved = await context.store.commit([
      { kind: 'delete-subscription', subscription: subscription.value },
      ...rememberAnswer(remember, subscription.value, accountNow(context, account)),
    ]);
    return saved.ok ? subscription : saved.error;
  });
