import { addCardIntake } from '../../vault/index.ts';
import { buildApiListener } from '../http/api-listener.ts';
import { buildPciListener } from '../http/pci-listener.ts';
import type { AttemptRequest } from '../ports/card-processor.ts';
import { openStore } from '../store/open-store.ts';
import type { UseCaseContext } from '../use-cases/context.ts';
import { reverseLateApproval } from '../use-cases/reverse-late-approval.ts';
import { apiServerOver } from './api-server.ts';
import type { Base } from './base.ts';
import { openEngine } from './databases.ts';
import { closeWithin, listen, readTls } from './listening.ts';
import { contextOver, preload, startBackgroundWork } from './platform-parts.ts';
import type { RunningServer } from './running-server.ts';
import { openKeyring, openVaultParts } from './vault-parts.ts';
import { vaultTablesOver } from './vault-tables.ts';

/** Everything in one process: the port between platform and vault is a function call, and both share a database. */
export const runAll = async (base: Base): Promise<RunningServer> => {
  const { config, logger, onFault } = base;
  const engine = await openEngine(config, (error) => onFault(error, 'store: a checkpoint failed'));
  const store = openStore(engine);
  const onLateApproval = (charge: AttemptRequest): void => {
    reverseLateApproval(context, charge).catch((error: unknown) =>
      onFault(error, 'charge: a late approval is not known to be reversed'),
    );
  };
  const database = vaultTablesOver(engine, onFault);
  const keyring = await openKeyring(base, database);
  const { vault, sandboxAcquirer } = openVaultParts(base, { database, keyring, onLateApproval });
  const context: UseCaseContext = contextOver(base, { store, cards: vault.processor });
  if (config.mode === 'sandbox') await preload(context);

  const urls = { api: '', pci: '' };
  const server = apiServerOver(base, context, sandboxAcquirer, urls);
  const tls = readTls(config);
  const api = await buildApiListener(server, tls);
  const pci = await buildPciListener(server, tls, addCardIntake(vault.captureCard));
  const at = { host: config.host, isTls: tls !== null };
  urls.api = await listen(api, { ...at, port: config.apiPort });
  urls.pci = await listen(pci, { ...at, port: config.pciPort });
  const work = await startBackgroundWork(base, context, engine);
  logger.info({ mode: config.mode, apiUrl: urls.api, pciUrl: urls.pci }, 'listening');
  return {
    urls,
    stop: async () => {
      await closeWithin(config.shutdownGraceMs, [api, pci]);
      await work.stop();
      await vault.close();
      await store.close();
    },
  };
};
