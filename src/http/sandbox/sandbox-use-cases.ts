import type { SandboxAcquirer } from '../../ports/sandbox-acquirer.ts';
import { advanceSandboxClock } from '../../use-cases/advance-sandbox-clock.ts';
import type { UseCaseContext } from '../../use-cases/context.ts';
import type { DueWork } from '../../use-cases/due-work.ts';
import { resetSandbox } from '../../use-cases/reset-sandbox.ts';

/** What the sandbox's own calls may ask for. There is none in production, and then there are no such calls. */
export type SandboxUseCases = ReturnType<typeof bindSandboxUseCases>;

/**
 * Binds them to one context. What moves an account's clock runs one after another, so that two advances add up.
 * @param dueWorks everything that a moved clock sets off, in the order in which it happens where two fall on one moment
 */
export const bindSandboxUseCases = (
  context: UseCaseContext,
  acquirer: SandboxAcquirer,
  dueWorks: readonly DueWork[],
) => {
  const underWay = new Map<string, Promise<unknown>>();
  const inTurn = async <T>(accountId: string, run: () => Promise<T>): Promise<T> => {
    const turn = (underWay.get(accountId) ?? Promise.resolve()).then(run, run);
    underWay.set(accountId, turn);
    try {
      return await turn;
    } finally {
      if (underWay.get(accountId) === turn) underWay.delete(accountId);
    }
  };
  return {
    acquirer,
    advanceClock: (input: Parameters<typeof advanceSandboxClock>[2]) =>
      inTurn(input.account.id, () => advanceSandboxClock(context, dueWorks, input)),
    reset: (input: Parameters<typeof resetSandbox>[2]) =>
      inTurn(input.account.id, () => resetSandbox(context, acquirer, input)),
  };
};
