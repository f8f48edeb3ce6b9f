import type { KeyObject } from 'node:crypto';
import { createSecretKey, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Result } from '../../src/domain/result.ts';
import { ok, refuse } from '../../src/domain/result.ts';
import type { Keyring, KeyringRefusal } from './keyring.ts';

const fileVersion = 1;
const keyLength = 32;
const ownerOnly = 0o600;
/** Some hundred keys: a larger file is not a keyring. */
const fileLengthMax = 64 * 1024;

/** Opens no link, and does not wait on a pipe. Windows has neither flag, and undefined counts as 0. */
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';

const damaged = (path: string, what: string): KeyringRefusal => ({
  code: 'keyring-damaged',
  message: `The keyring ${path} ${what}. Restore it from its backup; without it the kept cards cannot be read.`,
});

/** Windows has no such mode; there the folder's access list is the operator's to set. */
const exposure = (stat: { mode: number; uid: number }): string | undefined => {
  if (process.platform === 'win32') return undefined;
  if ((stat.mode & 0o077) !== 0) return 'is open to other users of this machine';
  const user = process.getuid?.();
  return user !== undefined && stat.uid !== user && stat.uid !== 0 ? 'belongs to another user' : undefined;
};

/** The file's text, checked on the opened file itself, so that nothing can be exchanged between check and read. */
const readKeyringText = (path: string): Result<string, KeyringRefusal> => {
  let descriptor: number;
  try {
    descriptor = openSync(path, readFlags);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT')
      return refuse({
        code: 'keyring-missing',
        message: `There is no keyring at ${path}. Restore it from its backup, or create one if no card was ever kept.`,
      });
    if (code === 'ELOOP')
      return refuse({
        code: 'keyring-exposed',
        message: `The keyring ${path} is a symbolic link. Give the path of the file itself.`,
      });
    return refuse({ code: 'keyring-unreadable', message: `The keyring ${path} cannot be opened (${code}).` });
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return refuse(damaged(path, 'is not a file'));
    const exposed = exposure(stat);
    if (exposed !== undefined)
      return refuse({
        code: 'keyring-exposed',
        message: `The keyring ${path} ${exposed}. Make it yours alone: chmod 600, and chown to the user that runs the server.`,
      });
    if (stat.size > fileLengthMax) return refuse(damaged(path, 'is too large'));
    return ok(readFileSync(descriptor, 'utf8'));
  } finally {
    closeSync(descriptor);
  }
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Keys by id, or `undefined` when a key has not exactly 256 bits or an id is there twice. */
const readKeys = (list: unknown): ReadonlyMap<string, KeyObject> | undefined => {
  if (!Array.isArray(list)) return undefined;
  const keys = new Map<string, KeyObject>();
  for (const entry of list as unknown[]) {
    if (!isRecord(entry)) return undefined;
    const { id, key } = entry;
    if (typeof id !== 'string' || id === '' || typeof key !== 'string' || keys.has(id)) return undefined;
    const bytes = Buffer.from(key, 'base64');
    if (bytes.length !== keyLength || bytes.toString('base64') !== key) return undefined;
    keys.set(id, createSecretKey(bytes));
    bytes.fill(0);
  }
  return keys;
};

const parseKeyring = (path: string, text: string): Result<Keyring, KeyringRefusal> => {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text: it is dropped.
    return refuse(damaged(path, 'is not JSON'));
  }
  if (!isRecord(content)) return refuse(damaged(path, 'is not a keyring'));
  if (content['version'] !== fileVersion) return refuse(damaged(path, `has not version ${fileVersion}`));
  const keys = readKeys(content['keys']);
  const { active, fingerprintKey: fingerprintKeyId } = content;
  if (keys === undefined || typeof active !== 'string' || typeof fingerprintKeyId !== 'string')
    return refuse(damaged(path, 'holds a key that is not whole'));
  const fingerprintKey = keys.get(fingerprintKeyId);
  // One key for two purposes would let one use say something about the other.
  if (fingerprintKey === undefined || !keys.has(active) || active === fingerprintKeyId)
    return refuse(damaged(path, 'does not hold the keys that it names'));
  const wrappingKey = (id: string): KeyObject | undefined => (id === fingerprintKeyId ? undefined : keys.get(id));
  return ok({ activeKeyId: active, wrappingKey, fingerprintKey });
};

/** Reads a keyring file; refuses a symbolic link, a mode looser than 0600, another user's file and damaged content. */
export const loadKeyring = (path: string): Result<Keyring, KeyringRefusal> => {
  const text = readKeyringText(path);
  return text.ok ? parseKeyring(path, text.value) : text;
};

const newKeyringText = (now: number): string => {
  const entry = (prefix: string): { id: string; createdAt: string; key: string } => ({
    id: `${prefix}_${randomBytes(8).toString('hex')}`,
    createdAt: new Date(now).toISOString(),
    key: randomBytes(keyLength).toString('base64'),
  });
  const wrapping = entry('wrap');
  const fingerprint = entry('fingerprint');
  return `${JSON.stringify({ version: fileVersion, active: wrapping.id, fingerprintKey: fingerprint.id, keys: [wrapping, fingerprint] }, null, 2)}\n`;
};

const fsyncPath = (path: string): void => {
  const descriptor = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/**
 * Makes a new keyring file of mode 0600, durable when this returns, and reads it back. Never replaces a file:
 * the whole text is linked into place, which fails where something is, and a crash leaves no half of it.
 * Its keys come from the operating system, not from the randomness port: a repeatable run must not mean repeatable keys.
 * @param now milliseconds since 1970, noted beside the keys
 */
export const createKeyring = (path: string, now: number): Result<Keyring, KeyringRefusal> => {
  const draft = `${path}.${randomBytes(6).toString('hex')}.draft`;
  let written = false;
  try {
    const descriptor = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, ownerOnly);
    written = true;
    try {
      writeFileSync(descriptor, newKeyringText(now));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    linkSync(draft, path);
    unlinkSync(draft);
    written = false;
    if (process.platform !== 'win32') fsyncPath(dirname(path));
  } catch (error) {
    const code = errorCode(error);
    return refuse(
      code === 'EEXIST'
        ? { code: 'keyring-exists', message: `There is a file at ${path} already; a keyring is never replaced.` }
        : { code: 'keyring-unreadable', message: `The keyring ${path} cannot be written (${code}).` },
    );
  } finally {
    if (written) unlinkSync(draft);
  }
  return loadKeyring(path);
};
