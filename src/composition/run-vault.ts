import { addCardIntake, addCardProcessorCalls, addSandboxAcquirerCalls, vaultBeat } from '../../vault/index.ts';
import { addLinkCall } from '../http/link-listener.ts';
import { buildForwardingPciListener } from '../http/pci-listener.ts';
import { openRemotePlatform } from '../link/platform/remote-platform.ts';
import { systemClock } from '../platform/system-clock.ts';
import type { AttemptRequest } from '../ports/card-processor.ts';
import { openHeartbeat } from '../store/heartbeat.ts';
import { type Base, listenerBasis } from './base.ts';
import { openEngine } from './databases.ts';
import { openLinkParts } from './link-parts.ts';
import { closeWithin, listen, readTls } from './listening.ts';
import type { RunningServer } from './running-server.ts';
import { openKeyring, openVaultParts } from './vault-parts.ts';
import { vaultTablesOver } from './vault-tables.ts';

/** The vault in a process of its own: cards, keys and the acquirer, and nothing that knows an intent or whose key is whose. */
export const runVault = async (base: Base): Promise<RunningServer> => {
  const { config, logger, onFault, pause } = base;
  const link = openLinkParts(base);
  const engine = await openEngine(config, (error) => onFault(error, 'vault: a checkpoint failed'));
  const urls = { pci: '', link: '' };
  const vaultUrl = (): string => link.config.advertisedUrl ?? urls.link;
  const { acquirerTimeoutMs } = config;
  const platform = openRemotePlatform({ platform: link.peer, vaultUrl, acquirerTimeoutMs, pause, onFault });
  const onLateApproval = (charge: AttemptRequest): void => {
    const untold = (cause?: unknown): void =>
      onFault(
        new Error(`the platform was not told of ${charge.attemptId}`, { cause }),
        'charge: a late approval is left to the workers',
      );
    platform.reportLateApproval(charge).then((isTold) => {
      if (!isTold) untold();
    }, untold);
  };
  const tables = vaultTablesOver(engine, onFault);
  // Nobody shares a commit with this database, so an order is no promise: a card counts as kept once it is on disk.
  const database = { ...tables, append: tables.write };
  const keyring = await openKeyring(base, database);
  const { vault, sandboxAcquirer } = openVaultParts(base, { database, keyring, onLateApproval });

  const basis = listenerBasis(base, openHeartbeat(engine, vaultBeat));
  const accountNow = ({ clockAheadMs }: { readonly clockAheadMs: number }): number => systemClock.now() + clockAheadMs;
  const tls = readTls(config);
  const otherParts = () => ({ api: link.peer.isReachable() ? 'up' : 'down' }) as const;
  const server = { ...basis, otherParts, platform, accountNow };
  const pci = await buildForwardingPciListener(server, tls, addCardIntake(vault.captureCard));
  const door = await link.buildListener(basis, (listener) => {
    addCardProcessorCalls(listener, addLinkCall, vault.processor);
    if (sandboxAcquirer !== null) addSandboxAcquirerCalls(listener, addLinkCall, sandboxAcquirer);
  });
  urls.link = await listen(door, { host: config.host, port: link.config.port, isTls: true });
  urls.pci = await listen(pci, { host: config.host, port: config.pciPort, isTls: tls !== null });
  logger.info({ mode: config.mode, role: config.role, pciUrl: urls.pci, linkUrl: urls.link }, 'listening');
  return {
    urls,
    stop: async () => {
      // The public door first: a request in flight there still needs the private one. Together they have the grace.
      await closeWithin(config.shutdownGraceMs / 2, [pci]);
      await closeWithin(config.shutdownGraceMs / 2, [door]);
      await link.close();
      await vault.close();
      await engine.close();
    },
  };
};
