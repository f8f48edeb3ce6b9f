import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../ports/logger.ts';
import { startRelayThread } from './start-relay-thread.ts';

test('a thread that breaks down is told of and replaced, until it is stopped', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-relay-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'strongroom.db');
  writeFileSync(path, 'no database '.repeat(1_000));
  const told: string[] = [];
  const twice = Promise.withResolvers<void>();
  const logger = {
    ...silentLogger,
    error: (_fields: object, message: string) => {
      told.push(message);
      if (told.length === 2) twice.resolve();
    },
  };
  const data = { database: { kind: 'sqlite', path }, environment: 'sandbox' } as const;
  const thread = startRelayThread(data, { write: () => Promise.resolve(undefined) }, logger);
  await twice.promise;
  await thread.stop();
  assert.deepEqual(told, Array(2).fill('webhooks: the delivering thread broke down'));
});
