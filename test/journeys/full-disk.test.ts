import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readPrintedAddresses } from '../../src/cli/demo/printed-addresses.ts';
import { assertProblem } from './assert-problem.ts';
import { openClient } from './open-client.ts';
import { allSettled, capturedInDatabase, paidInLedger } from './read-books.ts';
import { runCommand } from './run-command.ts';
import { compileCache, startStrongroom } from './start-strongroom.ts';
import { until } from './until.ts';

const folder = mkdtempSync(join(tmpdir(), 'strongroom-full-disk-'));
const dataDir = join(folder, 'data');
after(() => rmSync(folder, { recursive: true, force: true }));

const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** A file may not grow beyond it: to SQLite the disk is full, and to this machine it is not. In units of 512 bytes. */
const fileBlocksMax = 2_400;

it('a full disk costs no answered request, charges nothing twice, and ends no server', async (t) => {
  const limited = spawn('sh', ['-c', `ulimit -f ${fileBlocksMax}; exec "$0" "$1" serve`, process.execPath, entry], {
    env: {
      ...compileCache,
      STRONGROOM_API_PORT: '0',
      STRONGROOM_PCI_PORT: '0',
      STRONGROOM_DATA_DIR: dataDir,
      STRONGROOM_LOG: 'json',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(limited, 'close');
  t.after(() => limited.kill('SIGKILL'));
  let printed = '';
  for (const stream of [limited.stdout, limited.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  const client = openClient(await until('the start', () => readPrintedAddresses(printed)));

  const answered: string[] = [];
  const refusals: string[] = [];
  while (refusals.length < 5 && answered.length < 5_000) {
    const setupIntent = await client.tokenise('5200000000001005');
    if (setupIntent.status !== 200) {
      assertProblem(setupIntent, 503, 'store-unavailable');
      refusals.push(setupIntent.text);
      continue;
    }
    answered.push(`/setup-intents/${setupIntent.shown.id}`);
    const paymentIntent = await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id });
    if (paymentIntent.status === 200) {
      answered.push(`/payment-intents/${paymentIntent.shown.id}`);
      const charged = await client.charge(paymentIntent.shown.id);
      if (charged.status !== 200) assertProblem(charged, 503, 'store-unavailable');
    } else assertProblem(paymentIntent, 503, 'store-unavailable');
  }
  assert.equal(refusals.length, 5, `the disk was never full after ${answered.length} answers`);
  assert.equal((await client.api('GET', '/health/live')).status, 200);
  assert.equal((await client.api('GET', answered[0] ?? '')).status, 200);
  client.close();
  limited.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null], printed.slice(-2_000));

  const strongroom = await startStrongroom({ dataDir });
  t.after(() => strongroom.stop());
  const again = openClient(strongroom);
  await until('the settling', () => allSettled(dataDir));
  for (const path of answered) assert.equal((await again.api('GET', path)).status, 200);
  assert.deepEqual(
    paidInLedger(dataDir)
      .map(({ intentId }) => intentId)
      .sort(),
    capturedInDatabase(dataDir),
  );
  assert.equal((await again.createSetupIntent()).status, 200);
  again.close();
  assert.equal(await strongroom.stop(), 0);
});

it('a start that finds no room is refused with what the system said of it', () => {
  const env = { STRONGROOM_API_PORT: '0', STRONGROOM_PCI_PORT: '0', STRONGROOM_DATA_DIR: join(folder, 'no-room') };
  const refused = spawnSync('sh', ['-c', 'ulimit -f 16; exec "$0" "$1" serve', process.execPath, entry], { env });
  assert.match(refused.stderr.toString(), /^The database cannot be used: .*disk.*\n$/);
  assert.equal(refused.status, 1);
});

/** Runs a command that can print nothing. */
const runUnprinted = (parameters: readonly string[], inFolder: string): { status: number | null; stderr: string } => {
  const full = openSync('/dev/full', 'w');
  const env = { ...compileCache, STRONGROOM_DATA_DIR: inFolder };
  const ran = spawnSync(process.execPath, [entry, ...parameters], { env, stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  return { status: ran.status, stderr: ran.stderr.toString() };
};

it('what a command made and could not print exists, and the command says in words what to do, with exit code 1', async () => {
  const inFolder = join(folder, 'unprinted');
  const made = runUnprinted(['accounts', 'create', 'Cafe'], inFolder);
  assert.match(made.stderr, /^The account is made; accounts list shows its id.*ENOSPC.*\n$/);
  const listed = (await runCommand(['accounts', 'list'], inFolder)).stdout;
  const accountId = /^(acc_\S+) .* Cafe$/m.exec(listed)?.[1] ?? '';
  const lost = runUnprinted(['keys', 'create', accountId], inFolder);
  const keyId = /^The key (key_\S+) is made .* keys revoke \1, .*ENOSPC.*\n$/.exec(lost.stderr)?.[1] ?? '';
  assert.equal((await runCommand(['keys', 'revoke', keyId], inFolder)).exitCode, 0, lost.stderr);
  const unlisted = runUnprinted(['accounts', 'list'], inFolder);
  assert.match(unlisted.stderr, /^The output cannot be written: ENOSPC.*\n$/);
  assert.deepEqual([made.status, lost.status, unlisted.status], [1, 1, 1]);
});
