import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import { testCards } from '../../vault/index.ts';
import { type Client, codeOf, openClient } from './open-client.ts';
import { type CommandOutcome, runCommand } from './run-command.ts';
import { filesUnder } from './secret-forms.ts';
import { publicSandboxKey, type RunningStrongroom, startStrongroom } from './start-strongroom.ts';

/** Valid by its check digit, in Visa's range, and no test card: as good as real to the program. */
const realLooking = '4929135268377144';

const folder = mkdtempSync(join(tmpdir(), 'strongroom-production-'));
const dataDir = join(folder, 'data');
const certFile = join(folder, 'certificate.pem');
const keyFile = join(folder, 'key.pem');
const inProduction = { STRONGROOM_MODE: 'production' };
const withTls = { ...inProduction, STRONGROOM_TLS_CERT_FILE: certFile, STRONGROOM_TLS_KEY_FILE: keyFile };
const anyPort = { STRONGROOM_API_PORT: '0', STRONGROOM_PCI_PORT: '0' };

/** Node can use certificates and not make them; a machine without openssl fails here, by name. */
const makeCertificate = (): void => {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  const files = ['-keyout', keyFile, '-out', certFile];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '1',
      ...subject,
      ...files,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
};

before(makeCertificate);
after(() => rmSync(folder, { recursive: true, force: true }));

const serve = (env: Record<string, string>, where = dataDir): Promise<CommandOutcome> =>
  runCommand(['serve'], where, { ...anyPort, ...env });

describe('a production server does not start', () => {
  const refused = async (starting: Promise<CommandOutcome>, says: RegExp): Promise<void> => {
    const { exitCode, stdout, stderr } = await starting;
    assert.equal(exitCode, 1, stdout);
    assert.match(stderr, says);
    assert.ok(!stderr.includes('    at '), stderr);
    assert.doesNotMatch(stdout, /^API/m);
  };

  it('without TLS or a proxy that ends it', () =>
    refused(serve(inProduction), /STRONGROOM_TLS_CERT_FILE.*STRONGROOM_TRUSTED_PROXY/s));

  it('with a certificate that cannot be read', async () => {
    await runCommand(['keyring', 'create'], join(folder, 'other'), inProduction);
    await refused(
      serve({ ...withTls, STRONGROOM_TLS_CERT_FILE: join(folder, 'nowhere.pem') }, join(folder, 'other')),
      /certificate/,
    );
    await refused(serve({ ...withTls, STRONGROOM_TLS_KEY_FILE: certFile }, join(folder, 'other')), /certificate|key/i);
    const rsaKey = join(folder, 'rsa.pem');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(rsaKey, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await refused(
      serve({ ...withTls, STRONGROOM_TLS_KEY_FILE: rsaKey }, join(folder, 'other')),
      /do not belong together/,
    );
  });

  it('without a keyring, and makes none', async () => {
    await refused(serve(withTls, join(folder, 'empty')), /keyring/i);
    assert.ok(!filesUnder(join(folder, 'empty')).some((file) => file.endsWith('keyring.json')));
  });

  it('with a public address in the clear, or an unknown setting', async () => {
    const wrong = {
      STRONGROOM_PUBLIC_API_URL: 'http://api.example.com',
      STRONGROOM_API_PROT: '1',
      STRONGROOM_PCI_PORT: 'http',
    };
    await refused(
      serve({ ...withTls, ...wrong }),
      /^(?=[^]*STRONGROOM_PUBLIC_API_URL)(?=[^]*STRONGROOM_API_PROT[^\n]*STRONGROOM_API_PORT)(?=[^]*STRONGROOM_PCI_PORT)/,
    );
  });

  it('with a keyring that others can read, or a damaged one', async () => {
    const where = join(folder, 'exposed');
    await runCommand(['keyring', 'create'], where, inProduction);
    const keyring = join(where, 'keyring.json');
    execFileSync('chmod', ['644', keyring]);
    await refused(serve(withTls, where), /keyring/i);
    execFileSync('sh', ['-c', `chmod 600 '${keyring}' && printf x >> '${keyring}'`]);
    await refused(serve(withTls, where), /keyring/i);
  });
});

it('no server starts on a folder, a database or a ledger that is damaged, and each says which', async () => {
  const damaged = async (file: string): Promise<CommandOutcome> => {
    const where = mkdtempSync(join(folder, 'damaged-'));
    writeFileSync(join(where, file), 'no database, and longer than a header of one '.repeat(20));
    return serve({}, file === 'folder' ? join(where, file) : where);
  };
  for (const [file, says] of Object.entries({
    folder: /folder/,
    'strongroom.db': /strongroom\.db/,
    'acquirer-simulator.db': /ledger/,
  })) {
    const { exitCode, stderr } = await damaged(file);
    assert.equal(exitCode, 1, file);
    assert.match(stderr, says);
    assert.ok(!stderr.includes('    at '), stderr);
  }
});

it('what is damaged inside a database is said in a sentence, by the server and by the commands', async () => {
  const where = mkdtempSync(join(folder, 'pages-'));
  assert.equal((await runCommand(['accounts', 'create', 'Merchant'], where)).exitCode, 0);
  const file = openSync(join(where, 'strongroom.db'), 'r+');
  const { size } = fstatSync(file);
  writeSync(file, Buffer.alloc(size - 4096, 0xff), 0, size - 4096, 4096);
  closeSync(file);
  for (const outcome of [await serve({}, where), await runCommand(['accounts', 'list'], where)]) {
    assert.equal(outcome.exitCode, 1);
    assert.match(outcome.stderr, /database/);
    assert.ok(!outcome.stderr.includes('    at '), outcome.stderr);
  }
});

describe('a production server', () => {
  let strongroom: RunningStrongroom;
  let client: Client;
  let key: string;
  before(async () => {
    const made = await runCommand(['keyring', 'create'], dataDir, inProduction);
    assert.equal(made.exitCode, 0, made.stderr);
    strongroom = await startStrongroom({ dataDir, env: withTls });
    const created = await runCommand(['accounts', 'create', 'Merchant'], dataDir, inProduction);
    key = (await runCommand(['keys', 'create', created.stdout.trim()], dataDir, inProduction)).stdout.trim();
    client = openClient(strongroom, { key, ca: readFileSync(certFile, 'utf8') });
  });
  after(async () => {
    client.close();
    assert.equal(await strongroom.stop(), 0);
  });

  it('keeps its data and its keyring to its owner', () => {
    assert.equal(statSync(dataDir).mode & 0o077, 0);
    assert.equal(statSync(join(dataDir, 'keyring.json')).mode & 0o777, 0o600);
  });

  it('makes no keyring for a role that holds no keys', async () => {
    const where = join(folder, 'no-keys');
    const made = await runCommand(['keyring', 'create'], where, { ...inProduction, STRONGROOM_ROLE: 'api' });
    assert.equal(made.exitCode, 1);
    assert.match(made.stderr, /^The role api holds no keys\. .+\n$/);
    assert.ok(!existsSync(where));
  });

  it('never replaces a keyring', async () => {
    const before = readFileSync(join(dataDir, 'keyring.json'));
    assert.equal((await runCommand(['keyring', 'create'], dataDir, inProduction)).exitCode, 1);
    assert.deepEqual(readFileSync(join(dataDir, 'keyring.json')), before);
  });

  it('prints no key and no sample', () => {
    assert.match(strongroom.output(), /^API {2}https:/m);
    assert.doesNotMatch(strongroom.output(), /sk_|curl|cardNumber/);
  });

  it('has nothing preloaded, and refuses sandbox keys', async () => {
    assert.equal((await runCommand(['accounts', 'list'], dataDir, inProduction)).stdout.trim().split('\n').length, 1);
    assert.match(key, /^sk_prod_/);
    for (const send of [client.createSetupIntent, client.createPaymentIntent]) {
      const refused = await send({}, { key: publicSandboxKey });
      assert.deepEqual([refused.status, codeOf(refused)], [403, 'key-wrong-environment']);
    }
    const withCard = await client.tokenise(realLooking, {}, { key: publicSandboxKey });
    assert.deepEqual([withCard.status, codeOf(withCard)], [403, 'key-wrong-environment']);
  });

  it('refuses every test card', async () => {
    for (const { number, cvv } of testCards) {
      const refused = await client.tokenise({ cardNumber: number, cV2: cvv });
      assert.deepEqual([refused.status, codeOf(refused)], [400, 'test-card-refused']);
    }
  });

  it('says that it has no acquirer, creates nothing, and has no simulator', async () => {
    const refused = await client.tokenise(realLooking);
    assert.deepEqual([refused.status, codeOf(refused)], [503, 'acquirer-unavailable']);
    assert.ok(!filesUnder(dataDir).some((file) => file.includes('simulator')));
  });

  it('gives ids of production', async () => {
    assert.match((await client.createSetupIntent()).shown.id, /^si_prod_/);
    assert.match((await client.createPaymentIntent()).shown.id, /^pi_prod_/);
  });

  it('speaks TLS 1.2 or newer, and nothing in the clear', async () => {
    for (const url of [strongroom.apiUrl, strongroom.pciUrl]) {
      assert.match(url, /^https:/);
      const clear = await new Promise<string>((resolve) => {
        const plain = request(url.replace('https:', 'http:'), { path: '/health/live' }, (response) =>
          resolve(`answered ${response.statusCode}`),
        );
        plain.on('error', () => resolve('refused')).end();
      });
      assert.equal(clear, 'refused');
      const port = Number(new URL(url).port);
      const shake = (options: object): Promise<string | null> =>
        new Promise((resolve) => {
          const socket = connect({ port, host: '127.0.0.1', ca: readFileSync(certFile), ...options }, () => {
            resolve(socket.getProtocol());
            socket.destroy();
          });
          socket.on('error', () => resolve(null));
        });
      assert.equal(await shake({}), 'TLSv1.3');
      assert.equal(await shake({ maxVersion: 'TLSv1.2' }), 'TLSv1.2');
      assert.equal(await shake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }), null);
    }
  });
});

describe('a server behind a proxy that ends TLS', () => {
  it('takes nothing from whoever comes past the proxy, and answers probes', async () => {
    const strongroom = await startStrongroom({ env: { STRONGROOM_TRUSTED_PROXY: '192.0.2.7' } });
    const client = openClient(strongroom);
    for (const refused of [await client.tokenise(realLooking), await client.createSetupIntent()])
      assert.deepEqual([refused.status, codeOf(refused)], [403, 'connection-unprotected']);
    assert.equal((await client.pci('GET', '/health/ready')).status, 200);
    client.close();
    assert.equal(await strongroom.stop(), 0);
  });

  it('takes calls from the proxy itself, and production keys never in a sandbox', async () => {
    const strongroom = await startStrongroom({ env: { STRONGROOM_TRUSTED_PROXY: '127.0.0.1' } });
    const client = openClient(strongroom);
    assert.equal((await client.createSetupIntent()).status, 200);
    const refused = await client.createSetupIntent({}, { key: `sk_prod_${'A'.repeat(86)}` });
    assert.deepEqual([refused.status, codeOf(refused)], [403, 'key-wrong-environment']);
    client.close();
    assert.equal(await strongroom.stop(), 0);
  });
});
