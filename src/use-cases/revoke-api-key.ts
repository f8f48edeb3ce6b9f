import { ok, type Result, refuse } from '../domain/result.ts';
import type { AdminContext } from './create-account.ts';

/** Revokes a key at once and for good; a key that is unknown or revoked already is refused. */
export const revokeApiKey = async (
  context: AdminContext,
  { id }: { readonly id: string },
): Promise<Result<void, 'key-not-found'>> => {
  const revoked = await context.store.commit([{ kind: 'revoke-api-key', id, revokedAt: context.clock.now() }]);
  return revoked.ok ? ok(undefined) : refuse('key-not-found');
};
