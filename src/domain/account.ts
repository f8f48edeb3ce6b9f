import type { Environment } from './ids.ts';

/** A merchant: the owner of intents, keys and subscriptions. One never sees another's objects. */
export type Account = {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** How far the sandbox clock of this account runs ahead of real time, in milliseconds; 0 in production. */
  readonly clockAheadMs: number;
};

/** A secret key as it is kept: its SHA-256, never itself. The key has 256 random bits, so a plain hash is enough. */
export type ApiKey = {
  readonly id: string;
  readonly accountId: string;
  readonly environment: Environment;
  readonly hash: string;
  /** The last four characters, so that a person can tell two keys apart. */
  readonly last4: string;
  readonly createdAt: number;
  readonly revokedAt: number | null;
};
