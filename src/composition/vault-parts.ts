import { join } from 'node:path';
import {
  type Acquirer,
  createKeyring,
  findWrappingKeyIds,
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

/**
 * A sandbox makes its keyring; production never does, because one that is made by mistake hides that the right one is missing.
 * Throws `StartRefused`, also where the keyring is not the one of the database: every kept card would fail, one charge at a time.
 */
export const openKeyring = async (
  { config: { keyringFile, mode, role }, logger }: Base,
  database: VaultDatabase,
): Promise<Keyring> => {
  if (keyringFile === null) throw new Error(`the role ${role} holds no keys`);
  const needed = await findWrappingKeyIds(database);
  const foreign = `The database holds cards that were sealed under another keyring than ${keyringFile}. Put its own keyring back${mode === 'sandbox' ? ', or start over in an empty data folder' : ''}.`;
  const loaded = loadKeyring(keyringFile);
  if (loaded.ok) {
    if (needed.some((id) => loaded.value.wrappingKey(id) === undefined)) throw new StartRefused(foreign);
    return loaded.value;
  }
  const isMissing = loaded.error.code === 'keyring-missing';
  if (isMissing && needed.length > 0) throw new StartRefused(foreign);
  if (!isMissing || mode !== 'sandbox') throw new StartRefused(loaded.error.message);
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

/** The vault, and the controls of its acquirer where that is the simulator. */
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
