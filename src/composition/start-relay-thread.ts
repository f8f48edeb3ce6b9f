import { MessageChannel, Worker } from 'node:worker_threads';
import { systemTimers } from '../platform/system-timers.ts';
import type { Scheduler } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Engine } from '../store/engine.ts';
import { serveWrites } from '../store/joined-writes.ts';
import type { RelayThreadData, RelayThreadReport } from './relay-main.ts';

/** The program runs from its sources and, built, from JavaScript; the thread's file is named as this one is. */
const threadUrl = new URL(import.meta.url.endsWith('.ts') ? './relay-main.ts' : './relay-main.js', import.meta.url);

/** How often something to deliver is looked for while there is no thread: a server without subscriptions saves its 30 MB. */
const lookMs = 250;
/** A thread that broke down is not replaced sooner than this: what ended it may last. */
const restartMs = 1_000;

/**
 * How long a thread may take to end: more than its last deliveries may, and less than a process manager leaves beside the
 * grace of requests. One that waits for a database or a resolver takes longer; what it has not written down is delivered again.
 */
const stopMsDefault = 1_700;

export type RelayThread = { stop(): Promise<void> };

export type RelayThreadOptions = {
  readonly engine: Pick<Engine, 'write'>;
  readonly logger: Logger;
  readonly scheduler: Scheduler;
  /** Whether there is a subscription that nobody serves. */
  readonly isNeeded: () => Promise<boolean>;
  readonly stopMs?: number;
};

/**
 * Delivers notifications from a thread of its own, so that reading, signing and sending them takes nothing from requests.
 * It begins with the first subscription. A thread that breaks down is replaced; what it had not written down is delivered again.
 */
export const startRelayThread = (
  data: Omit<RelayThreadData, 'writes'>,
  { engine, logger, scheduler, isNeeded, stopMs = stopMsDefault }: RelayThreadOptions,
): RelayThread => {
  let worker: Worker | undefined;
  let isResting = false;

  const start = (): void => {
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
      isResting = true;
      systemTimers.after(restartMs, () => {
        isResting = false;
      });
    });
    worker = started;
  };

  const looking = scheduler.every(lookMs, async () => {
    if (worker === undefined && !isResting && (await isNeeded())) start();
  });
  return {
    stop: async () => {
      await looking.stop();
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
