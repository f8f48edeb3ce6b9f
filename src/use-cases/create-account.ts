import type { Account } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import type { UseCaseContext } from './context.ts';
import { newPlainId } from './ids-and-sessions.ts';

export type AdminContext = Pick<UseCaseContext, 'store' | 'clock' | 'random' | 'environment'>;

/** Controls, invisible and unassigned characters, ends of lines: a name with them looks like another, or like several lines. */
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u;

/**
 * Creates an account. Refuses a name that is empty, longer than 100 characters, not printable on one line, or taken: a person
 * picks accounts by name.
 */
export const createAccount = async (
  context: AdminContext,
  { name }: { readonly name: string },
): Promise<Result<Account, 'account-name-invalid' | 'account-name-taken'>> => {
  const trimmed = name.trim().normalize();
  if (trimmed === '' || trimmed.length > 100 || unprintable.test(trimmed)) return refuse('account-name-invalid');
  const account: Account = {
    id: newPlainId(context, 'acc'),
    name: trimmed,
    createdAt: context.clock.now(),
    clockAheadMs: 0,
  };
  const saved = await context.store.commit([{ kind: 'insert-account', account }]);
  return saved.ok ? ok(account) : refuse('account-name-taken');
};
