import type { Account } from '../domain/account.ts';
import type { Environment } from '../domain/ids.ts';
import type { CardProcessor } from '../ports/card-processor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Randomness } from '../ports/randomness.ts';
import type { Store } from '../ports/store.ts';
import type { InTurn } from './in-turn.ts';

/** All that a use case may reach. Built once, in the composition root. */
export type UseCaseContext = {
  readonly store: Store;
  readonly cards: CardProcessor;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly environment: Environment;
  /** How long the acquirer may take to answer; an attempt older than this and a margin has lost its caller. */
  readonly acquirerTimeoutMs: number;
  /** Changes of one thing within this process, one after the other; an intent is named by its id. */
  readonly inTurn: InTurn;
  /** Lets real time pass. Without it, nobody is kept waiting for the answer that another node is working on. */
  readonly pause?: (ms: number) => Promise<void>;
  /** How long events are kept where the database can drop them by the month; without it, for good. */
  readonly eventsKeptMs?: number;
  /** Tells the person on call of a throw that was turned into an answer. Never given a request or a body. */
  readonly onFault: (error: unknown, what: string) => void;
};

/** An answer as it goes over the wire, byte for byte. */
export type Answer = { readonly status: number; readonly body: string };

/**
 * What must be saved together with a result, besides the result: the answer of an idempotency key.
 * `null` when the caller sent no key.
 */
export type Remember<T> = {
  readonly key: string;
  readonly fingerprint: string;
  readonly render: (result: T) => Answer;
  /** Whether what was remembered under the key goes; else it stands, and the new answer is refused. */
  readonly replacesLast?: boolean;
} | null;

/** The time by which an account lives: real time, or its sandbox clock. */
export const accountNow = (context: Pick<UseCaseContext, 'clock'>, account: Account): number =>
  context.clock.now() + account.clockAheadMs;
