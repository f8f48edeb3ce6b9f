import type { Operation } from '../operation.ts';
import { deleteAcquirerRules, readAcquirerRules, setAcquirerRules } from './acquirer-rules.ts';
import { advanceSandboxClock, readSandboxClock, setSandboxClock } from './clock.ts';
import { readSandboxLedger } from './ledger.ts';
import { resetSandbox } from './reset.ts';
import type { SandboxUseCases } from './sandbox-use-cases.ts';

/** The calls that control a sandbox. A production server has none of them, and says 404. */
export const sandboxOperations = (sandbox: SandboxUseCases): readonly Operation[] => [
  readSandboxClock,
  setSandboxClock(sandbox),
  advanceSandboxClock(sandbox),
  readAcquirerRules(sandbox),
  setAcquirerRules(sandbox),
  deleteAcquirerRules(sandbox),
  readSandboxLedger(sandbox),
  resetSandbox(sandbox),
];
