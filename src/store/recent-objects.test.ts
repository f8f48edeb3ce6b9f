import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sampleAccount, sampleKey, sampleSetupIntent } from '../../test/contracts/store/sample-objects.ts';
import type { Store } from '../ports/store.ts';
import type { Engine } from './engine.ts';
import { migrate } from './migrations/migrate.ts';
import { platformMigrations } from './migrations/platform-migrations.ts';
import { openStore } from './open-store.ts';
import { openSqliteEngine } from './sqlite/sqlite-engine.ts';

/** A server's store that counts its reads, and the store of another process on the same file. */
const openBoth = async (t: TestContext) => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-recent-'));
  const engines = [0, 1].map(() => openSqliteEngine({ path: join(folder, 'a.db') })) as [Engine, Engine];
  for (const engine of engines) assert.ok((await migrate(engine, platformMigrations)).ok);
  let reads = 0;
  const counting: Engine = {
    ...engines[0],
    all: (sql, params) => {
      reads += 1;
      return engines[0].all(sql, params);
    },
  };
  const ours = openStore(counting);
  const theirs = openStore(engines[1]);
  t.after(async () => {
    await Promise.all([ours.close(), theirs.close()]);
    rmSync(folder, { recursive: true });
  });
  assert.ok((await ours.commit([{ kind: 'insert-account', account: sampleAccount() }])).ok);
  assert.ok((await ours.commit([{ kind: 'insert-api-key', apiKey: sampleKey() }])).ok);
  return { ours, theirs, reads: () => reads };
};

/** An engine whose writes are durable at once, and whose process hears of the first one that is held when it is released. */
const openDeaf = async (t: TestContext) => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-recent-'));
  const real = openSqliteEngine({ path: join(folder, 'a.db') });
  assert.ok((await migrate(real, platformMigrations)).ok);
  t.after(async () => {
    await real.close();
    rmSync(folder, { recursive: true });
  });
  let wait: Promise<void> | undefined;
  const engine: Engine = {
    ...real,
    write: async (statements) => {
      const refusal = await real.write(statements);
      await wait;
      return refusal;
    },
    foreignWrites: () => 0,
  };
  const hear = () => {
    let release = (): void => undefined;
    wait = new Promise((resolve) => {
      release = resolve;
    });
    return { release };
  };
  return { engine, hear };
};

/** Asks until the answer is right: another process's write is noticed within a moment, not at once. */
const eventually = async (ask: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 2_000; tries++) {
    if (await ask()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail('it was never noticed');
};

test('while a write is under way, the database is read: it may have what nobody has told us of yet', async (t) => {
  const { engine, hear } = await openDeaf(t);
  const store = openStore(engine);
  await insert(store);
  const held = hear();
  const saving = save(store, 2);
  await eventually(async () => (await store.setupIntent('si_1'))?.version === 2);
  const another = save(store, 3);
  held.release();
  await saving;
  await eventually(async () => (await store.setupIntent('si_1'))?.version === 3);
  await another;
});

const insert = (store: Store) => store.commit([{ kind: 'insert-setup-intent', setupIntent: sampleSetupIntent() }]);
const save = (store: Store, version: number) =>
  store.commit([{ kind: 'save-setup-intent', setupIntent: sampleSetupIntent({ version, status: 'Closed' }) }]);

test('what was just saved is not read back, and reads as the database has it', async (t) => {
  const { ours, theirs, reads } = await openBoth(t);
  let version = 1;
  await insert(ours);
  await eventually(async () => {
    assert.ok((await save(ours, ++version)).ok);
    const before = reads();
    await ours.setupIntent('si_1');
    return reads() === before;
  });
  assert.deepEqual(await ours.setupIntent('si_1'), await theirs.setupIntent('si_1'));
});

test('a refused save leaves nothing behind', async (t) => {
  const { ours } = await openBoth(t);
  await insert(ours);
  assert.deepEqual(await save(ours, 7), { ok: false, error: 'stale' });
  assert.equal((await ours.setupIntent('si_1'))?.version, 1);
});

test('what another process saved is seen, and cannot be saved over before it is', async (t) => {
  const { ours, theirs } = await openBoth(t);
  await insert(ours);
  assert.ok((await save(theirs, 2)).ok);
  assert.deepEqual(await save(ours, 2), { ok: false, error: 'stale' });
  assert.equal((await ours.setupIntent('si_1'))?.status, 'Closed');
});

test('a key that another process revoked stops working at once, without a write of ours', async (t) => {
  const { ours, theirs } = await openBoth(t);
  const { hash, id } = sampleKey();
  assert.ok(await ours.apiKeyByHash(hash));
  assert.ok((await theirs.commit([{ kind: 'revoke-api-key', id, revokedAt: 1 }])).ok);
  assert.equal(await ours.apiKeyByHash(hash), undefined);
});

test('a key that this process revoked stops working at once', async (t) => {
  const { ours } = await openBoth(t);
  const { hash, id } = sampleKey();
  assert.ok(await ours.apiKeyByHash(hash));
  assert.deepEqual(await ours.commit([{ kind: 'revoke-api-key', id, revokedAt: 1 }]), { ok: true, value: undefined });
  assert.equal(await ours.apiKeyByHash(hash), undefined);
});
