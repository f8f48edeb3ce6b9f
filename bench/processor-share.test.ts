import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { wakefulTimers } from '../src/platform/system-timers.ts';
import { limitShare, processorMs } from './processor-share.ts';

test('a process that is given a third of the time uses no more of it, and its time is counted', async (t) => {
  const child = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  const { pid } = child;
  assert.ok(pid !== undefined);
  t.after(() => child.kill('SIGKILL'));
  const end = limitShare(pid, 1 / 3);
  const [before, begun] = [processorMs(pid), performance.now()];
  await new Promise<void>((resolve) => wakefulTimers.after(900, resolve));
  const used = (processorMs(pid) - before) / (performance.now() - begun);
  end();
  assert.ok(used > 0.05 && used < 0.55, `used ${used}`);
});
