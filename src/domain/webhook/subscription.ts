import { ok, type Result, refuse } from '../result.ts';
import type { NotificationName } from './notification.ts';

/** A key that deliveries are signed with. Its value is shown to its account, as the API does, and to nobody else. */
export type SubscriptionSecret = {
  readonly id: string;
  readonly value: string;
  readonly createdAt: number;
  readonly isActive: boolean;
  /** When another took its place; until it is deleted it signs beside that one for `secretOverlapMs`. */
  readonly retiredAt: number | null;
};

/** Who is told of what, and where. Times are milliseconds since 1970, in the account's time. */
export type Subscription = {
  readonly id: string;
  readonly accountId: string;
  /** Counts the saves; a save names the version it read. */
  readonly version: number;
  readonly url: string;
  readonly events: readonly NotificationName[];
  readonly description: string | null;
  readonly secrets: readonly SubscriptionSecret[];
  readonly createdAt: number;
  readonly updatedAt: number;
};

/** A rotation needs two; more are a sign that old ones are never deleted, and each one costs a signature while it overlaps. */
const secretsMax = 5;

/** How long a secret that was replaced still signs: a day is enough to deploy every receiver. */
export const secretOverlapMs = 24 * 60 * 60 * 1000;

export type SecretRefusal = 'secret-not-found' | 'secret-last-active' | 'secrets-too-many';

const changed = (subscription: Subscription, change: Partial<Subscription>, now: number): Subscription => ({
  ...subscription,
  ...change,
  version: subscription.version + 1,
  updatedAt: Math.max(now, subscription.updatedAt),
});

/** Other words, events or address; absent ones stay. */
export const changeSubscription = (
  subscription: Subscription,
  change: Partial<Pick<Subscription, 'url' | 'events' | 'description'>>,
  now: number,
): Subscription => changed(subscription, change, now);

/** A new secret waits beside the active one until it is activated, so that receivers can learn it first. */
export const addSecret = (
  subscription: Subscription,
  { id, value }: { readonly id: string; readonly value: string },
  now: number,
): Result<Subscription, SecretRefusal> => {
  if (subscription.secrets.length >= secretsMax) return refuse('secrets-too-many');
  const secret: SubscriptionSecret = { id, value, createdAt: now, isActive: false, retiredAt: null };
  return ok(changed(subscription, { secrets: [...subscription.secrets, secret] }, now));
};

/** Exactly one secret is active. Activating the active one changes nothing. */
export const activateSecret = (
  subscription: Subscription,
  secretId: string,
  now: number,
): Result<Subscription, SecretRefusal> => {
  const named = subscription.secrets.find(({ id }) => id === secretId);
  if (named === undefined) return refuse('secret-not-found');
  if (named.isActive) return ok(subscription);
  const secrets = subscription.secrets.map((secret) => {
    if (secret.id === secretId) return { ...secret, isActive: true, retiredAt: null };
    return secret.isActive ? { ...secret, isActive: false, retiredAt: now } : secret;
  });
  return ok(changed(subscription, { secrets }, now));
};

/** Without an active secret deliveries could not be signed, so that one stays. */
export const deleteSecret = (
  subscription: Subscription,
  secretId: string,
  now: number,
): Result<Subscription, SecretRefusal> => {
  const named = subscription.secrets.find(({ id }) => id === secretId);
  if (named === undefined) return refuse('secret-not-found');
  if (named.isActive) return refuse('secret-last-active');
  return ok(changed(subscription, { secrets: subscription.secrets.filter(({ id }) => id !== secretId) }, now));
};

/** The values that sign a delivery now, the active one first. */
export const signingSecrets = ({ secrets }: Pick<Subscription, 'secrets'>, now: number): readonly string[] => {
  const active = secrets.filter(({ isActive }) => isActive);
  const overlapping = secrets.filter(
    ({ isActive, retiredAt }) => !isActive && retiredAt !== null && now - retiredAt < secretOverlapMs,
  );
  return [...active, ...overlapping].map(({ value }) => value);
};
