import type { CardSummary } from '../src/domain/card-summary.ts';
import { cardUsableUntil } from '../src/domain/card-summary.ts';
import type { Environment } from '../src/domain/ids.ts';
import { plainId, timeOrderedToken } from '../src/domain/ids.ts';
import type { Result } from '../src/domain/result.ts';
import { ok, refuse } from '../src/domain/result.ts';
import type { AttemptRequest, CapturedCard, CardNumberDetector, CardProcessor } from '../src/ports/card-processor.ts';
import type { Clock, Timers } from '../src/ports/clock.ts';
import type { Randomness } from '../src/ports/randomness.ts';
import type { FieldErrors } from '../src/problems/problems.ts';
import type { Acquirer } from './acquirers/acquirer.ts';
import { testCardOf } from './acquirers/simulator/test-cards.ts';
import { fundingTypeOf } from './card/brand.ts';
import type { CapturedCardLimits } from './card/captured-cards.ts';
import { capturedCardLimitsDefault, openCapturedCards } from './card/captured-cards.ts';
import type { CardDetails } from './card/card-details.ts';
import { parseCardDetails } from './card/card-details.ts';
import { containsCardNumber } from './card/detect.ts';
import { maskNumber } from './card/mask.ts';
import { openCardProcessor } from './card-processor.ts';
import type { DataKeyLimits } from './keys/data-keys.ts';
import { dataKeyLimitsDefault, openDataKeys } from './keys/data-keys.ts';
import { fingerprintOf } from './keys/fingerprint.ts';
import type { Keyring } from './keys/keyring.ts';
import type { VaultDatabase } from './store/database.ts';

export type VaultLimits = CapturedCardLimits & DataKeyLimits;

export type VaultOptions = {
  readonly database: VaultDatabase;
  readonly keyring: Keyring;
  readonly acquirer: Acquirer;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly timers: Timers;
  readonly environment: Environment;
  /** How long the acquirer may take to answer before its answer counts as missing. */
  readonly acquirerTimeoutMs: number;
  readonly limits?: Partial<VaultLimits>;
  /** Told of a charge that was approved after its time limit. Must not throw. */
  readonly onLateApproval?: (charge: AttemptRequest) => void;
};

export type CaptureRequest = {
  readonly accountId: string;
  /** As the body held it: any JSON value. */
  readonly cardDetails: unknown;
  /** The account's time, milliseconds since 1970. */
  readonly now: number;
};

/** `fingerprint`: the same for the same card. `usableUntil`: the first moment at which the card is out of date. */
export type CaptureResult = CapturedCard & {
  readonly fingerprint: string;
  readonly usableUntil: number;
  /** Drops the card if it was not verified: a repeated request is answered without. */
  readonly discard: () => void;
};

export type CaptureRefusal =
  | { readonly code: 'request-invalid'; readonly errors: FieldErrors }
  | { readonly code: 'test-card-refused' }
  /** Too many cards wait for their verification. */
  | { readonly code: 'vault-busy' };

export type Vault = {
  readonly processor: CardProcessor;
  /** Checks a card and holds it in memory, for one verification by the same account. */
  captureCard(request: CaptureRequest): Result<CaptureResult, CaptureRefusal>;
  readonly containsCardNumber: CardNumberDetector;
  /** Drops every captured card and unwrapped key, and closes the acquirer. Not the database: the caller opened it. */
  close(): Promise<void>;
};

const summaryOf = (details: CardDetails): CardSummary => ({
  maskedNumber: maskNumber(details.pan.reveal()),
  last4: details.pan.last4,
  cardholderName: details.cardholderName,
  scheme: details.scheme,
  fundingType: fundingTypeOf(details.scheme),
  expiryYear: details.expiry.year,
  expiryMonth: details.expiry.month,
});

/** Opens the vault over its tables, which must be migrated. Throws when a sandbox acquirer would be given real cards. */
export const openVault = (options: VaultOptions): Vault => {
  const { acquirer, clock, environment, keyring, random } = options;
  if (environment === 'prod' && acquirer.sandboxOnly)
    throw new Error('A production vault cannot use the acquirer simulator: it would approve charges that nobody pays.');
  const limits: VaultLimits = { ...capturedCardLimitsDefault, ...dataKeyLimitsDefault, ...options.limits };
  const captured = openCapturedCards(options.timers, limits);
  const dataKeys = openDataKeys({ database: options.database, keyring, clock, random, limits });
  return {
    processor: openCardProcessor({ ...options, captured, dataKeys }),
    captureCard({ accountId, cardDetails, now }) {
      const parsed = parseCardDetails(cardDetails, now);
      if (!parsed.ok) return refuse({ code: 'request-invalid', errors: parsed.error });
      const details = parsed.value;
      if (environment === 'prod' && testCardOf(details.pan.reveal()) !== undefined) {
        details.cvv.drop();
        return refuse({ code: 'test-card-refused' });
      }
      const reference = plainId('card', timeOrderedToken(clock.now(), random.bytes(10)));
      const fingerprint = fingerprintOf(keyring.fingerprintKey, details.pan);
      if (!captured.put(reference, { ...details, accountId, fingerprint })) {
        details.cvv.drop();
        return refuse({ code: 'vault-busy' });
      }
      const summary = summaryOf(details);
      const discard = (): void => captured.discard(reference);
      return ok({ reference, summary, fingerprint, usableUntil: cardUsableUntil(summary), discard });
    },
    containsCardNumber,
    async close() {
      captured.clear();
      dataKeys.close();
      await acquirer.close();
    },
  };
};
