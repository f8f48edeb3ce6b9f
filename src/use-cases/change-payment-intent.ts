import type { Account } from '../domain/account.ts';
import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import {
  applyToPaymentIntent,
  isBug,
  type PaymentIntentCommand,
} from '../domain/payment-intent/payment-intent-machine.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import type { NoticeData } from '../domain/webhook/notification.ts';
import type { Problem } from '../problems/problems.ts';
import { accountNow, type Remember, type UseCaseContext } from './context.ts';
import { currentPaymentIntent } from './current-payment-intent.ts';
import { savePaymentIntent } from './intent-changes.ts';
import { refusalOfCharge } from './refusal-of-charge.ts';
import { rememberAnswer } from './remember-answer.ts';
import { untilUnchanged } from './until-unchanged.ts';

/** Gives one command to a payment intent as it is now, and saves what comes of it together with the answer. */
export const changePaymentIntent = (
  context: UseCaseContext,
  input: {
    readonly account: Account;
    readonly id: string;
    readonly command: (intent: PaymentIntent, now: number) => PaymentIntentCommand;
    readonly remember: Remember<PaymentIntent>;
    /** What the notification says beside the intent. */
    readonly data?: NoticeData;
  },
): Promise<Result<PaymentIntent, Problem>> =>
  context.inTurn(input.id, () =>
    untilUnchanged(async () => {
      const current = await currentPaymentIntent(context, input.account, input.id);
      if (!current.ok) return current;
      const now = accountNow(context, input.account);
      const moved = applyToPaymentIntent(current.value, input.command(current.value, now), now);
      if (!moved.ok) {
        if (isBug(moved.error)) throw new Error(`unexpected refusal ${moved.error}`);
        return refuse(await refusalOfCharge(context, moved.error, current.value.liveAttemptId, current.value.status));
      }
      const saved = await context.store.commit([
        ...savePaymentIntent(context, moved.value, input.data),
        ...rememberAnswer(input.remember, moved.value.intent, now),
      ]);
      return saved.ok ? ok(moved.value.intent) : saved.error;
    }),
  );
