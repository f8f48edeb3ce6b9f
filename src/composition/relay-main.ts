/** Composition root of the thread that delivers notifications: its own reads, its own connections, and the log of the server. */
import { setPriority } from 'node:os';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { addressPolicies } from '../domain/webhook/address-policy.ts';
import { openSystemRandomness } from '../platform/system-randomness.ts';
import { openSystemScheduler } from '../platform/system-scheduler.ts';
import { systemClock } from '../platform/system-clock.ts';
import { systemTimers } from '../platform/system-timers.ts';
import type { DatabaseChoice } from '../ports/database-choice.ts';
import { type LogFields, type Logger, type LogLevel, logLevels } from '../ports/logger.ts';
import { openThreadEngine } from '../store/open-engine.ts';
import { openStore } from '../store/open-store.ts';
import { WebhookRelay } from '../webhooks/relay.ts';
import { openUndiciSender } from '../webhooks/undici-sender.ts';
import { oncePerOutage } from '../workers/once-per-outage.ts';

export type RelayThreadData = {
  readonly database: DatabaseChoice;
  readonly environment: keyof typeof addressPolicies;
  /** Where the writes of this thread join those of the server. */
  readonly writes: MessagePort;
};
export type RelayThreadReport = { readonly level: LogLevel; readonly fields: LogFields; readonly message: string };

/** Where cores are scarce, a request comes before a notification. */
const niceness = 5;

const giveWayToRequests = (): void => {
  // Elsewhere a niceness is that of the whole process.
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, niceness);
  } catch {
    // Forbidden by a profile of the container: then notifications and requests are alike.
  }
};

/** How long the API promises to wait for a receiver's answer. */
const timeoutMs = 10_000;

const { database, environment, writes } = workerData as RelayThreadData;

const logger = Object.fromEntries(
  logLevels.map((level) => [
    level,
    (fields: LogFields, message: string) =>
      parentPort?.postMessage({ level, fields, message } satisfies RelayThreadReport),
  ]),
) as Logger;
const onFault = (error: unknown, what: string): void => logger.error({ err: error }, what);

const store = openStore(openThreadEngine(database, writes));
const relay = new WebhookRelay({
  context: { store, clock: systemClock, random: openSystemRandomness(), environment, onFault },
  sender: openUndiciSender({ policy: addressPolicies[environment], timeoutMs, timers: systemTimers }),
  scheduler: oncePerOutage(
    openSystemScheduler((error) => onFault(error, 'webhooks: a round failed')),
    systemClock,
    (error) => logger.debug({ err: error }, 'webhooks: a round failed again'),
  ),
  timers: systemTimers,
  logger,
});

giveWayToRequests();
relay.start();
parentPort?.once('message', () => {
  void relay.stop().then(async () => {
    await store.close();
    parentPort?.close();
  });
});
