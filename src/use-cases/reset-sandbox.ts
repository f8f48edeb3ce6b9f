import type { Account } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import type { SandboxAcquirer } from '../ports/sandbox-acquirer.ts';
import { objectsOfAccount } from '../ports/store.ts';
import { type Problem, problem } from '../problems/problems.ts';
import type { UseCaseContext } from './context.ts';

/** How many cards the vault is asked to destroy at once. */
const batchSize = 500;

/**
 * Empties one sandbox account: intents, attempts, events, remembered answers, kept cards, the acquirer's rules and book.
 * Its clock returns to real time, the only time that it ever goes back. The account and its keys stay.
 * Refused while a charge is under way or unsettled: its outcome would have nowhere to go.
 */
export const resetSandbox = async (
  context: UseCaseContext,
  acquirer: SandboxAcquirer,
  { account }: { readonly account: Account },
): Promise<Result<void, Problem>> => {
  const accountId = account.id;
  const cards = await context.store.cardReferencesOf(accountId);
  const emptied = await context.store.commit([
    { kind: 'reset-account-clock', accountId },
    ...objectsOfAccount.map((what) => ({ kind: 'delete-of-account', accountId, what }) as const),
  ]);
  if (!emptied.ok) {
    const detail =
      'The account can be emptied when no charge of it is under way or being settled. Nothing was changed.';
    return refuse(problem('charge-pending', { detail }));
  }
  for (let from = 0; from < cards.length; from += batchSize) {
    await context.cards.forget(cards.slice(from, from + batchSize));
  }
  await acquirer.reset(accountId);
  return ok(undefined);
};
