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
) => ({
  acquirer,
  advanceClock: (input: Parameters<typeof advanceSandboxClock>[2]) =>
    context.inTurn(`clock: ${input.account.id}`, () => advanceSandboxClock(context, dueWorks, input)),
  reset: (input: Parameters<typeof resetSandbox>[2]) =>
    context.inTurn(`clock: ${input.account.id}`, () => resetSandbox(context, acquirer, input)),
});
