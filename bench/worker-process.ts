import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** A child process that answers one question at a time. */
export type WorkerProcess<Question, Reply> = {
  readonly pid: number;
  ask(question: Question): Promise<Reply>;
  stop(): void;
};

type Message<Reply> = { readonly result?: Reply; readonly failure?: string };

/** Starts a `…-process.ts` of this folder under the same Node. */
export const startWorkerProcess = <Question, Reply>(file: URL): WorkerProcess<Question, Reply> => {
  const child: ChildProcess = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
  if (child.pid === undefined) throw new Error(`cannot start ${file.pathname}`);
  return {
    pid: child.pid,
    ask: (question) =>
      new Promise<Reply>((resolve, reject) => {
        const onExit = (code: number | null): void => {
          child.off('message', onMessage);
          reject(new Error(`${file.pathname} ended with ${code}`));
        };
        const onMessage = (message: unknown): void => {
          child.off('exit', onExit);
          const { result, failure } = message as Message<Reply>;
          if (result === undefined) reject(new Error(failure ?? 'an empty answer'));
          else resolve(result);
        };
        child.once('exit', onExit);
        child.once('message', onMessage);
        child.send(question as object);
      }),
    // A child ends when its channel closes.
    stop: () => {
      if (child.connected) child.disconnect();
    },
  };
};
