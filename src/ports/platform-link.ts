import type { Account } from '../domain/account.ts';
import type { CardSummary } from '../domain/card-summary.ts';
import type { Result } from '../domain/result.ts';
import type { ApiVersion } from '../domain/versions.ts';
import type { AttemptRequest } from './card-processor.ts';

/** A card that waits in the vault's memory: all that the platform may know of it. */
export type ForwardedCard = {
  readonly reference: string;
  readonly summary: CardSummary;
  /** The same for the same card: repeated requests are told apart by it. */
  readonly fingerprint: string;
  /** The first moment at which the card is out of date, milliseconds since 1970. */
  readonly usableUntil: number;
};

/** Why the vault took no card, as a problem's code and words. Said by the platform, in its turn among other refusals. */
export type CardRefusal = {
  readonly code: 'request-invalid' | 'test-card-refused' | 'acquirer-unavailable';
  readonly detail?: string;
  readonly errors?: Readonly<Record<string, readonly string[]>>;
};

/** A request to create a setup intent, without its card details. */
export type ForwardedSetupIntent = {
  readonly secretKey: string;
  readonly version: ApiVersion;
  /** As they were sent, under both names that the header has. */
  readonly idempotencyKeys: { readonly idempotencykey?: string; readonly 'idempotency-key'?: string };
  readonly traceId: string;
  /** Tells requests with different queries apart; says nothing of them. */
  readonly queryHash: string | null;
  /** The rest of the body, as JSON. */
  readonly content: string;
  readonly card: { readonly taken: ForwardedCard } | { readonly refused: CardRefusal };
};

/** An answer on its way through: only these headers go with it. */
export type RelayedAnswer = {
  readonly status: number;
  readonly headers: Readonly<Partial<Record<'retry-after' | 'www-authenticate' | 'idempotent-replayed', string>>>;
  readonly body: string;
};

export type PlatformOutage = 'platform-unavailable' | 'store-unavailable';

/** What a vault that is a process of its own asks of the platform. No member ever carries a card number. */
export type PlatformLink = {
  authenticate(secretKey: string): Promise<Result<Account, 'key-invalid' | 'key-wrong-environment' | PlatformOutage>>;
  /** Never repeated by itself: a request without idempotency key would make two intents. */
  createSetupIntent(request: ForwardedSetupIntent): Promise<Result<RelayedAnswer, PlatformOutage>>;
  /** Tells of a charge that was approved after its time limit. Safe to repeat. @returns whether the platform has taken it */
  reportLateApproval(charge: AttemptRequest): Promise<boolean>;
};
