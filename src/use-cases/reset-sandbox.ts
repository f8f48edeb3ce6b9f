import type { Account } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import type { SandboxAcquirer } from '../ports/sandbox-acquirer.ts';
import { objectsOfAccount } from '../ports/store.ts';
import { type Problem, problem } from '../problems/problems.ts';
import type { UseCaseContext } from './context.ts';

/** How many cards the vault is asked to destroy at once. */
const batchSize = 500;

/** A subscription that changes at the same moment is read again; nobody changes one without end. */
const triesMax = 8;

/**
 * Empties one sandbox account: intents, attempts, events, remembered answers, kept cards, webhook subscriptions, the
 * acquirer's rules and book. Its clock returns to real time, the only time that it ever goes back. The account and its keys
 * stay. Refused while a charge or a refund is under way or unsettled: its outcome would have nowhere to go.
 */
export const resetSandbox = async (
  context: UseCaseContext,
  acquirer: SandboxAcquirer,
  { account }: { readonly account: Account },
): Promise<Result<void, Problem>> => {
  const cards = await context.store.cardReferencesOf(account.id);
  if (!(await emptyBooks(context, account.id))) {
    const detail =
      'The account can be emptied when no charge or refund of it is under way or being settled. Nothing was changed.';
    return refuse(problem('charge-pending', { detail }));
  }
  for (let from = 0; from < cards.length; from += batchSize) {
    await context.cards.forget(cards.slice(from, from + batchSize));
  }
  await acquirer.reset(account.id);
  return ok(undefined);
};

/** All of it in one commit, or nothing. */
const emptyBooks = async ({ store }: UseCaseContext, accountId: string): Promise<boolean> => {
  let versions = '';
  for (let tries = 0; tries < triesMax; tries++) {
    const subscriptions = await store.webhookSubscriptions(accountId);
    const before = versions;
    versions = JSON.stringify(subscriptions.map(({ id, version }) => [id, version]));
    // Refused, and no subscription has changed since: it was a charge that stood in the way.
    if (tries > 0 && versions === before) return false;
    const emptied = await store.commit([
      { kind: 'reset-account-clock', accountId },
      ...subscriptions.map((subscription) => ({ kind: 'delete-subscription', subscription }) as const),
      ...objectsOfAccount.map((what) => ({ kind: 'delete-of-account', accountId, what }) as const),
    ]);
    if (emptied.ok) return true;
  }
  return false;
};
