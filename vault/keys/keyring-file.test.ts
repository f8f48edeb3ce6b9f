import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createKeyring, loadKeyring } from './keyring-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'strongroom-keyring-'));
after(() => {
  rmSync(folder, { recursive: true });
});
let count = 0;
const freshPath = (): string => join(folder, `keyring-${(count += 1)}.json`);
const created = (): string => {
  const path = freshPath();
  assert.ok(createKeyring(path, 0).ok);
  return path;
};
const codeOf = (path: string): string => {
  const loaded = loadKeyring(path);
  return loaded.ok ? 'ok' : loaded.error.code;
};

test('makes a file of mode 0600 that loads to the same keys, and leaves nothing beside it', () => {
  const path = freshPath();
  const made = createKeyring(path, Date.UTC(2026, 0, 1));
  const loaded = loadKeyring(path);
  assert.ok(made.ok && loaded.ok);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.ok(loaded.value.fingerprintKey.equals(made.value.fingerprintKey));
  const { activeKeyId } = loaded.value;
  assert.equal(activeKeyId, made.value.activeKeyId);
  const [one, other] = [made.value, loaded.value].map((ring) => ring.wrappingKey(activeKeyId)?.export());
  assert.equal(one?.length, 32);
  assert.deepEqual(one, other);
  assert.equal(loaded.value.wrappingKey('other'), undefined);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('draft')),
    [],
  );
});

test('no two keyrings share a key', () => {
  const [one, other] = [created(), created()].map((path) => readFileSync(path, 'utf8'));
  const keysOf = (text: string | undefined): string[] =>
    [...(text ?? '').matchAll(/"key": "([^"]+)"/g)].map((match) => match[1] ?? '');
  assert.equal(new Set([...keysOf(one), ...keysOf(other)]).size, 4);
});

test('never replaces a file', () => {
  const path = created();
  const before = readFileSync(path);
  const again = createKeyring(path, 0);
  assert.equal(again.ok ? 'ok' : again.error.code, 'keyring-exists');
  assert.deepEqual(readFileSync(path), before);
});

test('says when there is none, and where none can be made', () => {
  assert.equal(codeOf(freshPath()), 'keyring-missing');
  const made = createKeyring(join(folder, 'nowhere', 'keyring.json'), 0);
  assert.equal(made.ok ? 'ok' : made.error.code, 'keyring-unreadable');
});

test('refuses a file that others may read or write, and says how to mend it', () => {
  for (const mode of [0o640, 0o604, 0o620, 0o601, 0o777]) {
    const path = created();
    chmodSync(path, mode);
    const loaded = loadKeyring(path);
    assert.ok(!loaded.ok);
    assert.equal(loaded.error.code, 'keyring-exposed');
    assert.match(loaded.error.message, /chmod 600/);
  }
  const readOnly = created();
  chmodSync(readOnly, 0o400);
  assert.equal(codeOf(readOnly), 'ok');
});

test('refuses a symbolic link, and takes the file itself', () => {
  const path = created();
  const link = freshPath();
  symlinkSync(path, link);
  assert.equal(codeOf(link), 'keyring-exposed');
  const hard = freshPath();
  linkSync(path, hard);
  assert.equal(codeOf(hard), 'ok');
});

test('refuses damaged content without repeating any of it', () => {
  const whole = readFileSync(created(), 'utf8');
  const key = /"key": "([^"]+)"/.exec(whole)?.[1] ?? '';
  const content = JSON.parse(whole) as { active: string; fingerprintKey: string; keys: unknown[] };
  const text = (change: object): string => JSON.stringify({ ...content, ...change });
  for (const damage of [
    '',
    whole.slice(0, -20),
    '[]',
    'null',
    text({ version: 2 }),
    text({ active: 'missing' }),
    text({ active: content.fingerprintKey }),
    text({ fingerprintKey: 'missing' }),
    text({ keys: [content.keys[0]] }),
    text({ keys: [...content.keys, content.keys[0]] }),
    whole.replace(key, key.slice(0, -8)),
    whole.replace(key, `${key.slice(0, -2)}!=`),
    ' '.repeat(70_000),
  ]) {
    const path = freshPath();
    writeFileSync(path, damage, { mode: 0o600 });
    const loaded = loadKeyring(path);
    assert.ok(!loaded.ok, damage.slice(0, 40));
    assert.equal(loaded.error.code, 'keyring-damaged');
    assert.ok(!loaded.error.message.includes(key.slice(0, 6)));
  }
  const directory = freshPath();
  mkdirSync(directory, { mode: 0o700 });
  assert.equal(codeOf(directory), 'keyring-damaged');
});

test('a retired wrapping key stays readable, the fingerprint key never wraps', () => {
  const path = created();
  const content = JSON.parse(readFileSync(path, 'utf8')) as { active: string; fingerprintKey: string; keys: object[] };
  const added = { id: 'wrap_new', createdAt: '2027-01-01T00:00:00.000Z', key: Buffer.alloc(32, 9).toString('base64') };
  writeFileSync(path, JSON.stringify({ ...content, active: added.id, keys: [...content.keys, added] }));
  const loaded = loadKeyring(path);
  assert.ok(loaded.ok);
  assert.equal(loaded.value.activeKeyId, added.id);
  assert.notEqual(loaded.value.wrappingKey(content.active), undefined);
  assert.equal(loaded.value.wrappingKey(content.fingerprintKey), undefined);
});
