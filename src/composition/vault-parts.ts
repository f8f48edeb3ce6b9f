import { join } from 'node:path';
import {
  type Acquirer,
  createKeyring,
  type Keyring,
  loadKeyring,
  noAcquirer,
  openSimulator,
  openVault,
  type Simulator,
  type Vault,
  type VaultDatabase,
  type VaultOptions,
} from '../../vault/index.ts';
import { systemClock } from '../platform/system-clock.ts';
import { systemTimers } from '../platform/system-timers.ts';
import type { SandboxAcquirer } from '../ports/sandbox-acquirer.ts';
import type { Base } from './base.ts';
import { orRefuse, StartRefused } from './start-refused.ts';

/** A sandbox makes its keyring; production never does, because one that is made by mistake hides that the right one is missing. */
export const openKeyring = ({ config: { keyringFile, mode, role }, logger }: Base): Keyring => {
  if (keyringFile === null) throw new Error(`the role ${role} holds no keys`);
  const loaded = loadKeyring(keyringFile);
  if (loaded.ok) return loaded.value;
  if (mode !== 'sandbox' || loaded.error.code !== 'keyring-missing') throw new StartRefused(loaded.error.message);
  const made = createKeyring(keyringFile, systemClock.now());
  if (made.ok) {
    logger.info({ keyringFile }, 'made a keyring: without it the kept cards cannot be read');
    return made.value;
  }
  // Made by another node that starts on this folder at the same moment, or not to be made at all.
  const other = loadKeyring(keyringFile);
  if (!other.ok) throw new StartRefused(made.error.message);
  return other.value;
};

/** The vault, and the strings behind its acquirer where that is the simulator. */
export type VaultParts = { readonly vault: Vault; readonly sandboxAcquirer: SandboxAcquirer | null };

/**
 * Opens the vault over its tables, with the simulated acquirer in a sandbox and none in production. Throws `StartRefused`
 * where the simulator's file cannot be opened.
 */
export const openVaultParts = (
  { config, random }: Base,
  parts: { readonly database: VaultDatabase; readonly keyring: Keyring } & Pick<VaultOptions, 'onLateApproval'>,
): VaultParts => {
  const { environment, acquirerTimeoutMs } = config;
  const simulator = config.mode === 'sandbox' ? openSimulatorIn(config) : null;
  const acquirer: Acquirer = simulator ?? noAcquirer;
  const vault = openVault({
    ...parts,
    acquirer,
    clock: systemClock,
    random,
    timers: systemTimers,
    environment,
    acquirerTimeoutMs,
  });
  return { vault, sandboxAcquirer: simulator?.sandbox ?? null };
};

const openSimulatorIn = ({ dataDir, acquirerTimeoutMs }: Base['config']): Simulator =>
  orRefuse('The simulated acquirer cannot be opened', () =>
    openSimulator({ ledgerPath: join(dataDir, 'acquirer-simulator.db'), timers: systemTimers, acquirerTimeoutMs }),
  );
