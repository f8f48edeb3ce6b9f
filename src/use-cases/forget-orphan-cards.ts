import type { UseCaseContext } from './context.ts';

/** A page a minute: 720 000 cards a day, at the price of some primary-key reads. */
const pageSize = 500;

/** Far longer than any request has between its verification and its commit. */
const ownerIsDurableMs = 10 * 60 * 1000;

/**
 * Makes a round that has the vault destroy cards that no setup intent holds, a page each time, and begins anew at the end.
 * Such a card is left when a process dies, or the database fails, after the vault kept the card and before its intent was
 * saved (PCI DSS 3.2.1: what nobody needs is not kept). Safe to repeat, on any number of nodes.
 */
export const orphanCardSweep = (): ((context: UseCaseContext) => Promise<boolean>) => {
  let after = '';
  return async (context) => {
    const keptBefore = context.clock.now() - ownerIsDurableMs;
    const page = await context.cards.keptCards({ after, keptBefore, limit: pageSize });
    const owners = await Promise.all(page.map(({ setupIntentId }) => context.store.setupIntent(setupIntentId)));
    const orphans = page.filter(({ reference }, index) => owners[index]?.cardReference !== reference);
    if (orphans.length > 0) await context.cards.forget(orphans.map(({ reference }) => reference));
    after = page.length === pageSize ? (page.at(-1)?.reference ?? '') : '';
    return false;
  };
};
