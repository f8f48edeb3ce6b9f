import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPrintedAddresses } from './printed-addresses.ts';
import type { Addresses } from './printed-addresses.ts';

/** A sandbox of its own on free ports. `stop` ends it and removes its data. */
export type ThrowAwayServer = Addresses & { stop(): Promise<void> };

/** A start takes well under a second; this is for a machine that is busy with something else. */
const startTimeoutMs = 20_000;
/** What of the child's output is kept for the message when it does not start. */
const printedCharactersMax = 20_000;

/**
 * Starts `<entry> serve` as a child with temporary data. Its environment holds nothing but what is set here, so that
 * settings made for a real server cannot reach it.
 * @param entry the file of the command line, as the running process was started with
 * @throws when it ends or stays silent instead of printing its addresses; nothing is left behind
 */
export const startThrowAwayServer = async (entry: string): Promise<ThrowAwayServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-demo-'));
  const child = spawn(process.execPath, [entry, 'serve'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      STRONGROOM_API_PORT: '0',
      STRONGROOM_PCI_PORT: '0',
      STRONGROOM_DATA_DIR: join(folder, 'data'),
      STRONGROOM_LOG: 'silent',
    },
  });
  const ended = once(child, 'close');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  let printed = '';
  const addresses = await new Promise<Addresses | undefined>((resolve) => {
    const take = (text: string): void => {
      if (printed.length < printedCharactersMax) printed += text;
      const read = readPrintedAddresses(printed);
      if (read !== undefined) resolve(read);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    AbortSignal.timeout(startTimeoutMs).addEventListener('abort', () => resolve(undefined));
    ended.then(
      () => resolve(undefined),
      () => resolve(undefined),
    );
  });
  if (addresses !== undefined) return { ...addresses, stop };
  await stop();
  throw new Error(`the sandbox did not start:\n${printed}`);
};
