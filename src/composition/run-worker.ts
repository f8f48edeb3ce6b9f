import { buildHealthListener } from '../http/health-listener.ts';
import { openCapturedCardPlaces } from '../link/vault/captured-card-places.ts';
import { openRemoteCardProcessor } from '../link/vault/remote-card-processor.ts';
import { openStore } from '../store/open-store.ts';
import { type Base, listenerBasis } from './base.ts';
import { openEngine } from './databases.ts';
import { openLinkParts } from './link-parts.ts';
import { closeWithin, listen, readTls } from './listening.ts';
import { contextOver, startBackgroundWork } from './platform-parts.ts';
import type { RunningServer } from './running-server.ts';

/** Role `worker`: background work; its only listener answers health probes. */
export const runWorker = async (base: Base): Promise<RunningServer> => {
  const { config, logger, onFault } = base;
  const link = openLinkParts(base);
  const engine = await openEngine(config, (error) => onFault(error, 'store: a checkpoint failed'));
  const store = openStore(engine);
  const { acquirerTimeoutMs } = config;
  // Nobody hands cards to a worker.
  const places = openCapturedCardPlaces();
  const cards = openRemoteCardProcessor({ vault: link.peer, vaultAt: link.peerAt, places, acquirerTimeoutMs, onFault });
  const context = contextOver(base, { store, cards });
  const tls = readTls(config);
  const otherParts = () => ({ vault: link.peer.isReachable() ? 'up' : 'down' }) as const;
  const health = await buildHealthListener({ ...listenerBasis(base, () => store.ping()), otherParts }, tls);
  const healthUrl = await listen(health, { host: config.host, port: config.apiPort, isTls: tls !== null });
  const work = await startBackgroundWork(base, context, engine);
  logger.info({ mode: config.mode, role: config.role, healthUrl }, 'listening');
  return {
    urls: { health: healthUrl },
    stop: async () => {
      await closeWithin(config.shutdownGraceMs, [health]);
      await work.stop();
      await link.close();
      await store.close();
    },
  };
};
