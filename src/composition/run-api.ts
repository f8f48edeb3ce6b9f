import { buildApiListener } from '../http/api-listener.ts';
import { addPlatformCalls } from '../http/platform-listener.ts';
import type { Server } from '../http/server.ts';
import { openCapturedCardPlaces } from '../link/vault/captured-card-places.ts';
import { openRemoteCardProcessor } from '../link/vault/remote-card-processor.ts';
import { openRemoteSandboxAcquirer } from '../link/vault/remote-sandbox-acquirer.ts';
import { openStore } from '../store/open-store.ts';
import { reverseLateApproval } from '../use-cases/reverse-late-approval.ts';
import { apiServerOver } from './api-server.ts';
import type { Base } from './base.ts';
import { openEngine } from './databases.ts';
import { openLinkParts } from './link-parts.ts';
import { closeWithin, listen, readTls } from './listening.ts';
import { contextOver, preload } from './platform-parts.ts';
import type { RunningServer } from './running-server.ts';

/** Where the operator has not said it: this process cannot know. */
const somePciUrl = 'https://<PCI listener>';

/** The API in a process that holds no card, no key and no way to either. */
export const runApi = async (base: Base): Promise<RunningServer> => {
  const { config, logger, onFault } = base;
  const link = openLinkParts(base);
  const engine = await openEngine(config, (error) => onFault(error, 'store: a checkpoint failed'));
  const store = openStore(engine);
  const places = openCapturedCardPlaces();
  const { acquirerTimeoutMs } = config;
  const cards = openRemoteCardProcessor({ vault: link.peer, vaultAt: link.peerAt, places, acquirerTimeoutMs, onFault });
  const context = contextOver(base, { store, cards });
  if (config.mode === 'sandbox') await preload(context);

  const urls = { api: '', pci: somePciUrl, link: '' };
  const sandboxAcquirer = config.mode === 'sandbox' ? openRemoteSandboxAcquirer(link.peer) : null;
  const server: Server = apiServerOver(base, context, sandboxAcquirer, urls);
  const tls = readTls(config);
  const otherParts = () => ({ vault: link.peer.isReachable() ? 'up' : 'down' }) as const;
  const api = await buildApiListener({ ...server, otherParts }, tls);
  const platform = await link.buildListener(server, (listener) =>
    addPlatformCalls(listener, {
      server,
      noteCardPlace: places.note,
      reverseLateApproval: (charge) => reverseLateApproval(context, charge),
    }),
  );
  urls.link = await listen(platform, { host: config.host, port: link.config.port, isTls: true });
  urls.api = await listen(api, { host: config.host, port: config.apiPort, isTls: tls !== null });
  logger.info({ mode: config.mode, role: config.role, apiUrl: urls.api, linkUrl: urls.link }, 'listening');
  return {
    urls: { api: urls.api, link: urls.link },
    stop: async () => {
      await closeWithin(config.shutdownGraceMs, [api, platform]);
      await link.close();
      await store.close();
    },
  };
};
