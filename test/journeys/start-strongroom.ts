import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPrintedAddress, readPrintedAddresses } from '../../src/cli/demo/printed-addresses.ts';
import type { Addresses } from '../../src/cli/demo/printed-addresses.ts';
import { keepAlive } from './keep-alive.ts';

export { publicSandboxKey } from '../../src/config/public-sandbox-key.ts';

export type StartOptions = {
  /** Data of an earlier start; it is then left in place. Without it, a new folder that `stop` removes. */
  readonly dataDir?: string;
  /** Settings beside the defaults of a test; the machine's own environment never reaches the server. */
  readonly env?: Readonly<Record<string, string>>;
  /** Flags after `serve`. */
  readonly flags?: readonly string[];
};

export type RunningStrongroom = Addresses & RunningProcess;

export type RunningProcess = {
  readonly pid: number;
  readonly dataDir: string;
  /** Everything it has printed on both streams. */
  output(): string;
  /** SIGTERM; resolves with its exit code when it has ended. Safe to call twice. */
  stop(): Promise<number | null>;
  /** SIGKILL, as a power cut would end it; the data stays for another start until `stop` is called. */
  kill(): Promise<void>;
};

/** Compiled once for all the servers and commands of a run, which would otherwise each spend half a second of a core on it. */
export const compileCache = { NODE_COMPILE_CACHE: join(tmpdir(), 'strongroom-test-compile-cache') };

const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const startTimeoutMs = 30_000;

/** A test that fails before it stops its server must not leave it running. */
const servers = new Set<ChildProcess>();
process.once('exit', () => {
  for (const server of servers) server.kill('SIGKILL');
});

const untilPrinted = <T>(
  child: ChildProcess,
  ended: Promise<unknown>,
  read: (text: string) => T | undefined,
): Promise<T | undefined> =>
  new Promise((resolve) => {
    const take = (text: string): void => {
      const addresses = read(text);
      if (addresses !== undefined) resolve(addresses);
    };
    child.stdout?.setEncoding('utf8').on('data', take);
    child.stderr?.setEncoding('utf8').on('data', take);
    AbortSignal.timeout(startTimeoutMs).addEventListener('abort', () => resolve(undefined));
    void ended.finally(() => resolve(undefined));
  });

/** Starts `strongroom serve` from the sources as a process of its own on free loopback ports. Throws with its output when it does not start. */
export const startStrongroom = async (options: StartOptions = {}): Promise<RunningStrongroom> => {
  const env = { STRONGROOM_API_PORT: '0', STRONGROOM_PCI_PORT: '0', ...options.env };
  const { read: addresses, ...process } = await startProcess({ ...options, env }, readPrintedAddresses);
  return { ...process, ...addresses };
};

/** One part of a split server, with the addresses that it printed. */
export type RunningPart = RunningProcess & {
  readonly apiUrl: string;
  readonly pciUrl: string;
  readonly linkUrl: string;
  readonly healthUrl: string;
};

const printedBy = { api: ['API', 'Link'], vault: ['PCI', 'Link'], worker: ['Health'] } as const;

/** Starts one part, with the settings given. Throws with its output when it does not start. */
export const startPart = async (role: keyof typeof printedBy, options: StartOptions): Promise<RunningPart> => {
  const env = { STRONGROOM_ROLE: role, ...options.env };
  const { read: urls, ...process } = await startProcess({ ...options, env }, (printed) => {
    const found = printedBy[role].map((name) => [name, readPrintedAddress(printed, name)] as const);
    return found.every(([, url]) => url !== undefined) ? Object.fromEntries(found) : undefined;
  });
  const {
    API: apiUrl = '',
    PCI: pciUrl = '',
    Link: linkUrl = '',
    Health: healthUrl = '',
  } = urls as Record<string, string | undefined>;
  return { ...process, apiUrl, pciUrl, linkUrl, healthUrl };
};

const startProcess = async <T>(
  options: StartOptions,
  read: (printed: string) => T | undefined,
): Promise<RunningProcess & { readonly read: T }> => {
  const ownFolder = options.dataDir === undefined ? mkdtempSync(join(tmpdir(), 'strongroom-journey-')) : undefined;
  const dataDir = options.dataDir ?? join(ownFolder ?? '', 'data');
  const child = spawn(process.execPath, [entry, 'serve', ...(options.flags ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...compileCache, STRONGROOM_DATA_DIR: dataDir, STRONGROOM_LOG: 'json', ...options.env },
  });
  const ended = once(child, 'close');
  servers.add(child);
  void ended.then(() => servers.delete(child));
  let printed = '';
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> => {
    keepAlive(child, true);
    child.kill(signal);
    await ended;
    return child.exitCode;
  };
  const removeOwnFolder = (): void => {
    if (ownFolder !== undefined) rmSync(ownFolder, { recursive: true, force: true });
  };
  const found = await untilPrinted(child, ended, (text) => {
    printed += text;
    return read(printed);
  });
  if (found === undefined || child.pid === undefined) {
    await end('SIGKILL');
    removeOwnFolder();
    throw new Error(`strongroom did not start:\n${printed}`);
  }
  keepAlive(child, false);
  return {
    read: found,
    pid: child.pid,
    dataDir,
    output: () => printed,
    stop: async () => {
      const code = await end('SIGTERM');
      removeOwnFolder();
      return code;
    },
    kill: async () => {
      await end('SIGKILL');
    },
  };
};
