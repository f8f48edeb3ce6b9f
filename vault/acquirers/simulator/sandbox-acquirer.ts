import type { SandboxAcquirer, SandboxLedgerEntry } from '../../../src/ports/sandbox-acquirer.ts';
import type { Ledger, LedgerEntry, LedgerOutcome } from './ledger.ts';
import type { Scripts } from './scripts.ts';

/** An issuer that wants 3-D Secure first has declined for now. */
const shownOutcomes: Record<LedgerOutcome, SandboxLedgerEntry['outcome']> = {
  approved: 'approved',
  declined: 'declined',
  challenged: 'declined',
  reversed: 'reversed',
  refunded: 'refunded',
};

const shown = (entry: LedgerEntry & { readonly sequence: number }): SandboxLedgerEntry => {
  const { sequence, at, attemptId, operation, intentId, amount, cardLast4, outcome, responseCode } = entry;
  return {
    sequence,
    at,
    attemptId,
    operation,
    intentId,
    amount,
    cardLast4,
    outcome: shownOutcomes[outcome],
    responseCode,
  };
};

/** The simulator's controls, for the sandbox's own calls. */
export const openSandboxAcquirer = (ledger: Ledger, scripts: Scripts): SandboxAcquirer => ({
  script: (accountId) => Promise.resolve(scripts.read(accountId)),
  setScript(accountId, script) {
    scripts.write(accountId, script);
    return Promise.resolve();
  },
  ledger: (accountId, { after, limit }) => Promise.resolve(ledger.page(accountId, after, limit).map(shown)),
  reset(accountId) {
    scripts.remove(accountId);
    ledger.remove(accountId);
    return Promise.resolve();
  },
});
