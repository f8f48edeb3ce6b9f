import { parsePostgresUrl } from '../../src/config/postgres-url.ts';
import type { Engine } from '../../src/store/engine.ts';
import { openPostgresEngine, type PostgresEngineOptions } from '../../src/store/postgres/postgres-engine.ts';

/** An engine over the database that a URL names. */
export const openEngineAt = (url: string, options: Omit<PostgresEngineOptions, 'server'> = {}): Engine => {
  const server = parsePostgresUrl(url);
  if (!server.ok) throw new Error(server.error);
  return openPostgresEngine({ server: server.value, ...options });
};
