import type { Account } from '../domain/account.ts';
import type { Refund } from '../domain/refund/refund.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import type { UseCaseContext } from './context.ts';

/**
 * Reads a refund that was made. The API's refund has no status, so one that is not settled cannot be shown as one that is,
 * and one that was declined or never sent is none.
 */
export const readRefund = async (
  context: UseCaseContext,
  { account, id }: { readonly account: Account; readonly id: string },
): Promise<Result<Refund, Problem>> => {
  const refund = await context.store.refund(id);
  if (refund === undefined || refund.accountId !== account.id) return refuse(problem('refund-not-found'));
  switch (refund.state) {
    case 'refunded':
      return ok(refund);
    case 'pending':
    case 'unknown':
      return refuse(problem('refund-unsettled'));
    case 'declined':
    case 'failed':
      return refuse(problem('refund-not-found', { detail: 'It was asked for and not made: nothing was given back.' }));
  }
};
