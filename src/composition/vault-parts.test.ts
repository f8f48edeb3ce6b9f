import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

/** Opens the keyring at the moment when all of them may. */
const opener = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { module, keyringFile, gate } = workerData;
  import(module).then(async ({ openKeyring }) => {
    const empty = { all: () => Promise.resolve([]) };
    const base = { config: { keyringFile, mode: 'sandbox', role: 'all' }, logger: { info: () => {} } };
    parentPort.postMessage('ready');
    Atomics.wait(gate, 0, 0);
    parentPort.postMessage((await openKeyring(base, empty)).activeKeyId);
  });
`;

test('nodes that start together on an empty folder make one keyring', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-keyring-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const workerData = {
    module: new URL('./vault-parts.ts', import.meta.url).href,
    keyringFile: join(folder, 'keyring.json'),
    gate,
  };
  const openers = Array.from({ length: 4 }, () => new Worker(opener, { eval: true, workerData }));
  const next = (worker: Worker): Promise<string> =>
    new Promise((resolve, reject) => void worker.once('message', resolve).once('error', reject));
  await Promise.all(openers.map(next));
  const opened = Promise.all(openers.map(next));
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  const [id, ...others] = new Set(await opened);
  assert.match(id ?? '', /^.{8,}$/);
  assert.deepEqual(others, []);
});
