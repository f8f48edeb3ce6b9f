import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { addLinkCall } from '../../../src/http/link-listener.ts';
import { openCapturedCardPlaces } from '../../../src/link/vault/captured-card-places.ts';
import { openRemoteCardProcessor } from '../../../src/link/vault/remote-card-processor.ts';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import {
  type Acquirer,
  addCardProcessorCalls,
  type Keyring,
  openVault,
  type VaultDatabase,
  vaultMigrations,
  type VaultStatement,
} from '../../../vault/index.ts';
import { listenOnLink, openAuthority, openCaller } from '../../link/open-link.ts';
import { describeCardProcessor, type ProcessorUnderTest } from './card-processor-contract.ts';

const now = Date.UTC(2026, 5, 1);
const transaction = { transactionId: 't', at: now, responseCode: '00', authCode: '123456', avsResult: null };
const cardDetails = { cardNumber: '5200000000001005', cardName: 'Ada', expiryDate: '12 / 29', cV2: '738' };

const wrappingKey = createSecretKey(randomBytes(32));
const keyring: Keyring = {
  activeKeyId: 'wrap_a',
  wrappingKey: () => wrappingKey,
  fingerprintKey: createSecretKey(randomBytes(32)),
};

const openDatabase = (): { database: VaultDatabase; rows: (sql: string) => unknown[]; fail: () => void } => {
  const inMemory = new DatabaseSync(':memory:');
  for (const { sqlite } of vaultMigrations) inMemory.exec(sqlite);
  let isBroken = false;
  const named = (params: VaultStatement['params']) =>
    Object.fromEntries(params.map((value, index) => [`$${index + 1}`, value]));
  const write = async (statements: readonly VaultStatement[]): Promise<void> => {
    if (isBroken) throw new StoreUnavailable('broken by the test');
    for (const { sql, params } of statements) inMemory.prepare(sql).run(named(params));
  };
  return {
    database: {
      all: async (sql, params) => inMemory.prepare(sql).all(named(params)) as never,
      append: write,
      write,
    },
    rows: (sql) => inMemory.prepare(sql).all(),
    fail: () => {
      isBroken = true;
    },
  };
};

const openUnder = () => {
  const { database, rows, fail } = openDatabase();
  const asked: string[] = [];
  const approved = { outcome: 'approved', transaction } as const;
  const scripted: Partial<Acquirer> = {};
  const answers: Omit<Acquirer, 'sandboxOnly' | 'close'> = {
    verify: () => Promise.resolve(approved),
    charge: () => Promise.resolve(approved),
    refund: () => Promise.resolve(approved),
    inquire: () => Promise.resolve(approved),
    reverse: () => Promise.resolve({ outcome: 'reversed', hadApproved: true, transaction }),
  };
  const ask = <M extends keyof typeof answers>(method: M): Acquirer[M] =>
    ((message: never) => {
      asked.push(method);
      return ((scripted[method] ?? answers[method]) as (message: never) => unknown)(message);
    }) as unknown as Acquirer[M];
  const armed = new Set<() => void>();
  const vault = openVault({
    database,
    keyring,
    acquirer: {
      sandboxOnly: false,
      verify: ask('verify'),
      charge: ask('charge'),
      refund: ask('refund'),
      inquire: ask('inquire'),
      reverse: ask('reverse'),
      close: () => Promise.resolve(),
    },
    clock: { now: () => now },
    random: { bytes: (count) => new Uint8Array(randomBytes(count)) },
    timers: {
      after: (_ms, run) => {
        armed.add(run);
        return () => armed.delete(run);
      },
    },
    environment: 'sandbox',
    acquirerTimeoutMs: 5_000,
  });
  const under: ProcessorUnderTest = {
    processor: vault.processor,
    capture: (accountId) => {
      const captured = vault.captureCard({ accountId, cardDetails, now });
      assert.ok(captured.ok);
      return captured.value.reference;
    },
    acquirer: scripted,
    asked,
    keptReferences: () =>
      rows('select reference from vault_cards order by reference').map(
        (row) => (row as { readonly reference: string }).reference,
      ),
    breakDatabase: fail,
    ring: () => {
      for (const run of armed) run();
    },
  };
  return { vault, under };
};

describeCardProcessor('the vault itself', async (t: TestContext) => {
  const { vault, under } = openUnder();
  t.after(() => vault.close());
  return under;
});

const authority = openAuthority();
const vaultSide = authority.issue('strongroom-vault', ['strongroom-api']);
const apiSide = authority.issue('strongroom-api', ['strongroom-vault']);

describeCardProcessor('the vault as another process, over mutual TLS', async (t: TestContext) => {
  const { vault, under } = openUnder();
  const door = await listenOnLink(vaultSide, (listener) =>
    addCardProcessorCalls(listener, addLinkCall, vault.processor),
  );
  const caller = openCaller(apiSide);
  const places = openCapturedCardPlaces();
  t.after(async () => {
    await caller.close();
    await door.close();
    await vault.close();
  });
  const processor = openRemoteCardProcessor({
    vault: caller.peerAt(door.url),
    vaultAt: caller.peerAt,
    places,
    acquirerTimeoutMs: 5_000,
    onFault: (error) => assert.fail(String(error)),
  });
  return {
    ...under,
    processor,
    capture: (accountId) => {
      const reference = under.capture(accountId);
      places.note(reference, door.url);
      return reference;
    },
  };
});
