import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { StoreUnavailable } from '../../ports/store.ts';
import type { PostgresServer } from '../../ports/database-choice.ts';

export type Limits = {
  /** For one host to take a connection and let us in. */
  readonly connectTimeoutMs: number;
  /** For a row that another transaction holds, while writes of others wait behind. */
  readonly lockTimeoutMs: number;
  /** For a row when a write is run alone; those behind it wait with it. */
  readonly patientLockTimeoutMs: number;
  /** For one statement, as the server counts. */
  readonly statementTimeoutMs: number;
  /** For an answer, however the connection died. Longer than the server's, so that its own word comes first. */
  readonly answerTimeoutMs: number;
};

/** A connection on which statements can be sent without waiting for the answers before. */
export type Connection = {
  isLost(): boolean;
  query(config: pg.QueryConfig): Promise<pg.QueryResult>;
  /** Called with the payload of what this session listens to (`LISTEN`). */
  onNotice(run: (payload: string) => void): void;
  /** What is sent in between leaves as few packets as it fits in. */
  cork(): void;
  uncork(): void;
  /** Says goodbye when all that was sent is answered. */
  end(): Promise<void>;
  /** At once; the server rolls back what was not committed. */
  abandon(): void;
};

/** The numbers of types in every PostgreSQL (pg_type.dat). */
const oid = { int8: 20, json: 114 } as const;

type Parse = (text: string) => unknown;

/** 64-bit integers as numbers (all of ours stay below 2^53), JSON as the text that was stored. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((id: number, format?: 'text' | 'binary'): Parse => {
    if (id === oid.int8) return Number;
    if (id === oid.json) return (text) => text;
    return pg.types.getTypeParser(id, format) as Parse;
  }) as typeof pg.types.getTypeParser,
};

const tlsOptions = (server: PostgresServer): ConnectionOptions | false => {
  const read = (file: string | null) => (file === null ? undefined : readFileSync(file));
  if (server.tls === 'disable') return false;
  const files = { ca: read(server.tlsRootCertFile), cert: read(server.tlsCertFile), key: read(server.tlsKeyFile) };
  if (server.tls === 'require') return { ...files, rejectUnauthorized: false };
  return server.tls === 'verify-ca' ? { ...files, checkServerIdentity: () => undefined } : files;
};

/**
 * Everything that is asked of a session before it is used, in one round trip. From PostgreSQL 17 on, what a client has given
 * up on ends at the server, too. Each statement has one plan whatever its values are, the one that `plans.postgres.txt` shows:
 * left to itself, PostgreSQL plans those on partitions anew each time, which takes longer than to run them.
 */
const look = `select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as read_only,
  case when current_setting('synchronous_commit') = 'off' then set_config('synchronous_commit', 'on', false) end as durable,
  set_config('plan_cache_mode', 'force_generic_plan', false) as planned,
  case when current_setting('server_version_num')::int >= 170000 then set_config('transaction_timeout', $1, false) end as bounded`;

/** For the last answers and the server's end of the connection; a stopping server has ten seconds in all. */
const goodbyeMs = 2000;

const open = async (
  server: PostgresServer,
  { host, port }: PostgresServer['hosts'][number],
  limits: Limits,
): Promise<Connection> => {
  const socket = new Socket();
  const client = new pg.Client({
    host,
    port,
    user: server.user,
    // A function, so that no variable of the environment steps in where the URL has none.
    password: () => server.password ?? '',
    database: server.database,
    ssl: tlsOptions(server),
    stream: () => socket,
    types,
    pipeline: true,
    keepAlive: true,
    // Before a firewall forgets an idle connection, and soon after a host has gone without a word.
    keepAliveInitialDelayMillis: 15_000,
    application_name: 'strongroom',
    connectionTimeoutMillis: limits.connectTimeoutMs,
    query_timeout: limits.answerTimeoutMs,
    statement_timeout: limits.statementTimeoutMs,
    lock_timeout: limits.lockTimeoutMs,
    // A node that died in the middle of a transaction must not hold its rows for ever.
    idle_in_transaction_session_timeout: limits.statementTimeoutMs,
    ...(server.options === null ? {} : { options: server.options }),
  });
  let lost = false;
  const lose = (): void => {
    lost = true;
  };
  // Whoever waits for an answer is told by the query itself.
  client.on('error', lose);
  client.on('end', lose);
  const end = async (): Promise<void> => {
    if (lost) return void socket.destroy();
    // A host that has gone without a word never says goodbye.
    socket.setTimeout(goodbyeMs, () => socket.destroy());
    await client.end();
  };
  try {
    await client.connect();
    const { rows } = await client.query<{ read_only: boolean }>(look, [String(limits.answerTimeoutMs)]);
    if (rows[0]?.read_only !== false) throw new Error(`${host}:${port} takes no writes: it is a standby.`);
  } catch (error) {
    lost = true;
    socket.destroy();
    throw error;
  }
  return {
    isLost: () => lost,
    query: (config) => client.query(config),
    onNotice: (run) => void client.on('notification', ({ payload = '' }) => run(payload)),
    cork: () => socket.cork(),
    uncork: () => socket.uncork(),
    end,
    abandon: () => {
      lost = true;
      socket.destroy();
    },
  };
};

/**
 * Connects to the first of the hosts that takes writes: after a failover, another one than before.
 * Throws `StoreUnavailable` with every host's reason as its cause.
 */
export const connectToPrimary = async (server: PostgresServer, limits: Limits): Promise<Connection> => {
  const reasons: unknown[] = [];
  for (const host of server.hosts) {
    try {
      return await open(server, host, limits);
    } catch (error) {
      reasons.push(error);
    }
  }
  throw new StoreUnavailable('No host of the database takes writes.', { cause: new AggregateError(reasons) });
};
