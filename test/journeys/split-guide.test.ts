import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writeCertificates } from '../../src/cli/certs/write-certificates.ts';
import { openSystemRandomness } from '../../src/platform/system-randomness.ts';
import { readLedger } from '../../vault/index.ts';
import { openCaller } from '../link/open-link.ts';
import { freePort } from './free-port.ts';
import { type Client, codeOf, openClient } from './open-client.ts';
import { chargesInLedger } from './read-books.ts';
import { runCommand } from './run-command.ts';
import { linkFiles, startSplit, type SplitStrongroom } from './start-split.ts';
import { startPart } from './start-strongroom.ts';

const approvedCard = '5200000000001005';
const apiLink = { port: 0, url: (): string => `https://127.0.0.1:${apiLink.port}` };

let split: SplitStrongroom;
let client: Client;
before(async () => {
  apiLink.port = await freePort();
  split = await startSplit({ apiLinkPort: apiLink.port, vaultLinkPort: await freePort() });
  client = openClient(split);
});
after(async () => {
  client.close();
  await split.stop();
});

describe('the guide over three processes', () => {
  it('is walked from card to Completed', async () => {
    const setupIntent = await client.tokenise(approvedCard);
    assert.deepEqual([setupIntent.status, setupIntent.shown.status], [200, 'Authorized'], setupIntent.text);
    const paymentIntent = (await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id })).shown;
    const charged = await client.charge(paymentIntent.id);
    assert.deepEqual([charged.status, charged.shown.status], [200, 'Successful'], charged.text);
    assert.equal((await client.api('GET', `/payment-intents/${paymentIntent.id}`)).shown.status, 'Captured');
    assert.equal((await client.api('GET', `/setup-intents/${setupIntent.shown.id}`)).shown.status, 'Completed');
    assert.equal(chargesInLedger(split.vaultDir).length, 1);
  });

  it('is walked through a second vault as well: a card is verified where it is, and charged anywhere', async () => {
    const second = await startPart('vault', {
      dataDir: join(split.folder, 'second'),
      env: {
        STRONGROOM_PCI_PORT: '0',
        STRONGROOM_LINK_PORT: '0',
        STRONGROOM_PLATFORM_URL: apiLink.url(),
        STRONGROOM_DATABASE_URL: `sqlite:${join(split.vaultDir, 'vault.db')}`,
        STRONGROOM_KEYRING_FILE: join(split.vaultDir, 'keyring.json'),
        ...linkFiles(join(split.folder, 'certs'), 'strongroom-vault'),
      },
    });
    const there = openClient({ ...split, pciUrl: second.pciUrl });
    try {
      const setupIntent = await there.tokenise(approvedCard);
      assert.deepEqual([setupIntent.status, setupIntent.shown.status], [200, 'Authorized'], setupIntent.text);
      const paymentIntent = (await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id })).shown;
      assert.equal((await client.charge(paymentIntent.id)).shown.status, 'Successful');
      const verifiedHere = readLedger(join(split.folder, 'second', 'acquirer-simulator.db'));
      assert.deepEqual(
        verifiedHere.map(({ operation }) => operation),
        ['verify'],
      );
      assert.ok(chargesInLedger(split.vaultDir).some(({ intentId }) => intentId === paymentIntent.id));
    } finally {
      there.close();
      await second.stop();
    }
  });
});

describe('a part that does not start', () => {
  const certs = (): string => join(split.folder, 'certs');
  const start = (env: Readonly<Record<string, string>>) =>
    runCommand(['serve', '--role', 'api'], join(split.folder, 'refused'), {
      STRONGROOM_API_PORT: '0',
      STRONGROOM_LINK_PORT: '0',
      STRONGROOM_VAULT_URL: 'https://127.0.0.1:1',
      ...linkFiles(certs(), 'strongroom-api'),
      ...env,
    });

  it('says what is wrong with its certificate, in one line and with exit code 1', async () => {
    const missing = await start({ STRONGROOM_LINK_CERT_FILE: join(certs(), 'nowhere.pem') });
    const foreign = await start({ STRONGROOM_LINK_KEY_FILE: join(certs(), 'strongroom-vault-key.pem') });
    for (const { exitCode, stderr } of [missing, foreign]) {
      assert.equal(exitCode, 1);
      assert.match(stderr, /^The certificate for the other parts, its key or its authority cannot be used: .+\n$/);
    }
    const old = mkdtempSync(join(split.folder, 'old-'));
    const yesterday = { now: () => Date.now() - 2 * 24 * 60 * 60 * 1000 };
    const order = { folder: old, names: ['strongroom-api'], days: 1 };
    assert.ok(writeCertificates(order, { clock: yesterday, random: openSystemRandomness() }).ok);
    const expired = await start(linkFiles(old, 'strongroom-api'));
    assert.equal(expired.exitCode, 1);
    assert.match(expired.stderr, /^The certificate for the other parts was good until .+ Renew it\.\n$/);
  });
});

describe('a split server in production', () => {
  it('knows no sandbox, takes no test card, and has no call for the strings of a simulator', async () => {
    const folder = mkdtempSync(join(split.folder, 'production-'));
    const keyringFile = join(folder, 'keyring.json');
    const production = { STRONGROOM_MODE: 'production' };
    const behindProxy = { ...production, STRONGROOM_TRUSTED_PROXY: '127.0.0.1' };
    const books = { STRONGROOM_DATABASE_URL: `sqlite:${join(folder, 'books.db')}` };
    assert.equal(
      (await runCommand(['keyring', 'create', '--keyring-file', keyringFile], folder, production)).exitCode,
      0,
    );
    const server = await startSplit({
      apiLinkPort: await freePort(),
      vaultLinkPort: await freePort(),
      apiEnv: { ...behindProxy, ...books },
      workerEnv: { ...production, ...books },
      vaultEnv: { ...behindProxy, STRONGROOM_KEYRING_FILE: keyringFile },
    });
    const run = async (...words: readonly string[]): Promise<string> =>
      (await runCommand(words, folder, { ...production, ...books })).stdout.trim();
    const key = await run('keys', 'create', await run('accounts', 'create', 'Merchant'));
    const merchant = openClient(server, { key });
    const asApi = openCaller({
      cert: readFileSync(join(server.folder, 'certs', 'strongroom-api.pem')),
      key: readFileSync(join(server.folder, 'certs', 'strongroom-api-key.pem')),
      ca: readFileSync(join(server.folder, 'certs', 'authority.pem')),
      peers: ['strongroom-vault'],
    });
    try {
      const tested = await merchant.tokenise(approvedCard);
      assert.deepEqual([tested.status, codeOf(tested)], [400, 'test-card-refused'], tested.text);
      const unconnected = await merchant.tokenise('5555555555554444');
      assert.deepEqual([unconnected.status, codeOf(unconnected)], [503, 'acquirer-unavailable'], unconnected.text);
      assert.equal((await merchant.api('GET', '/sandbox/acquirer')).status, 404);
      // The caller of this test speaks as a sandbox does, and is not let in by the best of certificates.
      const called = await asApi.peerAt(server.vault.linkUrl).call({
        path: '/sandbox-acquirer/script',
        body: { accountId: 'acc_one' },
        timeoutMs: 2_000,
        isRepeatable: false,
      });
      assert.ok(called.ok && called.value.status === 403);
      assert.doesNotMatch(server.api.output(), /sk_(sandbox|prod)_/);
    } finally {
      merchant.close();
      await asApi.close();
      await server.stop();
    }
  });
});
