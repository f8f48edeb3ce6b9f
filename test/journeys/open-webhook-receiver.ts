import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Arrival, ReceiverMode } from './webhook-receiver-process.ts';

export type WebhookReceiver = {
  readonly url: string;
  behave(mode: ReceiverMode): void;
  /** Everything that ever arrived, oldest first, over all its lives. */
  arrivals(): readonly Arrival[];
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Again on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

const program = new URL('./webhook-receiver-process.ts', import.meta.url);

/** Starts a receiver as a process of its own, on loopback. */
export const openWebhookReceiver = async (): Promise<WebhookReceiver> => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-receiver-'));
  const [file, modeFile] = [join(folder, 'arrivals.jsonl'), join(folder, 'mode')];
  writeFileSync(modeFile, 'fine');
  let port = 0;
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = fork(program, [file, modeFile, String(port)], { execArgv: [] });
    const [message] = (await once(child, 'message')) as [{ readonly port: number }];
    port = message.port;
  };
  const kill = async (): Promise<void> => {
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    child = undefined;
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    behave: (mode) => {
      // In one step: the receiver reads it at every request.
      writeFileSync(`${modeFile}.new`, mode);
      renameSync(`${modeFile}.new`, modeFile);
    },
    arrivals: () =>
      existsSync(file)
        ? readFileSync(file, 'utf8')
            .split('\n')
            .filter((line) => line.endsWith('}'))
            .map((line) => JSON.parse(line) as Arrival)
        : [],
    kill,
    restart: start,
    close: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
