import { hash } from 'node:crypto';
import type { Account, ApiKey } from '../domain/account.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { type Problem, problem } from '../problems/problems.ts';
import type { UseCaseContext } from './context.ts';

/** The shape of a secret key: `sk_sandbox_…` or `sk_prod_…`, in base64url characters, bounded so that hashing it costs little. */
const secretKeyPattern = /^sk_(sandbox|prod)_[A-Za-z0-9_-]{20,180}$/;

/** How a key is kept and looked up: SHA-256 in hex. A key has at least 128 random bits, so no slow hash is needed. */
export const hashSecretKey = (secretKey: string): string => hash('sha256', secretKey);

/**
 * Whose key this is. The lookup is by hash, so its time tells nothing of any key.
 * An unknown, a revoked and a damaged key are the same refusal; a key of the other environment is told apart.
 */
export const authenticate = async (
  context: Pick<UseCaseContext, 'store' | 'environment'>,
  { secretKey }: { readonly secretKey: string },
): Promise<Result<{ readonly account: Account; readonly key: ApiKey }, Problem>> => {
  const environment = secretKeyPattern.exec(secretKey)?.[1];
  if (environment === undefined) return refuse(problem('key-invalid'));
  if (environment !== context.environment) return refuse(problem('key-wrong-environment'));
  const found = await context.store.apiKeyByHash(hashSecretKey(secretKey));
  return found === undefined ? refuse(problem('key-invalid')) : ok(found);
};
