import type { Account } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import type { SetupIntent } from '../domain/setup-intent/setup-intent.ts';
import { applyToSetupIntent, type SetupIntentCommand } from '../domain/setup-intent/setup-intent-machine.ts';
import type { Problem } from '../problems/problems.ts';
import { accountNow, type Remember, type UseCaseContext } from './context.ts';
import { currentSetupIntent } from './current-setup-intent.ts';
import { saveSetupIntent } from './intent-changes.ts';
import { refusalOfCharge } from './refusal-of-charge.ts';
import { rememberAnswer } from './remember-answer.ts';
import type { SetupIntentView } from './setup-intent-view.ts';
import { untilUnchanged } from './until-unchanged.ts';

/** Gives one command to a setup intent as it is now, and saves what comes of it together with the answer. */
export const changeSetupIntent = (
  context: UseCaseContext,
  input: {
    readonly account: Account;
    readonly id: string;
    readonly command: (intent: SetupIntent, now: number) => SetupIntentCommand;
    readonly remember: Remember<SetupIntentView>;
  },
): Promise<Result<SetupIntentView, Problem>> =>
  context.inTurn(input.id, () =>
    untilUnchanged(async () => {
      const current = await currentSetupIntent(context, input.account, input.id);
      if (!current.ok) return current;
      const now = accountNow(context, input.account);
      const moved = applyToSetupIntent(current.value, input.command(current.value, now), now);
      if (!moved.ok) {
        if (moved.error === 'not-due' || moved.error === 'attempt-not-live')
          throw new Error(`unexpected refusal ${moved.error}`);
        return refuse(await refusalOfCharge(context, moved.error, current.value.liveAttemptId, current.value.status));
      }
      const before = await context.store.intentEvents(input.id);
      const view = { setupIntent: moved.value.intent, events: [...before, ...moved.value.events] };
      const saved = await context.store.commit([
        ...saveSetupIntent(context, moved.value),
        ...rememberAnswer(input.remember, view, now),
      ]);
      return saved.ok ? ok(view) : saved.error;
    }),
  );
