import type { Account } from '../domain/account.ts';
import type { Result } from '../domain/result.ts';
import type { Problem } from '../problems/problems.ts';
import { changeSetupIntent } from './change-setup-intent.ts';
import type { Remember, UseCaseContext } from './context.ts';
import { newClientSession } from './ids-and-sessions.ts';
import type { SetupIntentView } from './setup-intent-view.ts';

/** Replaces the browser's secret by a new one that lives 30 minutes; the old one stops working. */
export const refreshSetupIntentSession = (
  context: UseCaseContext,
  input: { readonly account: Account; readonly id: string; readonly remember: Remember<SetupIntentView> },
): Promise<Result<SetupIntentView, Problem>> =>
  changeSetupIntent(context, {
    ...input,
    command: (intent, now) => ({ type: 'refresh-session', session: newClientSession(context, intent.id, now) }),
  });
