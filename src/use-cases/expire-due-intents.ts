import type { Account } from '../domain/account.ts';
import type { Result } from '../domain/result.ts';
import type { Problem } from '../problems/problems.ts';
import { accountNow, type UseCaseContext } from './context.ts';
import { currentPaymentIntent } from './current-payment-intent.ts';
import { currentSetupIntent } from './current-setup-intent.ts';
import type { DueWork } from './due-work.ts';
import { forgetEndedCards } from './forget-ended-cards.ts';

/** Enough to share one commit well, few enough to leave room for requests in between. */
const batchSize = 200;

/**
 * Moves the intents whose moment has come: setup intents expire, cards go out of date, unpaid payment intents are voided.
 * @returns whether there may be more
 */
export const expireDueIntents = async (context: UseCaseContext): Promise<boolean> => {
  const now = context.clock.now();
  const [setupIntentIds, paymentIntentIds] = await Promise.all([
    context.store.dueSetupIntentIds(now, batchSize),
    context.store.duePaymentIntentIds(now, batchSize),
  ]);
  // Reading an intent as it is now is what moves it; all that are ready together share a commit.
  await Promise.all([
    ...setupIntentIds.map(async (id) => touch(context, await context.store.setupIntent(id), currentSetupIntent)),
    ...paymentIntentIds.map(async (id) => touch(context, await context.store.paymentIntent(id), currentPaymentIntent)),
  ]);
  return setupIntentIds.length === batchSize || paymentIntentIds.length === batchSize;
};

/** The same for one account, by its own time; its ended cards are forgotten then and there. */
export const expiryOfIntents: DueWork = {
  nextDueAt: (context, accountId) => context.store.nextDueIntentAt(accountId),
  runDue: async (context, account) => {
    const now = accountNow(context, account);
    const { setupIntentIds, paymentIntentIds } = await context.store.dueIntentIdsOf(account.id, now, batchSize);
    await Promise.all([
      ...setupIntentIds.map((id) => currentSetupIntent(context, account, id)),
      ...paymentIntentIds.map((id) => currentPaymentIntent(context, account, id)),
    ]);
    if (setupIntentIds.length > 0) await forgetEndedCards(context);
    return setupIntentIds.length + paymentIntentIds.length;
  },
};

const touch = async (
  context: UseCaseContext,
  intent: { readonly id: string; readonly accountId: string } | undefined,
  readCurrent: (context: UseCaseContext, account: Account, id: string) => Promise<Result<unknown, Problem>>,
): Promise<void> => {
  if (intent === undefined) return;
  const account = await context.store.account(intent.accountId);
  if (account === undefined) throw new Error('an intent has lost its account');
  await readCurrent(context, account, intent.id);
};
