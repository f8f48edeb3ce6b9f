import { MessageChannel, Worker } from 'node:worker_threads';
import { systemTimers } from '../platform/system-timers.ts';
import type { Logger } from '../ports/logger.ts';
import type { Engine } from '../store/engine.ts';
import { serveWrites } from '../store/joined-writes.ts';
import type { RelayThreadData, RelayThreadReport } from './relay-main.ts';

/** The program runs from its sources and, built, from JavaScript; the thread's file is named as this one is. */
const threadUrl = new URL(import.meta.url.endsWith('.ts') ? './relay-main.ts' : './relay-main.js', import.meta.url);

/** A thread that broke down is not restarted faster than this: what ended it may last. */
const restartMs = 1_000;

/**
 * How long a thread may take to end: more than its last deliveries may, and less than a process manager leaves beside the
 * grace of requests. One that waits for a database or a resolver takes longer; what it has not written down is delivered again.
 */
const stopMsDefault = 1_700;

export type RelayThread = { stop(): Promise<void> };

/**
 * Delivers notifications from a thread of its own, so that reading, signing and sending them takes nothing from requests.
 * A thread that breaks down is replaced; what it had not written down is delivered again.
 */
export const startRelayThread = (
  data: Omit<RelayThreadData, 'writes'>,
  engine: Pick<Engine, 'write'>,
  logger: Logger,
  stopMs = stopMsDefault,
): RelayThread => {
  let worker: Worker | undefined;
  let isStopping = false;

  const start = (): void => {
    if (isStopping) return;
    const { port1, port2 } = new MessageChannel();
    serveWrites(engine, port1);
    const started = new Worker(threadUrl, {
      workerData: { ...data, writes: port2 } satisfies RelayThreadData,
      transferList: [port2],
      resourceLimits: { maxYoungGenerationSizeMb: 6 },
    });
    started.on('message', ({ level, fields, message }: RelayThreadReport) => logger[level](fields, message));
    started.on('error', (error) => logger.error({ err: error }, 'webhooks: the delivering thread broke down'));
    started.on('exit', () => {
      port1.close();
      worker = undefined;
      if (!isStopping) systemTimers.after(restartMs, start);
    });
    worker = started;
  };

  start();
  return {
    stop: async () => {
      isStopping = true;
      const ending = worker;
      if (ending === undefined) return;
      const { promise: ended, resolve: end } = Promise.withResolvers<undefined>();
      ending.once('exit', () => end(undefined));
      const takeBackCutOff = systemTimers.after(stopMs, () => {
        logger.warn({ stopMs }, 'webhooks: the delivering thread does not end in time, and is left behind');
        // Not waited for: even this waits for a name that is being resolved.
        void ending.terminate();
        end(undefined);
      });
      ending.postMessage('stop');
      await ended;
      takeBackCutOff();
    },
  };
};
