import { resolve } from 'node:path';
import { ok, refuse, type Result } from '../domain/result.ts';
import type { PostgresServer } from '../ports/database-choice.ts';
import { isLoopback } from './loopback.ts';

/** `postgres://user:password@host:port,host:port/database?parameters`, as libpq reads it (its manual, 34.1.1.2). */
const shape = /^postgres(?:ql)?:\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?([^@/?#]+)\/([^/?#]+)(?:\?([^#]*))?$/i;
const hostShape = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i;
const hostsMax = 8;
const parameters = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'target_session_attrs', 'options'];
const tlsModes = ['disable', 'require', 'verify-ca', 'verify-full'] as const;

const decoded = (text: string | undefined): string | undefined => {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

const parseHosts = (text: string): PostgresServer['hosts'] | undefined => {
  const hosts = text.split(',').map((entry) => {
    const [, address, name, port] = hostShape.exec(entry) ?? [];
    return { host: address ?? name ?? '', port: Number(port ?? 5432) };
  });
  const isGood = hosts.length <= hostsMax && hosts.every(({ host, port }) => host !== '' && port > 0 && port <= 65_535);
  return isGood ? hosts : undefined;
};

/** Encrypted and verified unless the URL says otherwise, but for a server on this machine. The modes that fall back to plain text in silence are refused. */
const parseTls = (
  given: URLSearchParams,
  hosts: PostgresServer['hosts'],
): Result<Pick<PostgresServer, 'tls' | 'tlsRootCertFile' | 'tlsCertFile' | 'tlsKeyFile'>, string> => {
  const file = (name: string): string | null => {
    const path = given.get(name);
    return path === null || path === '' ? null : resolve(path);
  };
  const files = { tlsRootCertFile: file('sslrootcert'), tlsCertFile: file('sslcert'), tlsKeyFile: file('sslkey') };
  const mode = given.get('sslmode');
  if (mode === null)
    return ok({ tls: hosts.every(({ host }) => isLoopback(host)) ? 'disable' : 'verify-full', ...files });
  const tls = tlsModes.find((known) => known === mode);
  if (tls === undefined) return refuse('has an sslmode other than disable, require, verify-ca and verify-full');
  // As libpq does: whoever names an authority wants it to be asked.
  return ok({ tls: tls === 'require' && files.tlsRootCertFile !== null ? 'verify-ca' : tls, ...files });
};

/** Reads a database URL. What is wrong is said without quoting it, for it holds a password. */
export const parsePostgresUrl = (text: string): Result<PostgresServer, string> => {
  const [, userText, passwordText, hostsText = '', databaseText, query = ''] = shape.exec(text) ?? [];
  const hosts = parseHosts(hostsText);
  const [user, database] = [decoded(userText), decoded(databaseText)];
  if (hosts === undefined) return refuse('names no hosts of a PostgreSQL');
  if (user === undefined || user === '' || database === undefined) return refuse('names no user or no database');
  const given = new URLSearchParams(query);
  for (const name of given.keys())
    if (!parameters.includes(name)) return refuse(`has a parameter other than ${parameters.join(', ')}`);
  if (!['read-write', 'primary', null].includes(given.get('target_session_attrs')))
    return refuse('has target_session_attrs other than read-write and primary');
  const tls = parseTls(given, hosts);
  if (!tls.ok) return tls;
  return ok({
    hosts,
    user,
    password: decoded(passwordText) ?? null,
    database,
    ...tls.value,
    options: given.get('options'),
  });
};
