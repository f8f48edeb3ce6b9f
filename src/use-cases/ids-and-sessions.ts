import { type ClientSession, clientSessionLifetimeMs } from '../domain/client-session.ts';
import {
  environmentId,
  type EnvironmentIdPrefix,
  type PlainIdPrefix,
  plainId,
  timeOrderedToken,
} from '../domain/ids.ts';
import type { UseCaseContext } from './context.ts';

/** Ids are ordered by real time, whatever the account's clock says: their order is for the index, not for people. */
const newToken = (context: Pick<UseCaseContext, 'clock' | 'random'>): string =>
  timeOrderedToken(context.clock.now(), context.random.bytes(10));

export const newEnvironmentId = (context: UseCaseContext, prefix: EnvironmentIdPrefix): string =>
  environmentId(prefix, context.environment, newToken(context));

export const newPlainId = (context: Pick<UseCaseContext, 'clock' | 'random'>, prefix: PlainIdPrefix): string =>
  plainId(prefix, newToken(context));

/**
 * A fresh secret for a browser: the intent's own 128 bits, so that the intent can be found by it, and 256 random ones.
 * @param now the account's time in milliseconds
 */
export const newClientSession = (context: UseCaseContext, intentId: string, now: number): ClientSession => {
  const idBytes = Buffer.from(intentId.slice(-22), 'base64url');
  const secret = Buffer.concat([idBytes, context.random.bytes(32)]).toString('base64url');
  return { secret, expiresAt: now + clientSessionLifetimeMs };
};
