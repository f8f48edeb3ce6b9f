import type { Account } from '../domain/account.ts';
import type { Result } from '../domain/result.ts';
import type { Problem } from '../problems/problems.ts';
import { changeSetupIntent } from './change-setup-intent.ts';
import type { Remember, UseCaseContext } from './context.ts';
import type { SetupIntentView } from './setup-intent-view.ts';

/**
 * Cancels a Created setup intent; closes an Authorized one only when the caller says `includeAuthorized` (the guide).
 * Refuses a status that is final, and any while a charge is live.
 */
export const deleteSetupIntent = (
  context: UseCaseContext,
  input: {
    readonly account: Account;
    readonly id: string;
    readonly includeAuthorized: boolean;
    readonly remember: Remember<SetupIntentView>;
  },
): Promise<Result<SetupIntentView, Problem>> =>
  changeSetupIntent(context, {
    ...input,
    command: () => ({ type: input.includeAuthorized ? 'cancel-or-close' : 'cancel' }),
  });
