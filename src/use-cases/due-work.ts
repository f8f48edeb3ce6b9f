import type { Account } from '../domain/account.ts';
import type { UseCaseContext } from './context.ts';

/**
 * Work that becomes due as an account's time passes. A worker does it for everybody, by real time; a sandbox clock that is
 * moved does it for one account, in the order and at the moments at which it would have come.
 */
export type DueWork = {
  /** The soonest moment, in the account's time, at which something is or was due; null when nothing will be. */
  nextDueAt(context: UseCaseContext, accountId: string): Promise<number | null>;
  /**
   * Does what is due at the account's time (`accountNow`), a bounded part of it at most; it is called again while more is due.
   * Others may do the same at the same time.
   * @returns how much it did
   */
  runDue(context: UseCaseContext, account: Account): Promise<number>;
};
