import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { openClient } from './open-client.ts';
import { type CommandOutcome, runCommand } from './run-command.ts';
import { startStrongroom } from './start-strongroom.ts';

const folder = mkdtempSync(join(tmpdir(), 'strongroom-keyring-'));
after(() => rmSync(folder, { recursive: true }));

it('a server does not start on cards that its keyring cannot open, and starts again when the right one is back', async () => {
  const dataDir = join(folder, 'data');
  const keyring = join(dataDir, 'keyring.json');
  const kept = join(folder, 'kept.json');
  const tokeniseOnce = async (): Promise<void> => {
    const strongroom = await startStrongroom({ dataDir });
    const client = openClient(strongroom);
    assert.equal((await client.tokenise('5200000000001005')).status, 200);
    client.close();
    assert.equal(await strongroom.stop(), 0);
  };
  const refused = async (): Promise<void> => {
    const anyPort = { STRONGROOM_API_PORT: '0', STRONGROOM_PCI_PORT: '0' };
    const { exitCode, stderr }: CommandOutcome = await runCommand(['serve'], dataDir, anyPort);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /^The database holds cards that were sealed under another keyring than .+keyring\.json\. .+$/m,
    );
    assert.ok(!stderr.includes('    at '), stderr);
  };
  await tokeniseOnce();
  copyFileSync(keyring, kept);
  rmSync(keyring);
  await refused();
  assert.ok(!existsSync(keyring), 'a new keyring would hide that the right one is missing');
  assert.equal((await runCommand(['keyring', 'create'], dataDir)).exitCode, 0);
  await refused();
  copyFileSync(kept, keyring);
  await tokeniseOnce();
});

it('a keyring whose folder cannot be made is refused in words', async () => {
  const { exitCode, stderr } = await runCommand(['keyring', 'create'], '/dev/null');
  assert.equal(exitCode, 1);
  assert.match(stderr, /^The folder of the keyring cannot be made: .*\/dev\/null.*\n$/);
});
