import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { MemoryDatabase } from '../store/memory-database.fixture.ts';
import { openMemoryDatabase } from '../store/memory-database.fixture.ts';
import type { DataKeyLimits, DataKeys } from './data-keys.ts';
import { dataKeyLimitsDefault, openDataKeys } from './data-keys.ts';
import type { Keyring } from './keyring.ts';

const wrapping = new Map<string, KeyObject>([
  ['wrap_a', createSecretKey(randomBytes(32))],
  ['wrap_b', createSecretKey(randomBytes(32))],
]);
const keyringOf = (activeKeyId: string, ids: readonly string[] = [activeKeyId]): Keyring => ({
  activeKeyId,
  wrappingKey: (id) => (ids.includes(id) ? wrapping.get(id) : undefined),
  fingerprintKey: createSecretKey(randomBytes(32)),
});
const random = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
const clock = { time: 0, now: () => clock.time };
const opened = (
  database: MemoryDatabase,
  keyring = keyringOf('wrap_a'),
  limits: Partial<DataKeyLimits> = {},
): DataKeys => openDataKeys({ database, keyring, clock, random, limits: { ...dataKeyLimitsDefault, ...limits } });

test('one data key serves many seals, and its row is written before it is first given out', async () => {
  const database = openMemoryDatabase();
  const keys = opened(database);
  const given = await Promise.all([keys.forSealing(), keys.forSealing(), keys.forSealing()]);
  assert.equal(new Set(given.map((key) => key.id)).size, 1);
  assert.deepEqual(
    database.rows('select id from vault_data_keys').map((row) => row['id']),
    [given[0].id],
  );
});

test('gives nothing out when its row cannot be written, and tries again', async () => {
  const database = openMemoryDatabase();
  let broken = true;
  const keys = opened({
    ...database,
    write: (statements) => (broken ? Promise.reject(new Error('disk full')) : database.write(statements)),
  });
  await assert.rejects(keys.forSealing(), /disk full/);
  broken = false;
  const key = await keys.forSealing();
  assert.equal(database.rows('select id from vault_data_keys')[0]?.['id'], key.id);
});

test('no data key seals more often than it may, also when many ask at once', async () => {
  const keys = opened(openMemoryDatabase(), keyringOf('wrap_a'), { sealsPerDataKeyMax: 3 });
  const given = await Promise.all(Array.from({ length: 10 }, () => keys.forSealing()));
  const counts = Map.groupBy(given, (key) => key.id);
  assert.equal(counts.size, 4);
  for (const uses of counts.values()) assert.ok(uses.length <= 3);
});

test('a data key is replaced when it is old', async () => {
  const keys = opened(openMemoryDatabase(), keyringOf('wrap_a'), { dataKeyAgeMsMax: 1000 });
  const first = await keys.forSealing();
  clock.time += 999;
  assert.equal((await keys.forSealing()).id, first.id);
  clock.time += 1;
  assert.notEqual((await keys.forSealing()).id, first.id);
});

test('another process opens with the same key, and seals with one of its own', async () => {
  const database = openMemoryDatabase();
  const first = await opened(database).forSealing();
  const other = opened(database);
  assert.equal((await other.forOpening(first.id))?.equals(first.key), true);
  assert.notEqual((await other.forSealing()).id, first.id);
});

test('opens under a retired wrapping key, and not without it', async () => {
  const database = openMemoryDatabase();
  const { id, key } = await opened(database).forSealing();
  const later = opened(database, keyringOf('wrap_b', ['wrap_a', 'wrap_b']));
  assert.equal((await later.forOpening(id))?.equals(key), true);
  assert.equal(await opened(database, keyringOf('wrap_b')).forOpening(id), undefined);
});

test('a wrapped key moved to another id does not open, nor does a missing one', async () => {
  const database = openMemoryDatabase();
  const { id } = await opened(database).forSealing();
  database.run("update vault_data_keys set id = 'dk_moved'");
  assert.equal(await opened(database).forOpening('dk_moved'), undefined);
  assert.equal(await opened(database).forOpening(id), undefined);
});

test('no data key is written unwrapped', async () => {
  const database = openMemoryDatabase();
  const { key } = await opened(database).forSealing();
  const bytes = key.export();
  for (const { params } of database.written)
    for (const value of params) assert.ok(typeof value === 'number' || !Buffer.from(value ?? '').includes(bytes));
});
