import type { KeyObject } from 'node:crypto';

/** The keys that everything else hangs on. They wrap data keys and key the fingerprints; no card is sealed with them directly. */
export type Keyring = {
  /** Wraps new data keys. */
  readonly activeKeyId: string;
  /** Active or retired: what was wrapped under it must stay readable. */
  wrappingKey(id: string): KeyObject | undefined;
  readonly fingerprintKey: KeyObject;
};

/** Why there is no keyring. `message` says what to do; it holds the path and nothing of the content. */
export type KeyringRefusal = {
  readonly code: 'keyring-missing' | 'keyring-exists' | 'keyring-exposed' | 'keyring-damaged' | 'keyring-unreadable';
  readonly message: string;
};
