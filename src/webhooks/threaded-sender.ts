import { Worker } from 'node:worker_threads';
import type { AttemptOutcome } from '../domain/webhook/delivery.ts';
import type { WebhookSender } from '../ports/webhook-sender.ts';
import type { NumberedOutcome, NumberedRequest } from './sender-worker.ts';
import type { UndiciSenderOptions } from './undici-sender.ts';

/** The program runs from its sources and, built, from JavaScript; the worker's file is named as this one is. */
const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './sender-worker.ts' : './sender-worker.js',
  import.meta.url,
);

const lost: AttemptOutcome = { status: null, failure: 'failed' };

/**
 * Sends from a thread of its own: signing, connections and answers cost more processor time than all the rest of a
 * delivery, and requests must not wait for them. A thread that breaks down is replaced; its attempts count as failed.
 * @param onFault is told of a breakdown
 */
export const openThreadedSender = (
  options: Omit<UndiciSenderOptions, 'lookup'>,
  onFault: (error: unknown, what: string) => void,
): WebhookSender => {
  const waiting = new Map<number, (outcome: AttemptOutcome) => void>();
  let worker: Worker | undefined;
  let batch: NumberedRequest[] = [];
  let nextNumber = 1;
  let closed = false;

  const settleAll = (): void => {
    for (const settle of waiting.values()) settle(lost);
    waiting.clear();
  };
  const start = (): Worker => {
    const started = new Worker(workerUrl, { workerData: options, resourceLimits: { maxYoungGenerationSizeMb: 6 } });
    // Deliveries under way never keep a process alive that was told to stop.
    started.unref();
    started.on('message', (ended: readonly NumberedOutcome[]) => {
      for (const [number, outcome] of ended) {
        waiting.get(number)?.(outcome);
        waiting.delete(number);
      }
    });
    started.on('error', (error) => onFault(error, 'webhooks: the sending thread broke down'));
    started.on('exit', () => {
      if (worker === started) worker = undefined;
      settleAll();
    });
    return started;
  };
  const flush = (): void => {
    const requests = batch;
    batch = [];
    if (closed) return settleAll();
    worker ??= start();
    worker.postMessage(requests);
  };

  return {
    prepare: () => {
      if (!closed) worker ??= start();
    },
    send: (request) =>
      new Promise((resolve) => {
        if (closed) return resolve(lost);
        const number = nextNumber;
        nextNumber += 1;
        waiting.set(number, resolve);
        batch.push([number, request]);
        if (batch.length === 1) setImmediate(flush);
      }),
    close: async () => {
      closed = true;
      await worker?.terminate();
      settleAll();
    },
  };
};
