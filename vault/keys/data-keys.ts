import type { KeyObject } from 'node:crypto';
import { createSecretKey } from 'node:crypto';
import type { Clock } from '../../src/ports/clock.ts';
import type { Randomness } from '../../src/ports/randomness.ts';
import { findDataKey, insertDataKey } from '../store/data-key-table.ts';
import type { VaultDatabase } from '../store/database.ts';
import { nonceLength, open, seal } from './envelope.ts';
import type { Keyring } from './keyring.ts';

export type DataKey = { readonly id: string; readonly key: KeyObject };

/** The keys that seal cards: made here, kept wrapped, held unwrapped in memory. */
export type DataKeys = {
  /** The key for exactly one seal; its row is durable, so no card is ever sealed under a key that could be lost. */
  forSealing(): Promise<DataKey>;
  /** `undefined` when its row is gone, or the keyring's key that wrapped it. */
  forOpening(id: string): Promise<KeyObject | undefined>;
  close(): void;
};

export type DataKeyLimits = {
  /** NIST SP 800-38D 8.3 allows 2^32 random nonces under one key; a thousandth of that leaves room for any miscount. */
  readonly sealsPerDataKeyMax: number;
  /** Bounds the cards that one leaked data key opens. */
  readonly dataKeyAgeMsMax: number;
};

export const dataKeyLimitsDefault: DataKeyLimits = {
  sealsPerDataKeyMax: 2 ** 22,
  dataKeyAgeMsMax: 30 * 24 * 60 * 60 * 1000,
};

/** One per start or rotation; with thousands of them, the ones not used for longest are unwrapped again when needed. */
const unwrappedMax = 1024;

const wrapPlace = (id: string, wrappingKeyId: string): readonly string[] => [
  'strongroom/data-key/1',
  id,
  wrappingKeyId,
];

/**
 * Each process seals under data keys that it made itself, so that the count of seals needs no agreement between
 * processes and cannot be wrong after a crash.
 */
export const openDataKeys = (options: {
  readonly database: VaultDatabase;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly limits: DataKeyLimits;
}): DataKeys => {
  const { database, keyring, clock, random, limits } = options;
  const unwrapped = new Map<string, KeyObject>();
  let active: (DataKey & { readonly madeAt: number; sealsLeft: number }) | undefined;
  let making: Promise<void> | undefined;

  const remember = (id: string, key: KeyObject): void => {
    unwrapped.delete(id);
    unwrapped.set(id, key);
    if (unwrapped.size <= unwrappedMax) return;
    const [oldest] = unwrapped.keys();
    if (oldest !== undefined) unwrapped.delete(oldest);
  };

  const make = async (): Promise<void> => {
    const wrappingKey = keyring.wrappingKey(keyring.activeKeyId);
    if (wrappingKey === undefined) throw new Error('The keyring lacks its active key.');
    const id = `dk_${Buffer.from(random.bytes(16)).toString('base64url')}`;
    const bytes = random.bytes(32);
    const key = createSecretKey(bytes);
    const madeAt = clock.now();
    const wrapped = seal(wrappingKey, random.bytes(nonceLength), wrapPlace(id, keyring.activeKeyId), bytes);
    bytes.fill(0);
    await database.write([insertDataKey({ id, wrappingKeyId: keyring.activeKeyId, wrapped, createdAt: madeAt })]);
    remember(id, key);
    active = { id, key, madeAt, sealsLeft: limits.sealsPerDataKeyMax };
  };

  const isUsable = (): boolean =>
    active !== undefined && active.sealsLeft > 0 && clock.now() - active.madeAt < limits.dataKeyAgeMsMax;

  return {
    async forSealing() {
      while (!isUsable()) {
        // Whoever comes first makes it; the others wait for the same one.
        making ??= make().finally(() => {
          making = undefined;
        });
        await making;
      }
      if (active === undefined) throw new Error('A data key is usable and missing.');
      active.sealsLeft -= 1;
      return active;
    },
    async forOpening(id) {
      const cached = unwrapped.get(id);
      if (cached !== undefined) return cached;
      const row = await findDataKey(database, id);
      const wrappingKey = row === undefined ? undefined : keyring.wrappingKey(row.wrappingKeyId);
      if (row === undefined || wrappingKey === undefined) return undefined;
      const bytes = open(wrappingKey, wrapPlace(id, row.wrappingKeyId), row.wrapped);
      if (bytes === undefined) return undefined;
      const key = createSecretKey(bytes);
      bytes.fill(0);
      remember(id, key);
      return key;
    },
    close() {
      unwrapped.clear();
      active = undefined;
    },
  };
};
