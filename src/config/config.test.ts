import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { type Config, type ConfigSources, loadConfig } from './config.ts';
import { settingFlags, settingNames, settings } from './settings.ts';

const load = (sources: Partial<ConfigSources>) => loadConfig({ env: {}, flags: {}, isTty: false, ...sources });

const loaded = (sources: Partial<ConfigSources>): Config => {
  const result = load(sources);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
};

const errorsOf = (env: Record<string, string>, flags: Record<string, string> = {}): readonly string[] => {
  const result = load({ env, flags });
  assert.ok(!result.ok, 'the settings were accepted');
  return result.error;
};

const onlyError = (env: Record<string, string>, flags: Record<string, string> = {}): string => {
  const errors = errorsOf(env, flags);
  assert.equal(errors.length, 1, errors.join('\n'));
  return errors[0] ?? '';
};

const productionEnv = { STRONGROOM_MODE: 'production', STRONGROOM_TRUSTED_PROXY: '10.0.0.1' };

describe('settings that are left out', () => {
  it('make a sandbox on loopback that keeps its data in the working folder', () => {
    assert.deepEqual(loaded({}), {
      role: 'all',
      mode: 'sandbox',
      environment: 'sandbox',
      host: '127.0.0.1',
      apiPort: 8400,
      pciPort: 8401,
      dataDir: resolve('strongroom-data'),
      database: { kind: 'sqlite', path: resolve('strongroom-data/strongroom.db') },
      keyringFile: resolve('strongroom-data/keyring.json'),
      link: null,
      tls: null,
      trustedProxies: [],
      publicApiUrl: null,
      publicPciUrl: null,
      acquirerTimeoutMs: 2000,
      eventRetentionDays: null,
      shutdownGraceMs: 8000,
      log: 'json',
      logLevel: 'info',
    });
  });

  it('depend on the mode, the data folder and the terminal where they must', () => {
    const production = loaded({ env: productionEnv, flags: { dataDir: '/srv/data' }, isTty: true });
    assert.equal(production.environment, 'prod');
    assert.equal(production.acquirerTimeoutMs, 30_000);
    assert.deepEqual(production.database, { kind: 'sqlite', path: '/srv/data/strongroom.db' });
    assert.equal(production.keyringFile, '/srv/data/keyring.json');
    assert.equal(production.log, 'pretty');
    assert.equal(loaded({ env: { STRONGROOM_LOG: 'json' }, isTty: true }).log, 'json');
  });
});

describe('settings that are given', () => {
  it('are read from variables', () => {
    const config = loaded({
      env: {
        PATH: '/usr/bin',
        STRONGROOM_HOST: '::1',
        STRONGROOM_API_PORT: '0',
        STRONGROOM_PCI_PORT: '0',
        STRONGROOM_DATABASE_URL: 'sqlite:/tmp/x.db',
        STRONGROOM_KEYRING_FILE: '/keys/ring.json',
        STRONGROOM_TLS_CERT_FILE: '/tls/cert.pem',
        STRONGROOM_TLS_KEY_FILE: '/tls/key.pem',
        STRONGROOM_TRUSTED_PROXY: '10.0.0.0/8, ::1',
        STRONGROOM_PUBLIC_API_URL: 'https://api.example.com/',
        STRONGROOM_PUBLIC_PCI_URL: 'https://pci.example.com:8443',
        STRONGROOM_ACQUIRER_TIMEOUT_MS: '500',
        STRONGROOM_SHUTDOWN_GRACE_MS: '0',
        STRONGROOM_LOG: 'silent',
        STRONGROOM_LOG_LEVEL: 'debug',
      },
    });
    assert.equal(config.host, '::1');
    assert.deepEqual([config.apiPort, config.pciPort], [0, 0]);
    assert.deepEqual(config.database, { kind: 'sqlite', path: '/tmp/x.db' });
    assert.equal(config.keyringFile, '/keys/ring.json');
    assert.deepEqual(config.tls, { certFile: '/tls/cert.pem', keyFile: '/tls/key.pem' });
    assert.deepEqual(config.trustedProxies, ['10.0.0.0/8', '::1']);
    assert.equal(config.publicApiUrl, 'https://api.example.com');
    assert.equal(config.publicPciUrl, 'https://pci.example.com:8443');
    assert.deepEqual([config.acquirerTimeoutMs, config.shutdownGraceMs], [500, 0]);
    assert.deepEqual([config.log, config.logLevel], ['silent', 'debug']);
  });

  it('are taken from the flag where both are given, and a wrong variable behind it does not matter', () => {
    assert.equal(loaded({ env: { STRONGROOM_API_PORT: '9000' }, flags: { apiPort: '9001' } }).apiPort, 9001);
    assert.equal(loaded({ env: { STRONGROOM_API_PORT: 'x' }, flags: { apiPort: '9001' } }).apiPort, 9001);
  });

  it('take the absolute form of a SQLite URL too', () => {
    const path = (url: string) => ({ ...loaded({ env: { STRONGROOM_DATABASE_URL: url } }).database });
    assert.deepEqual(path('sqlite:///var/lib/s.db'), { kind: 'sqlite', path: '/var/lib/s.db' });
    assert.deepEqual(path('sqlite:s.db'), { kind: 'sqlite', path: resolve('s.db') });
  });

  it('take the URL of a PostgreSQL, whose password never stands in a message', () => {
    const { database } = loaded({ env: { STRONGROOM_DATABASE_URL: 'postgres://u:p@127.0.0.1:6432/strongroom' } });
    assert.ok(database.kind === 'postgres');
    assert.deepEqual(database.server.hosts, [{ host: '127.0.0.1', port: 6432 }]);
  });
});

describe('bad settings', () => {
  const bad: readonly (readonly [variable: string, value: string, expected: RegExp])[] = [
    ['STRONGROOM_API_PORT', '80x', /not a whole number: give a port/],
    ['STRONGROOM_API_PORT', '-1', /not a whole number/],
    ['STRONGROOM_API_PORT', '1e3', /not a whole number/],
    ['STRONGROOM_PCI_PORT', '65536', /out of range/],
    ['STRONGROOM_API_PORT', '', /is empty.*leave it out/],
    ['STRONGROOM_MODE', 'prod', /none of the choices: give sandbox or production/],
    ['STRONGROOM_MODE', 'Production', /none of the choices/],
    ['STRONGROOM_HOST', 'my-host', /not an address/],
    ['STRONGROOM_HOST', '[::1]', /not an address/],
    ['STRONGROOM_DATA_DIR', '', /is empty/],
    ['STRONGROOM_DATABASE_URL', 'postgres://user:pw@db', /names no hosts of a PostgreSQL: give sqlite:/],
    ['STRONGROOM_DATABASE_URL', 'postgresql://user:pw@db/x?sslmode=prefer', /has an sslmode other than/],
    ['STRONGROOM_DATABASE_URL', 'mysql://db', /not a database URL/],
    ['STRONGROOM_DATABASE_URL', 'sqlite:', /names no file/],
    ['STRONGROOM_DATABASE_URL', 'sqlite::memory:', /no durable file/],
    ['STRONGROOM_DATABASE_URL', 'sqlite:file:x?mode=memory', /no durable file/],
    ['STRONGROOM_DATABASE_URL', 'sqlite://host/x.db', /names no file/],
    ['STRONGROOM_TRUSTED_PROXY', '10.0.0.1,', /no address or range/],
    ['STRONGROOM_TRUSTED_PROXY', '0.0.0.0/0', /no address or range/],
    ['STRONGROOM_TRUSTED_PROXY', '::/0', /no address or range/],
    ['STRONGROOM_TRUSTED_PROXY', '10.0.0.1/33', /no address or range/],
    ['STRONGROOM_TRUSTED_PROXY', 'true', /no address or range/],
    ['STRONGROOM_TRUSTED_PROXY', Array(33).fill('10.0.0.1').join(), /more than 32/],
    ['STRONGROOM_PUBLIC_API_URL', 'api.example.com', /not a URL/],
    ['STRONGROOM_PUBLIC_API_URL', 'ftp://x', /neither http nor https/],
    ['STRONGROOM_PUBLIC_PCI_URL', 'https://x/path', /more than scheme/],
    ['STRONGROOM_PUBLIC_PCI_URL', 'https://u:p@x', /user name or password/],
    ['STRONGROOM_ACQUIRER_TIMEOUT_MS', '99', /out of range: give a whole number from 100 to 120000/],
    ['STRONGROOM_SHUTDOWN_GRACE_MS', '9001', /out of range/],
    ['STRONGROOM_EVENT_RETENTION_DAYS', '34', /out of range: give a whole number from 35 to 36500/],
    ['STRONGROOM_LOG', 'yaml', /give json, pretty or silent/],
    ['STRONGROOM_LOG_LEVEL', 'trace', /give error, warn, info or debug/],
  ];
  for (const [variable, value, expected] of bad)
    it(`are named with what would be right: ${variable}=${value.slice(0, 40)}`, () => {
      const error = onlyError({ [variable]: value });
      assert.match(error, expected);
      assert.ok(error.startsWith(`${variable} `), error);
    });

  it('are all reported at once', () => {
    assert.equal(errorsOf({ STRONGROOM_API_PORT: 'x', STRONGROOM_LOG: 'y', STRONGROOM_NOPE: '1' }).length, 3);
  });

  it('are named as a flag when they came from one', () => {
    assert.match(onlyError({}, { apiPort: 'x' }), /^--api-port is not/);
  });

  it('are never quoted', () => {
    const secret = 'hunter2-hunter2';
    for (const name of settingNames) {
      if (name === 'dataDir' || name.endsWith('File')) continue;
      const errors = errorsOf({ [settings[name].variable]: `redis://${secret}@x/y` });
      assert.ok(!errors.join().includes(secret), errors.join());
    }
  });
});

describe('unknown variables', () => {
  it('are refused, with the name that was probably meant', () => {
    assert.match(
      onlyError({ STRONGROOM_API_PROT: '1' }),
      /STRONGROOM_API_PROT is no setting.*mean STRONGROOM_API_PORT\?/,
    );
    assert.match(onlyError({ STRONGROOM_KEYRING: '1' }), /mean STRONGROOM_KEYRING_FILE\?/);
    assert.match(onlyError({ strongroom_mode: '1' }), /mean STRONGROOM_MODE\?/);
  });

  it('are not guessed at when nothing is near', () => {
    assert.match(onlyError({ STRONGROOM_FLUX_CAPACITOR: '1' }), /Remove it; docs\/configuration\.md/);
  });

  it('cannot write control characters to the terminal', () => {
    assert.doesNotMatch(onlyError({ 'STRONGROOM_\u001b[2J': '1' }), /\u001b/);
  });

  it('of other programs are ignored', () => {
    assert.ok(load({ env: { STRONG: '1', MY_STRONGROOM_X: '1' } }).ok);
  });
});

describe('settings that contradict each other', () => {
  it('refuse a certificate without its key, and a key without its certificate', () => {
    assert.match(onlyError({ STRONGROOM_TLS_CERT_FILE: 'c' }), /KEY_FILE is not: give both/);
    assert.match(onlyError({ STRONGROOM_TLS_KEY_FILE: 'k' }), /CERT_FILE is not: give both/);
  });

  it('refuse one port for both listeners, unless it is any free port', () => {
    assert.match(onlyError({ STRONGROOM_API_PORT: '8401' }), /same port/);
    assert.ok(load({ env: { STRONGROOM_API_PORT: '0', STRONGROOM_PCI_PORT: '0' } }).ok);
  });
});

describe('production', () => {
  it('is refused without TLS and without a trusted proxy, on loopback too', () => {
    assert.match(onlyError({ STRONGROOM_MODE: 'production' }), /in the clear: give STRONGROOM_TLS_CERT_FILE/);
    assert.match(onlyError({ STRONGROOM_MODE: 'production', STRONGROOM_HOST: '0.0.0.0' }), /others can reach/);
  });

  it('starts with either', () => {
    const tls = { STRONGROOM_TLS_CERT_FILE: 'c', STRONGROOM_TLS_KEY_FILE: 'k' };
    assert.equal(loaded({ env: { STRONGROOM_MODE: 'production', ...tls } }).mode, 'production');
    assert.equal(loaded({ env: { ...productionEnv, STRONGROOM_HOST: '0.0.0.0' } }).mode, 'production');
  });

  it('is named by a flag as well as by a variable, and its refusals follow', () => {
    assert.match(onlyError({}, { mode: 'production' }), /in the clear/);
    assert.equal(loaded({ env: { STRONGROOM_MODE: 'production' }, flags: { mode: 'sandbox' } }).environment, 'sandbox');
  });

  it('refuses public addresses that are not https', () => {
    assert.match(onlyError({ ...productionEnv, STRONGROOM_PUBLIC_PCI_URL: 'http://pci.example.com' }), /is not https/);
    assert.ok(load({ env: { STRONGROOM_PUBLIC_PCI_URL: 'http://pci.example.com' } }).ok);
  });
});

describe('a command that is not the server', () => {
  const only = ['mode', 'dataDir', 'databaseUrl'] as const;

  it('is not refused for what only the server needs', () => {
    const config = loaded({
      env: { STRONGROOM_MODE: 'production', STRONGROOM_API_PORT: 'x', STRONGROOM_DATA_DIR: '/d' },
      only,
    });
    assert.deepEqual([config.environment, config.dataDir, config.apiPort], ['prod', '/d', 8400]);
  });

  it('is refused for what it uses, and for unknown variables', () => {
    const result = load({ env: { STRONGROOM_MODE: 'x', STRONGROOM_NOPE: '1' }, only });
    assert.ok(!result.ok);
    assert.equal(result.error.length, 2);
  });
});

describe('the table of settings', () => {
  it('names each setting as the parsed flag will be named', () => {
    for (const name of settingNames)
      assert.equal(
        settings[name].flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
        name,
      );
  });

  it('derives the variable from the flag, so that one can be guessed from the other', () => {
    for (const name of settingNames)
      assert.equal(settings[name].variable, `STRONGROOM_${settings[name].flag.toUpperCase().replaceAll('-', '_')}`);
  });

  it('gives one flag per setting, with its default', () => {
    assert.equal(settingFlags.length, settingNames.length);
    assert.ok(
      settingFlags.some(({ flags, description }) => flags === '--api-port <port>' && description.includes('`8400`')),
    );
  });
});
