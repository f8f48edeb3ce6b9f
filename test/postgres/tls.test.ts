import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { StoreUnavailable } from '../../src/ports/store.ts';
import { openEngineAt } from './open-engine.ts';
import { type StartedPostgres, startPostgres } from './start-postgres.ts';

/** A certificate for a name, signed by itself; Node can use certificates and not make them. */
const certify = (folder: string, name: string, subject: string): void => {
  const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)];
  const terms = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...terms, ...files, '-subj', `/CN=${name}`, '-addext', `subjectAltName=${subject}`], {
    stdio: 'pipe',
  });
};

describe('PostgreSQL over TLS', () => {
  let postgres: StartedPostgres;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strongroom-tls-'));
    certify(folder, 'server', 'IP:127.0.0.1');
    certify(folder, 'elsewhere', 'DNS:elsewhere.example');
    postgres = await startPostgres();
    await postgres.end('SIGINT');
    for (const end of ['crt', 'key']) postgres.place(join(folder, `server.${end}`), `server.${end}`);
    await postgres.start({ ssl: 'on' });
  });
  after(async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true });
  });

  const isEncrypted = async (query: string, host = '127.0.0.1'): Promise<boolean> => {
    const engine = openEngineAt(`postgres://postgres@${host}:${postgres.port}/postgres?${query}`);
    try {
      const [row] = await engine.all('select ssl::text as ssl from pg_stat_ssl where pid = pg_backend_pid()', []);
      return row?.['ssl'] === 'true';
    } finally {
      await engine.close();
    }
  };

  it('is plain where the URL says so, encrypted where it asks for it', async () => {
    assert.equal(await isEncrypted('sslmode=disable'), false);
    assert.equal(await isEncrypted('sslmode=require'), true);
  });

  it('is used when the server proves itself to the authority that the URL names', async () => {
    const authority = `sslrootcert=${join(folder, 'server.crt')}`;
    assert.equal(await isEncrypted(`sslmode=verify-full&${authority}`), true);
    assert.equal(await isEncrypted(`sslmode=verify-ca&${authority}`), true);
  });

  it('is refused when the server cannot prove who it is', async () => {
    await assert.rejects(isEncrypted('sslmode=verify-full'), StoreUnavailable);
    const other = `sslrootcert=${join(folder, 'elsewhere.crt')}`;
    await assert.rejects(isEncrypted(`sslmode=verify-full&${other}`), StoreUnavailable);
    await assert.rejects(isEncrypted(`sslmode=verify-ca&${other}`), StoreUnavailable);
  });

  it('is refused by name when the certificate is another host’s, unless only the authority counts', async () => {
    const authority = `sslrootcert=${join(folder, 'server.crt')}`;
    await assert.rejects(isEncrypted(`sslmode=verify-full&${authority}`, 'localhost'), StoreUnavailable);
    assert.equal(await isEncrypted(`sslmode=verify-ca&${authority}`, 'localhost'), true);
  });
});
