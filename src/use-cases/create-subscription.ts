import type { Account } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { addressPolicies, checkTarget, type TargetRefusal } from '../domain/webhook/address-policy.ts';
import type { NotificationName } from '../domain/webhook/notification.ts';
import type { Subscription } from '../domain/webhook/subscription.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { accountNow, type Remember, type UseCaseContext } from './context.ts';
import { newEnvironmentId, newPlainId } from './ids-and-sessions.ts';
import { rememberAnswer } from './remember-answer.ts';

/** Bounds what one account can make every event of its own cost. */
const subscriptionsMax = 100;

/** 256 bits, as the key of an HMAC-SHA-256 should have. */
export const newSecretValue = (context: Pick<UseCaseContext, 'random'>): string =>
  Buffer.from(context.random.bytes(32)).toString('base64url');

const urlTexts: Readonly<Record<TargetRefusal, string>> = {
  'url-invalid': 'The Url field must be an https address of at most 2048 characters.',
  'url-not-https': 'The Url field must be an https address.',
  'url-credentials': 'The Url field must not contain a user name or password.',
  'url-address-refused': 'The Url field must not lead to a local, private or reserved address.',
};

/** Where notifications are to go, in canonical form, or why not there. */
export const targetOf = (context: Pick<UseCaseContext, 'environment'>, url: string): Result<string, Problem> => {
  const checked = checkTarget(url, addressPolicies[context.environment]);
  if ('url' in checked) return ok(checked.url);
  return refuse(problem('request-invalid', { errors: { Url: [urlTexts[checked.refusal]] } }));
};

/** Subscribes an address to events, from now on, with a first secret. Refused where it is subscribed to one of them already. */
export const createSubscription = async (
  context: UseCaseContext,
  input: {
    readonly account: Account;
    readonly url: string;
    readonly events: readonly NotificationName[];
    readonly description: string | null;
    readonly remember: Remember<Subscription>;
  },
): Promise<Result<Subscription, Problem>> => {
  const { account, events, description } = input;
  const url = targetOf(context, input.url);
  if (!url.ok) return url;
  const now = accountNow(context, account);
  const secret = { id: newPlainId(context, 'sc'), value: newSecretValue(context), createdAt: now };
  const subscription: Subscription = {
    id: newEnvironmentId(context, 'ws'),
    accountId: account.id,
    version: 1,
    url: url.value,
    events,
    description,
    secrets: [{ ...secret, isActive: true, retiredAt: null }],
    createdAt: now,
    updatedAt: now,
  };
  const saved = await context.store.commit([
    { kind: 'insert-subscription', subscription, ofAccountMax: subscriptionsMax },
    ...rememberAnswer(input.remember, subscription, now),
  ]);
  if (saved.ok) return ok(subscription);
  if (saved.error === 'stale') return refuse(problem('subscriptions-too-many'));
  return refuse(problem(saved.error === 'target-taken' ? 'subscription-exists' : 'idempotency-key-in-flight'));
};
