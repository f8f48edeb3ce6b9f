import type { Account } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import type { UseCaseContext } from './context.ts';
import { currentSetupIntent } from './current-setup-intent.ts';
import { type SetupIntentView, viewSetupIntent } from './setup-intent-view.ts';

/** Reads a setup intent of the account. Refuses with `setup-intent-not-found`. */
export const readSetupIntent = async (
  context: UseCaseContext,
  input: { readonly account: Account; readonly id: string },
): Promise<Result<SetupIntentView, Problem>> => {
  const current = await currentSetupIntent(context, input.account, input.id);
  return current.ok ? ok(await viewSetupIntent(context, current.value)) : current;
};

/** Reads a setup intent for the browser, which knows its id and no key. */
export const readPublicSetupIntent = async (
  context: UseCaseContext,
  input: { readonly id: string },
): Promise<Result<SetupIntentView, Problem>> => {
  const owner = await ownerOfSetupIntent(context, input.id);
  return owner.ok ? readSetupIntent(context, { account: owner.value, id: input.id }) : owner;
};

/** The account behind an id, for the calls that carry no key: it is needed for its clock. */
export const ownerOfSetupIntent = async (context: UseCaseContext, id: string): Promise<Result<Account, Problem>> => {
  const intent = await context.store.setupIntent(id);
  const owner = intent === undefined ? undefined : await context.store.account(intent.accountId);
  return owner === undefined
    ? refuse(problem('setup-intent-not-found', { detail: 'No setup intent has this id.' }))
    : ok(owner);
};
