import { bindUseCases } from '../http/use-cases.ts';
import { bindSandboxUseCases } from '../http/sandbox/sandbox-use-cases.ts';
import type { Server } from '../http/server.ts';
import { systemTimers } from '../platform/system-timers.ts';
import type { SandboxAcquirer } from '../ports/sandbox-acquirer.ts';
import { accountNow, type UseCaseContext } from '../use-cases/context.ts';
import { deliveriesDue } from '../use-cases/deliveries-due.ts';
import { expiryOfIntents } from '../use-cases/expire-due-intents.ts';
import { type Base, listenerBasis } from './base.ts';

/** What the API's listeners stand on. @param urls where they are; filled in after they listen */
export const apiServerOver = (
  base: Base,
  context: UseCaseContext,
  sandboxAcquirer: SandboxAcquirer | null,
  urls: { readonly api: string; readonly pci: string },
): Server => {
  const { config, pause, stopping } = base;
  const dueWorks = [expiryOfIntents, deliveriesDue(pause)];
  return {
    ...listenerBasis(base, () => context.store.ping()),
    useCases: bindUseCases(context),
    sandbox: sandboxAcquirer === null ? null : bindSandboxUseCases(context, sandboxAcquirer, dueWorks),
    accountNow: (account) => accountNow(context, account),
    publicApiUrl: () => config.publicApiUrl ?? urls.api,
    publicPciUrl: () => config.publicPciUrl ?? urls.pci,
    pause: (delayMs) => new Promise((resolve) => void systemTimers.after(delayMs, () => resolve(!stopping.now))),
  };
};
