import type { Account } from '../domain/account.ts';
import type { CardNumberDetector } from '../ports/card-processor.ts';
import type { Logger } from '../ports/logger.ts';
import type { Randomness } from '../ports/randomness.ts';
import type { Problem } from '../problems/problems.ts';
import type { SandboxUseCases } from './sandbox/sandbox-use-cases.ts';
import type { UseCases } from './use-cases.ts';

/** All that the listeners stand on. Built once, in the composition root. */
export type Server = {
  readonly useCases: UseCases;
  /** What controls a sandbox; null in production. */
  readonly sandbox: SandboxUseCases | null;
  /** The time by which an account lives, milliseconds since 1970. */
  readonly accountNow: (account: Account) => number;
  readonly random: Randomness;
  readonly logger: Logger;
  /** Whether a connection comes from the proxy that ends TLS; absent where no proxy does. */
  readonly isTrustedProxy?: (address: string | undefined) => boolean;
  readonly containsCardNumber: CardNumberDetector;
  /** Where callers reach the two listeners, without a trailing slash; read at the call, since port 0 is known only after listening. */
  readonly publicApiUrl: () => string;
  readonly publicPciUrl: () => string;
  /** Why no traffic should come here now, or `undefined`. Never throws. */
  readonly notReady: () => Promise<Problem | undefined>;
  /** Told to probes with the rest, and no reason not to be ready: each other part that this one calls, and whether it answers. */
  readonly otherParts?: () => Readonly<Record<string, 'up' | 'down'>>;
  /** Waits so long and says whether to go on: false once the server stops. Where it is absent, no call waits for news. */
  readonly pause?: (delayMs: number) => Promise<boolean>;
};

/** What a listener itself stands on, whatever its calls are. */
export type ListenerBasis = Pick<
  Server,
  'random' | 'logger' | 'isTrustedProxy' | 'containsCardNumber' | 'notReady' | 'otherParts'
>;
