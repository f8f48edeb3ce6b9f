import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { keepAlive } from '../journeys/keep-alive.ts';
import { findPostgres, type PostgresBinaries } from './postgres-binaries.ts';

/** One PostgreSQL server of a test's own, on a free port of the loopback, in a temporary folder. */
export type StartedPostgres = {
  readonly port: number;
  readonly folder: string;
  /** Of a database on it; of `postgres`, the administrator's, when none is named. */
  url(database?: string): string;
  /** SIGINT closes connections in an orderly way; SIGQUIT is what a crash of the machine looks like to clients. */
  end(signal: 'SIGINT' | 'SIGQUIT'): Promise<void>;
  /** Starts it anew on the same port and data, with more lines of `postgresql.conf`. */
  start(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** Puts a copy of a file where the server finds it by name, readable by it alone. */
  place(file: string, name: string): void;
  /** Ends it and removes its folder. Safe to call twice. */
  stop(): Promise<void>;
};

export type PostgresOptions = {
  /** Lines of `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Told what the server logs. */
  readonly onLog?: (text: string) => void;
  /** Lets the data come from elsewhere than `initdb`: a standby copies its primary. */
  readonly fill?: (dataFolder: string) => void;
};

const prefix = 'strongroom-postgres-';

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** A test that was killed leaves its server running. Its folder's name says whose it was, and `postmaster.pid` which process it is. */
const removeOrphans = (): void => {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    if (isAlive(Number(name.slice(prefix.length).split('-')[0]))) continue;
    const folder = join(tmpdir(), name);
    const pidFile = join(folder, 'data', 'postmaster.pid');
    if (existsSync(pidFile)) {
      const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
      const commandLine = `/proc/${pid}/cmdline`;
      // The number may belong to another program by now.
      if (existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes(folder)) process.kill(pid, 'SIGQUIT');
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
};

const initialise = (data: string, { folder, owner }: PostgresBinaries): void => {
  const options = ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C', '--no-sync'];
  const run = spawnSync(join(folder, 'initdb'), options, { ...owner, encoding: 'utf8', cwd: '/' });
  if (run.status !== 0) throw new Error(`initdb failed: ${run.stderr}`);
};

const chownAll = (folder: string, { uid, gid }: { readonly uid: number; readonly gid: number }): void => {
  chownSync(folder, uid, gid);
  chmodSync(folder, 0o700);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    chownSync(join(folder, name), uid, gid);
};

const untilReady = (child: ChildProcess, ended: Promise<unknown>): Promise<void> =>
  new Promise((resolve, reject) => {
    let printed = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-10_000);
      if (/ready to accept (read-only )?connections/.test(printed)) resolve();
    });
    void ended.then(() => reject(new Error(`PostgreSQL did not start:\n${printed}`)));
  });

/** Starts a server of its own. Also cleans up after tests that were killed. */
export const startPostgres = async (options: PostgresOptions = {}): Promise<StartedPostgres> => {
  removeOrphans();
  const binaries = findPostgres();
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  if (binaries.owner !== null) chownSync(folder, binaries.owner.uid, binaries.owner.gid);
  const data = join(folder, 'data');
  (options.fill ?? initialise)(data, binaries);
  if (options.fill !== undefined && binaries.owner !== null) chownAll(data, binaries.owner);
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    shared_buffers: '32MB',
    max_connections: '60',
    ...options.settings,
  };

  let child: ChildProcess | undefined;
  let ended: Promise<unknown> = Promise.resolve();
  const start = async (more: Readonly<Record<string, string>> = {}): Promise<void> => {
    const flags = Object.entries({ ...settings, ...more }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    child = spawn(join(binaries.folder, 'postgres'), ['-D', data, ...flags], {
      ...binaries.owner,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    ended = once(child, 'exit');
    if (options.onLog !== undefined) child.stderr?.setEncoding('utf8').on('data', options.onLog);
    await untilReady(child, ended);
    keepAlive(child, false);
  };
  const end = async (signal: 'SIGINT' | 'SIGQUIT'): Promise<void> => {
    if (child !== undefined) keepAlive(child, true);
    child?.kill(signal);
    await ended;
    child = undefined;
  };
  const endWithProcess = (): void => {
    child?.kill('SIGQUIT');
  };
  process.once('exit', endWithProcess);
  await start();
  return {
    port,
    folder,
    url: (database = 'postgres') => `postgres://postgres@127.0.0.1:${port}/${database}`,
    end,
    start,
    place: (file, name) => {
      copyFileSync(file, join(data, name));
      chmodSync(join(data, name), 0o600);
      if (binaries.owner !== null) chownSync(join(data, name), binaries.owner.uid, binaries.owner.gid);
    },
    stop: async () => {
      process.off('exit', endWithProcess);
      await end('SIGINT');
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
};

/** Runs one statement as the administrator. */
export const administer = async (url: string, sql: string): Promise<readonly Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

/** Resolves with the process of a session that waits for a lock in the database of this URL. */
export const untilOneWaits = async (url: string): Promise<number> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (;;) {
      // Outside a transaction each look is a new one; inside, the first would be repeated.
      const { rows } = await client.query<{ pid: number }>(
        "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      if (rows[0] !== undefined) return rows[0].pid;
    }
  } finally {
    await client.end();
  }
};

/** A place to make databases in. */
export type PostgresForTests = {
  /** A new, empty database. */
  createDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }>;
  stop(): Promise<void>;
};

let databases = 0;

/** The server named by `STRONGROOM_TEST_POSTGRES_URL`, or one that is started here. Never neither: then it throws. */
export const postgresForTests = async (): Promise<PostgresForTests> => {
  const given = process.env['STRONGROOM_TEST_POSTGRES_URL'];
  // Nothing here outlives the test, and no test cuts the power.
  const started = given === undefined ? await startPostgres({ settings: { fsync: 'off' } }) : undefined;
  const adminUrl = started?.url() ?? given ?? '';
  return {
    createDatabase: async () => {
      databases += 1;
      const name = `strongroom_test_${process.pid}_${databases}`;
      await administer(adminUrl, `create database ${name} template template0`);
      const url = new URL(adminUrl);
      url.pathname = `/${name}`;
      return {
        url: url.href,
        drop: async () => {
          await administer(adminUrl, `drop database ${name} with (force)`);
        },
      };
    },
    stop: async () => started?.stop(),
  };
};
