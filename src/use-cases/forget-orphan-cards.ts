import type { KeptCard } from '../ports/card-processor.ts';
import type { Logger } from '../ports/logger.ts';
import type { UseCaseContext } from './context.ts';

/** A page a minute: 720 000 cards a day, at the price of some primary-key reads. */
const pageSize = 500;

/** Far longer than a request has between its verification and its commit: whoever restored an old database has a day to notice. */
const keptForMsMin = 24 * 60 * 60 * 1000;

/**
 * Makes a round that has the vault destroy cards that no setup intent holds, a page each time, and begins anew at the end.
 * Such a card is left when a process dies, or the database fails, after the vault kept the card and before its intent was
 * saved (PCI DSS 3.2.1: what nobody needs is not kept). Safe to repeat, on any number of nodes.
 * Throws, and forgets none, where one of them shows that this is not the database that belongs to the vault.
 */
export const forgetOrphanCards = (logger: Pick<Logger, 'warn'>): ((context: UseCaseContext) => Promise<boolean>) => {
  let after = '';
  return async (context) => {
    const keptBefore = context.clock.now() - keptForMsMin;
    const page = await context.cards.keptCards({ after, keptBefore, limit: pageSize });
    const owners = await Promise.all(page.map(({ setupIntentId }) => context.store.setupIntent(setupIntentId)));
    const orphans = page.filter(({ reference }, index) => owners[index]?.cardReference !== reference);
    if (orphans.length > 0) await forget(context, logger, orphans);
    after = page.length === pageSize ? (page.at(-1)?.reference ?? '') : '';
    return false;
  };
};

const forget = async (
  { store, cards }: UseCaseContext,
  logger: Pick<Logger, 'warn'>,
  orphans: readonly KeptCard[],
): Promise<void> => {
  const accountIds = [...new Set(orphans.map(({ accountId }) => accountId))];
  const accounts = await Promise.all(accountIds.map((id) => store.account(id)));
  const stranger = accountIds.find((_, index) => accounts[index] === undefined);
  // Accounts are never deleted.
  if (stranger !== undefined) {
    throw new Error(
      `The vault keeps a card of ${stranger}, an account that this database does not have, so no card without a setup intent is forgotten. ` +
        'Check that STRONGROOM_DATABASE_URL and STRONGROOM_VAULT_URL belong together, and that no older backup was restored.',
    );
  }
  // First: the answer may be lost, and no card goes without a line.
  for (const accountId of accountIds) {
    const count = orphans.filter((card) => card.accountId === accountId).length;
    logger.warn({ accountId, cards: count }, 'workers: cards that no setup intent holds are forgotten');
  }
  await cards.forget(orphans.map(({ reference }) => reference));
};
