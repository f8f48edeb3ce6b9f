import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Addresses, readPrintedAddresses } from '../../src/cli/demo/printed-addresses.ts';

export type SpawnOptions = {
  readonly dataDir: string;
  /** Settings beside the ports and the data folder; the machine's own environment never reaches the server. */
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
  /** Told of everything that it prints, on both streams, as it comes. */
  readonly onOutput?: (text: string) => void;
};

export type SpawnedServer = {
  readonly pid: number;
  /** Its addresses, or `undefined` when it ended before it had any. */
  readonly listening: Promise<Addresses | undefined>;
  /** Resolves with its exit code, `null` after a signal. */
  readonly ended: Promise<number | null>;
  /** SIGKILL, at any moment of its life, the start included. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
};

const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** What it prints before it listens is short; later output is only passed on. */
const headLengthMax = 20_000;

const untilListening = (
  child: ChildProcess,
  ended: Promise<unknown>,
  onOutput: (text: string) => void,
): Promise<Addresses | undefined> =>
  new Promise((resolve) => {
    let head: string | null = '';
    const take = (text: string): void => {
      onOutput(text);
      if (head === null) return;
      head = (head + text).slice(0, headLengthMax);
      const addresses = readPrintedAddresses(head);
      if (addresses === undefined) return;
      head = null;
      resolve(addresses);
    };
    child.stdout?.setEncoding('utf8').on('data', take);
    child.stderr?.setEncoding('utf8').on('data', take);
    void ended.then(() => resolve(undefined));
  });

/** Starts `strongroom serve` as a process on free loopback ports, without waiting for it. It never outlives this process. */
export const spawnServer = ({
  dataDir,
  env = {},
  nodeFlags = [],
  onOutput = () => {},
}: SpawnOptions): SpawnedServer => {
  const child = spawn(process.execPath, [...nodeFlags, entry, 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { STRONGROOM_API_PORT: '0', STRONGROOM_PCI_PORT: '0', STRONGROOM_DATA_DIR: dataDir, ...env },
  });
  if (child.pid === undefined) throw new Error('the server could not be spawned');
  const endWithUs = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', endWithUs);
  const ended = once(child, 'close').then(() => {
    process.off('exit', endWithUs);
    return child.exitCode;
  });
  return {
    pid: child.pid,
    listening: untilListening(child, ended, onOutput),
    ended,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
};
