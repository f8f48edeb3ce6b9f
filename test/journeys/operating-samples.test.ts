import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type PostgresForTests, postgresForTests } from '../postgres/start-postgres.ts';
import { freePort } from './free-port.ts';
import { makeCertificates } from './start-split.ts';
import { type RunningPart, startPart } from './start-strongroom.ts';

const run = promisify(execFile);
const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'strongroom-operating-'));
const tls = join(folder, 'tls');
let postgres: PostgresForTests;
let databaseUrl: string;
const started: RunningPart[] = [];

before(async () => {
  postgres = await postgresForTests();
  databaseUrl = (await postgres.createDatabase()).url;
  mkdirSync(join(folder, 'etc'));
  mkdirSync(join(folder, 'lib'));
  makeCertificates(tls, ['localhost']);
});
after(async () => {
  await Promise.all(started.map((part) => part.stop()));
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The first block below a heading, parted at its comments on lines of their own: what comes before any machine, then each one's. */
const commandsBelow = (heading: string): readonly string[] => {
  const block = page.slice(page.indexOf(heading)).split('```')[1] ?? '';
  return block.replace(/^sh\n/, '').split(/^# .*\n/m);
};

/** Runs what stands before `strongroom serve`. @returns the settings that the server would see */
const runUntilServing = async (script: string): Promise<Readonly<Record<string, string>>> => {
  const program = `strongroom() { '${process.execPath}' '${entry}' "$@" 1>&2; }\n`;
  const { stdout } = await run('/bin/bash', ['-ec', program + script.replace(/^strongroom serve$/m, 'env')], {
    env: {},
  });
  const settings = stdout.matchAll(/^(STRONGROOM_\w+)=(.*)$/gm);
  return Object.fromEntries([...settings].map(([, name = '', value = '']) => [name, value] as const));
};

const readiness = async (apiUrl: string): Promise<unknown> => {
  const ca = readFileSync(join(tls, 'authority.pem'));
  const [answer] = (await once(get(`${apiUrl}/health/ready`, { ca, servername: 'localhost' }), 'response')) as [
    IncomingMessage,
  ];
  return JSON.parse(await text(answer)) as unknown;
};

it('a server in three parts starts by the commands as they are printed, on addresses of this machine', async () => {
  const [shared = '', ...machines] = commandsBelow('## Several processes');
  assert.equal(machines.length, 3);
  const [apiLinkPort, vaultLinkPort] = [await freePort(), await freePort()];
  const here = (script: string): string =>
    script
      .replaceAll('/etc/strongroom/chain.pem', join(tls, 'localhost.pem'))
      .replaceAll('/etc/strongroom/key.pem', join(tls, 'localhost-key.pem'))
      .replaceAll('/etc/strongroom', join(folder, 'etc'))
      .replaceAll('/var/lib', join(folder, 'lib'))
      .replaceAll(/10\.0\.\d\.5/g, '127.0.0.1')
      .replaceAll('//api:8402', `//127.0.0.1:${apiLinkPort}`)
      .replaceAll('//vault:8402', `//127.0.0.1:${vaultLinkPort}`)
      .replaceAll('postgres://strongroom:…@db/strongroom', databaseUrl);
  // The certificates are made once; each machine has the settings of its part.
  const [certs = '', ...settings] = here(shared).split(/^(?=part\(\))/m);
  await runUntilServing(certs);
  const ports = {
    vault: { STRONGROOM_PCI_PORT: '0', STRONGROOM_LINK_PORT: String(vaultLinkPort) },
    api: { STRONGROOM_API_PORT: '0', STRONGROOM_LINK_PORT: String(apiLinkPort) },
    worker: { STRONGROOM_API_PORT: '0' },
  };
  for (const [index, role] of (['vault', 'api', 'worker'] as const).entries()) {
    const env = await runUntilServing(settings.join('') + here(machines[index] ?? ''));
    assert.equal(env['STRONGROOM_ROLE'], role);
    started.push(await startPart(role, { dataDir: env['STRONGROOM_DATA_DIR'] ?? '', env: { ...env, ...ports[role] } }));
  }
  assert.deepEqual(await readiness(started[1]?.apiUrl ?? ''), { status: 'up', vault: 'up' });
});
