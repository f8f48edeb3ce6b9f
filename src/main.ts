import { openBase } from './composition/base.ts';
import { runAll } from './composition/run-all.ts';
import { runApi } from './composition/run-api.ts';
import type { RunningServer } from './composition/running-server.ts';
import { runVault } from './composition/run-vault.ts';
import { runWorker } from './composition/run-worker.ts';
import type { Config } from './config/config.ts';
import { wakefulTimers } from './platform/system-timers.ts';

export { migrateDatabase, migrationLists, openAdministration } from './composition/databases.ts';
export type { RunningServer } from './composition/running-server.ts';
export { orRefuse, StartRefused } from './composition/start-refused.ts';

const runs = { all: runAll, api: runApi, vault: runVault, worker: runWorker } as const;

/** When process managers kill. */
const killedMs = 10_000;
/** The rest is for the last lines of the log and the end of the process. */
const stopMsMax = 9_300;

/** Starts the server, or the part of it that the role names: adapters, then use cases, then listeners. Throws `StartRefused`. */
export const startServer = async (config: Config): Promise<RunningServer> => {
  const base = openBase(config);
  const server = await runs[config.role](base);
  return {
    urls: server.urls,
    stop: async () => {
      // Nothing else may be left that keeps the process, and what waits below must not be cut short by its end.
      const letGo = wakefulTimers.after(killedMs, () => {});
      try {
        base.logger.info({}, 'stopping');
        base.stopping.now = true;
        const isClosed = await Promise.race([server.stop().then(() => true), base.pause(stopMsMax).then(() => false)]);
        if (!isClosed) base.logger.warn({ stopMsMax }, 'stopping: what does not answer in time is left behind');
        base.logger.info({}, 'stopped');
        await base.flush();
      } finally {
        letGo();
      }
    },
  };
};
