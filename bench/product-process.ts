import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPrintedAddresses } from '../src/cli/demo/printed-addresses.ts';
import { publicSandboxKey } from '../src/config/public-sandbox-key.ts';
import { systemTimers } from '../src/platform/system-timers.ts';
import type { Target } from './driver/flow.ts';

export const productFolder = fileURLToPath(new URL('..', import.meta.url));
const entry = join(productFolder, 'bin/strongroom.js');

/** The built product, started as a user starts it, with its data in a folder that goes away with it. */
export type ProductProcess = {
  readonly pid: number;
  readonly folder: string;
  readonly target: Target;
  /** Resident memory now, in bytes. */
  rssBytes(): number;
  /** SIGTERM; resolves when it has ended, after its folder is removed unless it is kept. Throws unless it ended with 0. */
  stop(options?: { readonly keepFolder: boolean }): Promise<void>;
};

export type ProductOptions = {
  /** Arguments of Node itself, such as `--cpu-prof`. */
  readonly nodeArguments?: (folder: string) => readonly string[];
  /** Settings beside those of every run. */
  readonly env?: Readonly<Record<string, string>>;
};

/** As the first line of `bin/strongroom.js` has it. */
const memoryArguments = ['--max-semi-space-size=16', '--heap-growing-percent=30'];

const startTriesMax = 600;
const startTryMs = 25;

/** Its output goes to a file, not to a pipe: a reader of ten thousand log lines a second would take part of the two cores. */
export const startProduct = async (options: ProductOptions = {}): Promise<ProductProcess> => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-bench-'));
  const outputFile = join(folder, 'output.txt');
  const output = openSync(outputFile, 'w');
  // The program itself, as its users start it: its first line sets what V8 must know at the start.
  const nodeArguments = options.nodeArguments?.(folder);
  const command =
    nodeArguments === undefined ? [entry] : [process.execPath, ...memoryArguments, ...nodeArguments, entry];
  const child = spawn(command[0] as string, [...command.slice(1), 'serve'], {
    cwd: folder,
    stdio: ['ignore', output, output],
    env: {
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      STRONGROOM_API_PORT: '0',
      STRONGROOM_PCI_PORT: '0',
      STRONGROOM_DATA_DIR: join(folder, 'data'),
      STRONGROOM_LOG: 'json',
      ...options.env,
    },
  });
  closeSync(output);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const printed = (): string => readFileSync(outputFile, 'latin1').slice(0, 20_000);
  for (let tries = 0; tries < startTriesMax && child.exitCode === null; tries += 1) {
    const addresses = readPrintedAddresses(printed());
    if (addresses !== undefined && child.pid !== undefined)
      return running(child, child.pid, folder, ended, targetOf(addresses));
    await new Promise<void>((resolve) => systemTimers.after(startTryMs, resolve));
  }
  child.kill('SIGKILL');
  await ended;
  const message = `the server did not start:\n${printed()}`;
  rmSync(folder, { recursive: true });
  throw new Error(message);
};

const targetOf = (addresses: { readonly apiUrl: string; readonly pciUrl: string }): Target => ({
  host: new URL(addresses.apiUrl).hostname,
  apiPort: Number(new URL(addresses.apiUrl).port),
  pciPort: Number(new URL(addresses.pciUrl).port),
  key: publicSandboxKey,
});

const running = (
  child: ChildProcess,
  pid: number,
  folder: string,
  ended: Promise<number | null>,
  target: Target,
): ProductProcess => ({
  pid,
  folder,
  target,
  rssBytes: () => readRssBytes(readFileSync(`/proc/${pid}/status`, 'latin1')),
  stop: async (stopOptions) => {
    child.kill('SIGTERM');
    const code = await ended;
    const printed = readFileSync(join(folder, 'output.txt'), 'latin1');
    if (stopOptions?.keepFolder !== true) rmSync(folder, { recursive: true });
    if (code !== 0) throw new Error(`the server ended with ${code}:\n${printed.slice(-2000)}`);
  },
});

/** @param status the text of `/proc/<pid>/status` (proc(5): VmRSS, in kB of 1024 bytes) */
export const readRssBytes = (status: string): number => {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error('no VmRSS in the process status');
  return Number(kilobytes) * 1024;
};
