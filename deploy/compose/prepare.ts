// Makes what deploy/compose.yaml must not contain: passwords and the certificates of the link, once, each where only its reader sees it.
// prepare.ts <folder with one volume for each reader> <user id of the servers>
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [root = '/made', userId = '65532', program = '/app/bin/strongroom.js'] = process.argv.slice(2);
const marker = join(root, 'api', 'complete');

/**
 * A file of one reader's volume, which is mounted nowhere else. The volume stays root's: without further capabilities, root
 * could not write into what it has given away. PostgreSQL's user has another number than the servers', so its files say so.
 */
const put = (reader: string, name: string, text: string): void => {
  const folder = join(root, reader);
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true });
  rmSync(path, { force: true });
  if (reader.endsWith('-db')) return writeFileSync(path, text, { mode: 0o444, flag: 'wx' });
  writeFileSync(path, text, { mode: 0o400, flag: 'wx' });
  chownSync(path, Number(userId), Number(userId));
};

const putDatabase = (server: 'platform-db' | 'vault-db', owner: string, nodes: readonly string[]): void => {
  const database = `strongroom_${server === 'vault-db' ? 'vault' : 'platform'}`;
  // Hexadecimal: needs no escaping in a URL, in SQL or in a shell.
  const [admin, ownerPassword, nodePassword] = [1, 2, 3].map(() => randomBytes(24).toString('hex'));
  put(server, 'admin-password', String(admin));
  put(server, 'owner-password', String(ownerPassword));
  put(server, 'node-password', String(nodePassword));
  // The network of these containers does not leave the machine; elsewhere the default, verified TLS, stays.
  const url = (role: string, password: string | undefined): string =>
    `postgres://${database}_${role}:${password}@${server}/${database}?sslmode=disable`;
  put(owner, 'database-url', url('owner', ownerPassword));
  for (const node of nodes) put(node, 'database-url', url('node', nodePassword));
};

if (existsSync(marker)) {
  console.log('Everything was made at an earlier start.');
} else {
  // Databases start after this has ended with 0, so what a start that was cut off had made is in nobody's use.
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const certificates = join(folder, 'made');
  const { status } = spawnSync(process.execPath, [program, 'certs', '--out', certificates, '--days', '3650'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) process.exit(1);
  for (const role of ['api', 'worker', 'vault']) {
    put(role, 'link-cert.pem', readFileSync(join(certificates, `strongroom-${role}.pem`), 'utf8'));
    put(role, 'link-key.pem', readFileSync(join(certificates, `strongroom-${role}-key.pem`), 'utf8'));
    put(role, 'link-authority.pem', readFileSync(join(certificates, 'authority.pem'), 'utf8'));
  }
  // The authority's key goes with it: nothing can be signed later, so the certificates live as long as a sandbox may.
  rmSync(folder, { recursive: true });
  putDatabase('platform-db', 'platform-owner', ['api', 'worker']);
  putDatabase('vault-db', 'vault-owner', ['vault']);
  put('api', 'complete', '');
  console.log('Made the passwords of two databases and the certificates of three parts.');
}
