import { mkdirSync } from 'node:fs';
import { containsCardNumber, scrubCardNumbers } from '../../vault/index.ts';
import type { Config } from '../config/config.ts';
import { addressMatcher } from '../http/protected-connections.ts';
import type { ListenerBasis } from '../http/server.ts';
import { openLogger } from '../logging/logger.ts';
import { openSystemRandomness } from '../platform/system-randomness.ts';
import { systemTimers } from '../platform/system-timers.ts';
import type { Logger } from '../ports/logger.ts';
import type { Randomness } from '../ports/randomness.ts';
import { problem } from '../problems/problems.ts';
import { orRefuse } from './start-refused.ts';

/** What every role begins with. */
export type Base = {
  readonly config: Config;
  readonly logger: Logger;
  readonly random: Randomness;
  readonly onFault: (error: unknown, what: string) => void;
  readonly pause: (ms: number) => Promise<void>;
  /** Set once, by `stop`. */
  readonly stopping: { now: boolean };
  /** Writes the last lines out; half a second at most. */
  readonly flush: () => Promise<void>;
};

/** Opens the log and makes the data folder, for its owner alone. Throws `StartRefused` where that cannot be. */
export const openBase = (config: Config): Base => {
  const { logger, flush } = openLogger({
    form: config.log,
    level: config.logLevel,
    scrub: scrubCardNumbers,
    timers: systemTimers,
  });
  orRefuse('The data folder cannot be made', () => mkdirSync(config.dataDir, { recursive: true, mode: 0o700 }));
  return {
    config,
    logger,
    random: openSystemRandomness(),
    onFault: (error, what) => logger.error({ err: error }, what),
    pause: (ms) => new Promise((resolve) => void systemTimers.after(ms, resolve)),
    stopping: { now: false },
    flush,
  };
};

/** What every listener stands on. @param ping writes to the database, and throws where that fails */
export const listenerBasis = (
  { config, logger, random, stopping }: Base,
  ping: () => Promise<unknown>,
): ListenerBasis => {
  const proxiesEndTls = config.tls === null && config.trustedProxies.length > 0;
  return {
    random,
    logger,
    containsCardNumber,
    ...(proxiesEndTls ? { isTrustedProxy: addressMatcher(config.trustedProxies) } : {}),
    notReady: async () => {
      if (stopping.now) return problem('shutting-down');
      return ping().then(
        () => undefined,
        () => problem('store-unavailable'),
      );
    },
  };
};
