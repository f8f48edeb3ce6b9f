import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSystemScheduler } from '../platform/system-scheduler.ts';
import { silentLogger } from '../ports/logger.ts';
import { startRelayThread } from './start-relay-thread.ts';

const engine = { write: () => Promise.resolve(undefined) };
const scheduler = openSystemScheduler((error) => assert.fail(String(error)));
const isNeeded = () => Promise.resolve(true);

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
  const thread = startRelayThread(data, { engine, logger, scheduler, isNeeded });
  await twice.promise;
  await thread.stop();
  assert.deepEqual(told, Array(2).fill('webhooks: the delivering thread broke down'));
});

test('no thread begins before there is a subscription that nobody serves', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-relay-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'strongroom.db');
  writeFileSync(path, 'no database '.repeat(1_000));
  const happened: string[] = [];
  const begun = Promise.withResolvers<void>();
  const logger = { ...silentLogger, error: () => begun.resolve(void happened.push('a thread began, and broke down')) };
  const data = { database: { kind: 'sqlite', path }, environment: 'sandbox' } as const;
  const answers = [false, false, true];
  const look = () => {
    const answer = answers.shift() ?? true;
    happened.push(answer ? 'needed' : 'not needed');
    return Promise.resolve(answer);
  };
  const thread = startRelayThread(data, { engine, logger, scheduler, isNeeded: look });
  await begun.promise;
  await thread.stop();
  assert.deepEqual(happened, ['not needed', 'not needed', 'needed', 'a thread began, and broke down']);
});

test('a thread that waits for a database that says nothing does not keep the server from ending', async (t) => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const server = {
    hosts: [{ host: '127.0.0.1', port }],
    ...{ user: 'strongroom', password: null, database: 'strongroom', options: null },
    ...({ tls: 'disable', tlsRootCertFile: null, tlsCertFile: null, tlsKeyFile: null } as const),
  };
  const told: string[] = [];
  const logger = { ...silentLogger, warn: (_fields: object, message: string) => told.push(message) };
  const data = { database: { kind: 'postgres', server }, environment: 'sandbox' } as const;
  const thread = startRelayThread(data, { engine, logger, scheduler, isNeeded, stopMs: 50 });
  await once(silent, 'connection');
  await thread.stop();
  assert.deepEqual(told, ['webhooks: the delivering thread does not end in time, and is left behind']);
});
