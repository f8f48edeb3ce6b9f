import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { ok, refuse, type Result } from '../domain/result.ts';
import type { DatabaseChoice } from '../ports/database-choice.ts';
import { parsePostgresUrl } from './postgres-url.ts';

/** Turns a setting's text into its value, or says what is wrong with it: never quoting it, for it may be a secret pasted in the wrong place. */
export type Parse<T> = (text: string) => Result<T, string>;

/** Digits alone, at most nine; both ends belong to the range. */
export const wholeNumber =
  (min: number, max: number): Parse<number> =>
  (text) => {
    if (!/^\d{1,9}$/.test(text)) return refuse('is not a whole number');
    const value = Number(text);
    return value < min || value > max ? refuse('is out of range') : ok(value);
  };

/** A TCP port; 0 lets the system choose a free one. */
export const port: Parse<number> = wholeNumber(0, 65_535);

/** One of the words given, spelt as they are. */
export const oneOf =
  <const T extends string>(...choices: readonly T[]): Parse<T> =>
  (text) => {
    const choice = choices.find((candidate) => candidate === text);
    return choice === undefined ? refuse('is none of the choices') : ok(choice);
  };

/** An absolute path; a relative one counts from the folder that the server is started in. */
export const path: Parse<string> = (text) => (text.includes('\0') ? refuse('contains a NUL') : ok(resolve(text)));

/** An address to listen on. Names are refused: what they resolve to may change, and with it who can connect. */
export const listenAddress: Parse<string> = (text) =>
  text === 'localhost' || isIP(text) !== 0 ? ok(text) : refuse('is not an address');

const isProxyEntry = (entry: string): boolean => {
  const [address = '', prefix, ...rest] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  // A prefix of 0 would let every client choose the address that it is known by.
  return wholeNumber(1, family === 6 ? 128 : 32)(prefix).ok;
};

/** At most 32 addresses or CIDR ranges, separated by commas. */
export const proxyList: Parse<readonly string[]> = (text) => {
  const entries = text.split(',').map((entry) => entry.trim());
  if (entries.length > 32) return refuse('has more than 32 entries');
  return entries.every(isProxyEntry) ? ok(entries) : refuse('has an entry that is no address or range');
};

/** A label of a DNS name (RFC 1123, 2.1); a wildcard is none. */
const dnsName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** At most 16 DNS names in small letters, separated by commas. */
export const dnsNames: Parse<readonly [string, ...string[]]> = (text) => {
  const [first = '', ...more] = text.split(',').map((entry) => entry.trim());
  const names = [first, ...more] as const;
  if (names.length > 16) return refuse('has more than 16 names');
  if (new Set(names).size < names.length) return refuse('has a name twice');
  return names.every((name) => dnsName.test(name)) ? ok([...names]) : refuse('has an entry that is no DNS name');
};

/** The origin that clients see: scheme, host and port, without a slash at the end. */
export const origin: Parse<string> = (text) => {
  if (!URL.canParse(text)) return refuse('is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refuse('is neither http nor https');
  if (url.username !== '' || url.password !== '') return refuse('contains a user name or password');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return refuse('has more than scheme, host and port');
  return ok(url.origin);
};

/** An origin that is reached over TLS. */
export const secureOrigin: Parse<string> = (text) => {
  const parsed = origin(text);
  return parsed.ok && !parsed.value.startsWith('https:') ? refuse('is not https') : parsed;
};

/** `postgres://…`, or `sqlite:` with a path that counts from the folder that the server is started in. */
export const databaseUrl: Parse<DatabaseChoice> = (text) => {
  if (/^postgres(ql)?:/i.test(text)) {
    const server = parsePostgresUrl(text);
    return server.ok ? ok({ kind: 'postgres', server: server.value }) : server;
  }
  if (!text.startsWith('sqlite:')) return refuse('is not a database URL');
  const file = text.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
  if (file === '' || file.startsWith('//') || file.includes('\0')) return refuse('names no file');
  // SQLite gives these names a meaning of its own; a database that is gone with the process is no vault.
  if (file.startsWith(':') || file.startsWith('file:')) return refuse('names no durable file');
  return ok({ kind: 'sqlite', path: resolve(file) });
};
