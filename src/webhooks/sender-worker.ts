import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { AttemptOutcome } from '../domain/webhook/delivery.ts';
import type { WebhookRequest } from '../ports/webhook-sender.ts';
import { openUndiciSender, type UndiciSenderOptions } from './undici-sender.ts';

export type NumberedRequest = readonly [number: number, request: WebhookRequest];
export type NumberedOutcome = readonly [number: number, outcome: AttemptOutcome];

/** Where cores are scarce, a request comes before a notification. Linux alone gives a thread a niceness of its own. */
const niceness = 5;
if (process.platform === 'linux') setPriority(0, niceness);

const sender = openUndiciSender(workerData as UndiciSenderOptions);
let outcomes: NumberedOutcome[] = [];

/** What ends in one turn of the loop goes back in one message: a message costs more than what is in it. */
const report = (number: number, outcome: AttemptOutcome): void => {
  outcomes.push([number, outcome]);
  if (outcomes.length > 1) return;
  setImmediate(() => {
    const ended = outcomes;
    outcomes = [];
    parentPort?.postMessage(ended);
  });
};

parentPort?.on('message', (requests: readonly NumberedRequest[]) => {
  for (const [number, request] of requests) {
    sender.send(request).then(
      (outcome) => report(number, outcome),
      () => report(number, { status: null, failure: 'failed' }),
    );
  }
});
