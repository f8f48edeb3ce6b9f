import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { type Config, loadConfig } from './config.ts';
import { type Role, settingNames, settings } from './settings.ts';

const load = (env: Readonly<Record<string, string>>) => loadConfig({ env, flags: {}, isTty: false });
const loaded = (env: Readonly<Record<string, string>>): Config => {
  const result = load(env);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
};
const errorsOf = (env: Readonly<Record<string, string>>): readonly string[] => {
  const result = load(env);
  assert.ok(!result.ok, 'the settings were accepted');
  return result.error;
};

const files = {
  STRONGROOM_LINK_CERT_FILE: '/link/cert.pem',
  STRONGROOM_LINK_KEY_FILE: '/link/key.pem',
  STRONGROOM_LINK_CA_FILE: '/link/ca.pem',
};
/** The least that each part of a split server needs. */
const parts: Readonly<Record<Exclude<Role, 'all'>, Readonly<Record<string, string>>>> = {
  api: { STRONGROOM_ROLE: 'api', STRONGROOM_VAULT_URL: 'https://vault:8402', ...files },
  vault: { STRONGROOM_ROLE: 'vault', STRONGROOM_PLATFORM_URL: 'https://api:8402', ...files },
  worker: { STRONGROOM_ROLE: 'worker', STRONGROOM_VAULT_URL: 'https://vault:8402', ...files },
};

describe('a part of a split server', () => {
  it('has what it needs of the link, and its peers by default', () => {
    const { api, vault, worker } = parts;
    const link = { port: 8402, certFile: '/link/cert.pem', keyFile: '/link/key.pem', caFile: '/link/ca.pem' };
    assert.deepEqual(loaded(api).link, {
      ...link,
      peers: ['strongroom-vault'],
      peerUrl: 'https://vault:8402',
      advertisedUrl: null,
    });
    assert.deepEqual(loaded(vault).link?.peers, ['strongroom-api', 'strongroom-worker']);
    assert.equal(loaded(vault).link?.peerUrl, 'https://api:8402');
    assert.deepEqual(loaded(worker).link?.peers, ['strongroom-vault']);
    assert.deepEqual(loaded({ ...api, STRONGROOM_LINK_PEERS: 'a.example, b' }).link?.peers, ['a.example', 'b']);
  });

  it('knows of a keyring in the vault only, and keeps the vault’s tables in a file of their own', () => {
    const databaseOf = (config: Config): unknown => config.database.kind === 'sqlite' && config.database.path;
    assert.equal(loaded(parts.vault).keyringFile, resolve('strongroom-data/keyring.json'));
    assert.equal(databaseOf(loaded(parts.vault)), resolve('strongroom-data/vault.db'));
    for (const role of ['api', 'worker'] as const) {
      assert.equal(loaded(parts[role]).keyringFile, null);
      assert.equal(databaseOf(loaded(parts[role])), resolve('strongroom-data/strongroom.db'));
    }
  });

  for (const role of ['api', 'worker'] as const)
    it(`is refused a keyring as ${role}: a process without cards must hold no key`, () => {
      const errors = errorsOf({ ...parts[role], STRONGROOM_KEYRING_FILE: '/keys/ring.json' });
      assert.equal(errors.length, 1);
      assert.match(errors[0] ?? '', new RegExp(`KEYRING_FILE is of no use to the role ${role}: all and vault take it`));
    });

  for (const [role, env] of Object.entries(parts))
    for (const variable of Object.keys(env).filter((name) => name !== 'STRONGROOM_ROLE'))
      it(`is refused as ${role} without ${variable}`, () => {
        const rest = Object.fromEntries(Object.entries(env).filter(([name]) => name !== variable));
        const errors = errorsOf(rest);
        assert.equal(errors.length, 1, errors.join('\n'));
        assert.ok(errors[0]?.startsWith(`${variable} is missing, and the role ${role} needs it: give `), errors[0]);
      });

  it('is refused every setting that it has no use for, with who has', () => {
    for (const [role, env] of Object.entries({ ...parts, all: {} }))
      for (const name of settingNames) {
        const { roles, variable } = { roles: undefined, ...settings[name] } as {
          readonly roles?: readonly string[];
          readonly variable: string;
        };
        if (roles === undefined || roles.includes(role)) continue;
        const errors = errorsOf({ ...env, [variable]: 'x' }).filter((error) => error.includes('is of no use'));
        assert.equal(errors.length, 1, `${role} ${variable}`);
        assert.ok(errors[0]?.includes(`the role ${role}`), errors[0]);
      }
  });

  it('must say where a vault is reached that listens on all addresses', () => {
    const anywhere = { ...parts.vault, STRONGROOM_HOST: '0.0.0.0' };
    assert.match(errorsOf(anywhere)[0] ?? '', /^STRONGROOM_LINK_ADVERTISED_URL is missing/);
    const told = loaded({ ...anywhere, STRONGROOM_LINK_ADVERTISED_URL: 'https://10.0.0.7:8402' });
    assert.equal(told.link?.advertisedUrl, 'https://10.0.0.7:8402');
  });

  it('reaches the others over TLS only, by names without wildcards', () => {
    const clear = errorsOf({ ...parts.api, STRONGROOM_VAULT_URL: 'http://vault:8402' });
    assert.match(clear.join(), /STRONGROOM_VAULT_URL is not https/);
    for (const peers of ['*.example', 'Vault', 'a,,b', 'a,a', '', '-a', Array(17).fill('x').join()])
      assert.match(errorsOf({ ...parts.api, STRONGROOM_LINK_PEERS: peers }).join(), /^STRONGROOM_LINK_PEERS /, peers);
  });

  it('has two ports of its own', () => {
    assert.match(
      errorsOf({ ...parts.api, STRONGROOM_API_PORT: '8402' })[0] ?? '',
      /API_PORT and .*LINK_PORT are the same/,
    );
    assert.match(
      errorsOf({ ...parts.vault, STRONGROOM_LINK_PORT: '8401' })[0] ?? '',
      /PCI_PORT and .*LINK_PORT are the/,
    );
    assert.ok(load({ ...parts.api, STRONGROOM_LINK_PORT: '8401' }).ok);
  });
});

describe('production', () => {
  const production = { STRONGROOM_MODE: 'production' };
  const database = { STRONGROOM_DATABASE_URL: 'sqlite:/var/lib/strongroom.db' };

  it('wants TLS or a trusted proxy for each public listener; a worker has none', () => {
    assert.match(
      errorsOf({ ...parts.api, ...production, ...database })[0] ?? '',
      /does not take secret keys in the clear/,
    );
    assert.match(errorsOf({ ...parts.vault, ...production })[0] ?? '', /does not take card numbers in the clear/);
    assert.ok(load({ ...parts.worker, ...production, ...database }).ok);
    assert.ok(load({ ...parts.vault, ...production, STRONGROOM_TRUSTED_PROXY: '10.0.0.1' }).ok);
  });

  for (const role of ['api', 'worker'] as const)
    it(`is refused as ${role} without the address of the books: it would begin new ones`, () => {
      const tls = { STRONGROOM_TLS_CERT_FILE: 'c', STRONGROOM_TLS_KEY_FILE: 'k' };
      const env = { ...parts[role], ...production, ...tls };
      const error = errorsOf(env).join();
      assert.match(
        error,
        new RegExp(`^STRONGROOM_DATABASE_URL is missing, and the role ${role} needs it: give sqlite:`),
      );
      assert.ok(load({ ...env, ...database }).ok);
      assert.ok(load(parts[role]).ok, 'a sandbox begins where it is started');
    });
});

describe('a command that is not the server', () => {
  it('takes the role when it asks for it, and needs no certificate', () => {
    const only = ['mode', 'dataDir', 'databaseUrl', 'role'] as const;
    const asked = loadConfig({ env: { STRONGROOM_ROLE: 'vault' }, flags: {}, isTty: false, only });
    assert.ok(asked.ok);
    assert.deepEqual([asked.value.role, asked.value.link], ['vault', null]);
    const without = loadConfig({ env: { STRONGROOM_ROLE: 'vault' }, flags: {}, isTty: false, only: ['dataDir'] });
    assert.ok(without.ok && without.value.role === 'all');
  });
});
