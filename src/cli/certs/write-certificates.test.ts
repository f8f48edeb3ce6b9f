import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { openSystemRandomness } from '../../platform/system-randomness.ts';
import { writeCertificates } from './write-certificates.ts';

const root = mkdtempSync(join(tmpdir(), 'strongroom-certs-'));
after(() => rmSync(root, { recursive: true }));

const now = Date.UTC(2026, 5, 1);
const parts = { clock: { now: () => now }, random: openSystemRandomness() };
const names = ['strongroom-api', 'strongroom-vault'];
const make = (folder: string, order: Partial<Parameters<typeof writeCertificates>[0]> = {}) =>
  writeCertificates({ folder: join(root, folder), names, days: 30, ...order }, parts);
const read = (folder: string, file: string): Buffer => readFileSync(join(root, folder, file));
const certificate = (folder: string, name: string): X509Certificate => new X509Certificate(read(folder, `${name}.pem`));

describe('strongroom certs', () => {
  it('makes an authority that may sign, and certificates that it has signed and that may not', () => {
    assert.ok(make('first').ok);
    const authority = certificate('first', 'authority');
    assert.ok(authority.ca && authority.verify(authority.publicKey));
    for (const name of names) {
      const issued = certificate('first', name);
      assert.ok(!issued.ca && issued.checkIssued(authority) && issued.verify(authority.publicKey));
      assert.equal(issued.subjectAltName, `DNS:${name}, DNS:localhost, IP Address:127.0.0.1`);
      assert.ok(issued.keyUsage.includes('1.3.6.1.5.5.7.3.1') && issued.keyUsage.includes('1.3.6.1.5.5.7.3.2'));
      assert.equal(issued.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
      assert.equal(new Date(issued.validFrom).getTime(), now - 3_600_000);
      assert.equal(new Date(issued.validTo).getTime(), now + 30 * 86_400_000);
    }
  });

  it('gives each a serial number and a key of its own, readable for its owner alone', () => {
    const all = ['authority', ...names];
    assert.equal(new Set(all.map((name) => certificate('first', name).serialNumber)).size, all.length);
    assert.equal(new Set(all.map((name) => String(read('first', `${name}-key.pem`)))).size, all.length);
    for (const name of all) assert.equal(statSync(join(root, 'first', `${name}-key.pem`)).mode & 0o777, 0o600);
  });

  it('never replaces a file, and makes nothing then', () => {
    const before = String(read('first', 'strongroom-vault-key.pem'));
    const again = make('first', { names: ['strongroom-new', 'strongroom-vault'] });
    assert.ok(!again.ok && /strongroom-vault\.pem is there already/.test(again.error));
    assert.equal(String(read('first', 'strongroom-vault-key.pem')), before);
    assert.throws(() => read('first', 'strongroom-new.pem'), /ENOENT/);
  });

  it('signs with the authority that is there, unless its files do not belong together', () => {
    const before = String(read('first', 'authority.pem'));
    assert.ok(make('first', { names: ['strongroom-more'] }).ok);
    assert.equal(String(read('first', 'authority.pem')), before);
    assert.ok(certificate('first', 'strongroom-more').verify(certificate('first', 'authority').publicKey));
    assert.ok(make('second').ok);
    rmSync(join(root, 'second', 'authority.pem'));
    assert.throws(() => make('second', { names: ['x'] }), /ENOENT/);
  });

  it('signs nothing that would outlive its authority, and makes nothing then', () => {
    assert.ok(make('old', { days: 3650 }).ok);
    const later = { ...parts, clock: { now: () => now + 3640 * 86_400_000 } };
    const order = { folder: join(root, 'old'), names: ['x'] };
    const tooLong = writeCertificates({ ...order, days: 11 }, later);
    assert.ok(!tooLong.ok && /^The authority in .+ is good until .+ Give fewer --days/.test(tooLong.error));
    assert.throws(() => read('old', 'x.pem'), /ENOENT/);
    assert.ok(writeCertificates({ ...order, days: 10 }, later).ok);
  });

  it('writes the years from 2050 on as RFC 5280 wants them', () => {
    const late = { ...parts, clock: { now: () => Date.UTC(2051, 0, 1) } };
    assert.ok(writeCertificates({ folder: join(root, 'late'), names: ['x'], days: 1 }, late).ok);
    assert.equal(new Date(certificate('late', 'x').validTo).getTime(), Date.UTC(2051, 0, 2));
  });

  it('makes both ends of a mutual TLS 1.3 connection', async () => {
    const fresh = { ...parts, clock: { now: () => Date.now() } };
    assert.ok(writeCertificates({ folder: join(root, 'fresh'), names, days: 1 }, fresh).ok);
    const pair = (name: string) => ({
      cert: read('fresh', `${name}.pem`),
      key: read('fresh', `${name}-key.pem`),
      ca: read('fresh', 'authority.pem'),
      minVersion: 'TLSv1.3' as const,
    });
    const server = createServer({ ...pair('strongroom-vault'), requestCert: true, rejectUnauthorized: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>;
    const client = connect({ ...pair('strongroom-api'), port, servername: 'strongroom-vault' });
    const [socket] = await accepted;
    assert.ok(socket.authorized);
    assert.equal(socket.getPeerX509Certificate()?.checkHost('strongroom-api', { subject: 'never' }), 'strongroom-api');
    client.destroy();
    socket.destroy();
    server.close();
  });
});
