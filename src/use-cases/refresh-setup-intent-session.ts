import type { Account } from '../domain/account.ts';
import { type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { changeSetupIntent } from './change-setup-intent.ts';
import type { Remember, UseCaseContext } from './context.ts';
import { newClientSession } from './ids-and-sessions.ts';
import { ownerOfSetupIntent } from './read-setup-intent.ts';
import type { SetupIntentView } from './setup-intent-view.ts';

/** Replaces the browser's secret by a new one that lives 30 minutes; the old one stops working. `account` null: the public call. */
export const refreshSetupIntentSession = async (
  context: UseCaseContext,
  input: { readonly account: Account | null; readonly id: string; readonly remember: Remember<SetupIntentView> },
): Promise<Result<SetupIntentView, Problem>> => {
  const account = input.account ?? (await ownerOfSetupIntent(context, input.id));
  if (account === undefined) return refuse(problem('setup-intent-not-found'));
  return changeSetupIntent(context, {
    ...input,
    account,
    command: (intent, now) => ({ type: 'refresh-session', session: newClientSession(context, intent.id, now) }),
  });
};
