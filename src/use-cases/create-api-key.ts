import type { ApiKey } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { hashSecretKey } from './authenticate.ts';
import type { AdminContext } from './create-account.ts';
import { newPlainId } from './ids-and-sessions.ts';

/** Creates a secret key for an account. The key itself is in the result and nowhere else: only its hash is kept. */
export const createApiKey = async (
  context: AdminContext,
  { accountId }: { readonly accountId: string },
): Promise<Result<{ readonly apiKey: ApiKey; readonly secretKey: string }, 'account-not-found'>> => {
  const secretKey = `sk_${context.environment}_${Buffer.from(context.random.bytes(64)).toString('base64url')}`;
  return saveApiKey(context, accountId, secretKey);
};

/** Gives an account a key that is known already: the public sandbox key of the guide, so that its samples run as they are. */
export const preloadApiKey = async (
  context: AdminContext,
  { accountId, secretKey }: { readonly accountId: string; readonly secretKey: string },
): Promise<Result<{ readonly apiKey: ApiKey; readonly secretKey: string }, 'account-not-found'>> => {
  const known = await context.store.apiKeyByHash(hashSecretKey(secretKey));
  return known === undefined ? saveApiKey(context, accountId, secretKey) : ok({ apiKey: known.key, secretKey });
};

const saveApiKey = async (
  context: AdminContext,
  accountId: string,
  secretKey: string,
): Promise<Result<{ readonly apiKey: ApiKey; readonly secretKey: string }, 'account-not-found'>> => {
  if ((await context.store.account(accountId)) === undefined) return refuse('account-not-found');
  const apiKey: ApiKey = {
    id: newPlainId(context, 'key'),
    accountId,
    environment: context.environment,
    hash: hashSecretKey(secretKey),
    last4: secretKey.slice(-4),
    createdAt: context.clock.now(),
    revokedAt: null,
  };
  await context.store.commit([{ kind: 'insert-api-key', apiKey }]);
  return ok({ apiKey, secretKey });
};
