import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';

const root = join(import.meta.dirname, '../..');
const publicKey = 'sk_sandbox_c8oLGaI__msxsXbpBDpdtwJEz_eIhfQoKHmedqgZPCdBx59zpKZLSk8OPLT0cZolbeuYJSBvzDVVsYvtpo5RkQ';
/** npm runs the scripts of its packages on the Node that runs this test, whichever one the machine has. */
const onThisNode = { ...process.env, PATH: `${join(process.execPath, '..')}:${process.env['PATH']}` };

const run = (program: string, args: readonly string[], cwd: string): void => {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env: onThisNode, encoding: 'utf8' });
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}\n${stderr}`);
};

type Json = Record<string, unknown>;

const post = async (url: string, body?: Json): Promise<Json> => {
  const headers = { authorization: `Basic ${publicKey}`, version: '2024-02-05', 'content-type': 'application/json' };
  const response = await fetch(url, {
    method: 'POST',
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as Json;
};

/** The two addresses that `serve` prints, API first. */
const printedUrls = async (server: ChildProcess): Promise<readonly [string, string]> => {
  assert.ok(server.stdout);
  const urls: string[] = [];
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /^(?:API|PCI)\s+(http:\/\/127\.0\.0\.1:\d+)$/.exec(line)?.[1];
    if (url !== undefined && urls.push(url) === 2) return [urls[0] ?? '', url];
  }
  assert.fail('the server ended before it had printed its addresses');
};

describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-pack-'));
  const staged = join(folder, 'staged');
  const installed = join(folder, 'node_modules/strongroom');
  let server: ChildProcess | undefined;

  before(() => {
    // Beside dist/, which a benchmark may be running from at the same time.
    mkdirSync(staged);
    for (const name of ['package.json', 'bin', 'LICENSE', 'README.md', 'CHANGELOG.md'])
      cpSync(join(root, name), join(staged, name), { recursive: true });
    run(process.execPath, [join(root, 'scripts/build.ts'), join(staged, 'dist')], staged);
    run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], staged);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    assert.ok(tarball);
    writeFileSync(join(folder, 'package.json'), '{"private": true}');
    run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`], folder);
  });

  after(() => {
    server?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds the program as JavaScript, its licence and its pages, and neither sources nor tests', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter(
      (path) => !path.startsWith('node_modules'),
    );
    for (const path of [
      'bin/strongroom.js',
      'dist/src/cli/main.js',
      'dist/vault/index.js',
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
    ])
      assert.ok(files.includes(path), path);
    assert.deepEqual(
      files.filter((path) => /\.ts$|\.test\.|fixture|^(src|vault|test|bench)\//.test(path)),
      [],
    );
  });

  it('brings no tool that only its development needs', () => {
    const brought = readdirSync(join(folder, 'node_modules'));
    for (const tool of ['node', 'typescript', 'eslint', 'dependency-cruiser', '@biomejs', '@types'])
      assert.ok(!brought.includes(tool), tool);
  });

  it('runs in an empty folder: a card is tokenised and charged, and SIGTERM ends it cleanly', async () => {
    const settings = { STRONGROOM_API_PORT: '0', STRONGROOM_PCI_PORT: '0', STRONGROOM_DATA_DIR: join(folder, 'data') };
    server = spawn(join(folder, 'node_modules/.bin/strongroom'), ['serve'], {
      cwd: folder,
      env: { ...onThisNode, ...settings },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [api, pci] = await printedUrls(server);

    const setupIntent = await post(`${pci}/setup-intents`, {
      reference: 'Booking 234',
      terms: 'The card is charged when nobody comes.',
      merchantInitiatedTransactionType: 'NoShow',
      cardDetails: { cardNumber: '5200000000001005', cardName: 'A Guest', expiryDate: '12 / 29', cV2: '020' },
    });
    assert.equal(setupIntent['status'], 'Authorized');
    const paymentIntent = await post(`${api}/payment-intents`, {
      amount: { value: 1000, currencyCode: 'GBP' },
      reference: 'No-show of booking 234',
      setupIntentId: setupIntent['id'],
    });
    const charged = await post(`${api}/payment-intents/${String(paymentIntent['id'])}/charge`);
    assert.equal(charged['status'], 'Successful');
    assert.equal(charged['message'], 'DEPOSITED');

    server.stdout?.resume();
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });
});
