import type { Account } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import type { Subscription } from '../domain/webhook/subscription.ts';
import { type Problem, problem } from '../problems/problems.ts';
import type { UseCaseContext } from './context.ts';

export const listSubscriptions = (
  context: Pick<UseCaseContext, 'store'>,
  { account }: { readonly account: Account },
): Promise<readonly Subscription[]> => context.store.webhookSubscriptions(account.id);

/** A subscription of the account; a foreign one and a missing one are the same refusal. */
export const readSubscription = async (
  context: Pick<UseCaseContext, 'store'>,
  { account, id }: { readonly account: Account; readonly id: string },
): Promise<Result<Subscription, Problem>> => {
  const subscription = await context.store.webhookSubscription(id);
  const isOwn = subscription !== undefined && subscription.accountId === account.id;
  return isOwn ? ok(subscription) : refuse(problem('subscription-not-found'));
};
