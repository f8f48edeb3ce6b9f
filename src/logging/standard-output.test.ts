import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';

const logger = new URL('./logger.ts', import.meta.url).href;
const timers = new URL('../platform/system-timers.ts', import.meta.url).href;

/** Runs a script in a process of its own; one that does not end is killed, and fails its test. */
const run = (form: 'json' | 'pretty', script: string, stdout: 'pipe' | number = 'pipe') => {
  const open = `
    import { openLogger } from '${logger}';
    import { systemTimers as timers } from '${timers}';
    const { logger, flush } = openLogger({ form: '${form}', level: 'info', scrub: (text) => text, timers });
    const log = (count) => { for (let n = 0; n < count; n++) logger.info({ n, filler: 'x'.repeat(200) }, 'line'); };
    const keepAlive = setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', open + script], {
    stdio: ['pipe', stdout, 'pipe'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  const { stdin, stderr } = child;
  assert.ok(stdin !== null && stderr !== null);
  // Not read until a test does.
  return { stdin, stderr, stdout: child.stdout ?? Readable.from([]), ended: once(child, 'exit') };
};

const linesOf = (output: string): readonly string[] => output.trimEnd().split('\n');

for (const form of ['json', 'pretty'] as const)
  describe(`standard output (${form})`, { timeout: 60_000 }, () => {
    it('has all lines when the process exits at once', async () => {
      const { stdout, ended } = run(form, 'log(200); process.exit(0);');
      assert.equal(linesOf(await text(stdout)).length, 200);
      assert.deepEqual(await ended, [0, null]);
    });

    it('has all lines when the last one was followed by nothing, and keeps no process alive', async () => {
      const { stdout, ended } = run(form, `clearInterval(keepAlive); logger.info({}, 'only');`);
      assert.match(await text(stdout), /only/);
      assert.deepEqual(await ended, [0, null]);
    });

    it('has what was logged before flush, though it is more than a pipe holds', async () => {
      const { stdout } = run(form, `log(5_000); await flush(); process.kill(process.pid, 'SIGKILL');`);
      assert.equal(linesOf(await text(stdout)).length, 5_000);
    });

    it('that is a full disk makes no line throw, and no end wait', async () => {
      const full = openSync('/dev/full', 'w');
      const { stderr, ended } = run(form, 'log(50_000); await flush(); process.exit(0);', full);
      closeSync(full);
      assert.equal(await text(stderr), '');
      assert.deepEqual(await ended, [0, null]);
    });

    it('that nobody reads makes no line throw, and no end wait', async () => {
      const { stderr, ended } = run(form, 'log(50_000); await flush(); process.exit(0);');
      assert.equal(await text(stderr), '');
      assert.deepEqual(await ended, [0, null]);
    });

    it('that nobody reads lets an uncaught exception end the process', async () => {
      const { stderr, ended } = run(form, `log(50_000); setImmediate(() => { throw new Error('boom'); });`);
      assert.match(await text(stderr), /boom/);
      assert.deepEqual(await ended, [1, null]);
    });

    it('that is read again has whole lines in order, and says how many were lost', async () => {
      const { stdin, stdout, stderr } = run(
        form,
        `log(50_000); process.stderr.write('logged');
         process.stdin.once('end', async () => { logger.info({}, 'last'); await flush(); process.exit(0); }).resume();`,
      );
      await once(stderr, 'data');
      let output = '';
      stdout.setEncoding('utf8').on('data', (piece: string) => {
        output += piece;
        if (output.length > 1e6) stdin.end();
      });
      await once(stdout, 'end');
      const lines = linesOf(output);
      const numbers = lines.flatMap((line) => /"n":(\d+)/.exec(line)?.[1] ?? []).map(Number);
      assert.deepEqual(numbers, Array.from(numbers.keys()));
      const lost = /"lines":(\d+)/.exec(lines.at(-2) ?? '')?.[1];
      assert.equal(numbers.length + Number(lost), 50_000);
      assert.match(lines.at(-1) ?? '', /last/);
    });
  });
