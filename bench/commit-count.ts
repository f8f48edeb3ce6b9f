import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** How often each file was forced to disk, by its name without the folder. */
export type SyncsByFile = Readonly<Record<string, number>>;

const syncCall = /\bf(?:data)?sync\(\d+<([^>]+)>/;

/** @param trace lines of `strace -y -e trace=fsync,fdatasync` */
export const readSyncs = (trace: string): SyncsByFile => {
  const counts: Record<string, number> = {};
  for (const line of trace.split('\n')) {
    const file = syncCall.exec(line)?.[1];
    if (file === undefined) continue;
    const name = basename(file);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

/**
 * Counts what a process forces to disk while `work` runs, seen from the kernel's side: a commit that only claims to be
 * durable does not count. `undefined` where strace is missing or may not attach.
 */
export const countSyncs = async (pid: number, work: () => Promise<void>): Promise<SyncsByFile | undefined> => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-trace-'));
  const traceFile = join(folder, 'trace.txt');
  try {
    const tracer = spawn('strace', ['-f', '-y', '-e', 'trace=fsync,fdatasync', '-o', traceFile, '-p', String(pid)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = new Promise<void>((resolve) => {
      tracer.once('close', () => resolve());
      tracer.once('error', () => resolve());
    });
    const attached = await new Promise<boolean>((resolve) => {
      tracer.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes('attached')) resolve(!text.includes('not permitted'));
      });
      void ended.then(() => resolve(false));
    });
    if (!attached) return undefined;
    await work();
    tracer.kill('SIGINT');
    await ended;
    return readSyncs(readFileSync(traceFile, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
};
