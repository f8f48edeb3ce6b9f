import type { SandboxAcquirer } from '../../ports/sandbox-acquirer.ts';
import type { ReadAnswer } from '../answer-reader.ts';
import type { LinkPeer } from '../link-peer.ts';
import { readDone, readLedgerPage, readScript } from './outcome-schemas.ts';
import { answerOfVault } from './vault-calls.ts';

/** One statement of a file on the vault's disk. */
const timeoutMs = 5_000;

/** The simulator's controls, which are where the vault is. All of it is as good asked twice. */
export const openRemoteSandboxAcquirer = (vault: LinkPeer): SandboxAcquirer => {
  const ask = <T>(method: keyof SandboxAcquirer, body: unknown, read: ReadAnswer<T>): Promise<T> =>
    answerOfVault(vault, { path: `/sandbox-acquirer/${method}`, body, timeoutMs, isRepeatable: true, read });
  return {
    script: (accountId) => ask('script', { accountId }, readScript),
    setScript: async (accountId, script) => {
      await ask('setScript', { accountId, script }, readDone);
    },
    ledger: async (accountId, page) => (await ask('ledger', { accountId, ...page }, readLedgerPage)).entries,
    reset: async (accountId) => {
      await ask('reset', { accountId }, readDone);
    },
  };
};
