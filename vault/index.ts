/** The one door into the PCI zone: nothing else under `vault/` is imported from outside. */

export type { Acquirer } from './acquirers/acquirer.ts';
export { noAcquirer } from './acquirers/no-acquirer.ts';
export type { LedgerEntry } from './acquirers/simulator/ledger.ts';
export { readLedger } from './acquirers/simulator/ledger.ts';
export type { Simulator } from './acquirers/simulator/simulator.ts';
export { openSimulator } from './acquirers/simulator/simulator.ts';
export type { TestCard } from './acquirers/simulator/test-cards.ts';
export { testCards } from './acquirers/simulator/test-cards.ts';
export { containsCardNumber, scrubCardNumbers } from './card/detect.ts';
export { addCardIntake } from './intake/create-setup-intent.ts';
export type { Keyring } from './keys/keyring.ts';
export { createKeyring, loadKeyring } from './keys/keyring-file.ts';
export { addCardProcessorCalls, addSandboxAcquirerCalls } from './link/card-processor-calls.ts';
export { findWrappingKeyIds } from './store/data-key-table.ts';
export type { VaultDatabase, VaultStatement } from './store/database.ts';
export { vaultBeat, vaultMigrations } from './store/migrations.ts';
export type { Vault, VaultOptions } from './vault.ts';
export { openVault } from './vault.ts';
