import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Whether a child and what it prints keep this process alive. A test that fails before it stops its server must still come to
 * its end, so a server that runs does not; one that is told to end does.
 */
export const keepAlive = (child: ChildProcess, isNeeded: boolean): void => {
  const { stdout, stderr } = child as { readonly stdout: Socket | null; readonly stderr: Socket | null };
  for (const handle of [child, stdout, stderr]) {
    if (isNeeded) handle?.ref();
    else handle?.unref();
  }
};
