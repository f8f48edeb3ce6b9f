import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Account } from '../domain/account.ts';
import type { CardSummary } from '../domain/card-summary.ts';
import type { PaymentIntentTerms } from '../domain/payment-intent/payment-intent.ts';
import type { Result } from '../domain/result.ts';
import type { SetupIntentTerms } from '../domain/setup-intent/setup-intent.ts';
import type { Transaction } from '../domain/transaction.ts';
import { openSystemRandomness } from '../platform/system-randomness.ts';
import type {
  AttemptRequest,
  CardProcessor,
  ChargeOutcome,
  InquiryOutcome,
  RefundRequest,
  ReversalOutcome,
  VerifyOutcome,
} from '../ports/card-processor.ts';
import { migrate } from '../store/migrations/migrate.ts';
import { platformMigrations } from '../store/migrations/platform-migrations.ts';
import { openStore } from '../store/open-store.ts';
import { openSqliteEngine } from '../store/sqlite/sqlite-engine.ts';
import type { UseCaseContext } from './context.ts';
import { createAccount } from './create-account.ts';
import { createPaymentIntent } from './create-payment-intent.ts';
import { createSetupIntent } from './create-setup-intent.ts';
import { openTurns } from './in-turn.ts';

export const transaction = (responseCode = '00'): Transaction => ({
  transactionId: '0192f0e0-0000-7000-8000-000000000000',
  at: 1,
  responseCode,
  authCode: responseCode === '00' ? '123456' : null,
  avsResult: null,
});

export const card: CardSummary = {
  maskedNumber: '52000000****1005',
  last4: '1005',
  cardholderName: 'A Guest',
  scheme: 'MASTERCARD',
  fundingType: 'Unknown',
  expiryYear: 2029,
  expiryMonth: 12,
};

export const setupTerms: SetupIntentTerms = {
  reference: 'Booking 234',
  terms: 'No-show fee.',
  merchantInitiatedTransactionType: 'NoShow',
  intendedAmount: null,
  echo: {},
};

export const paymentTerms: PaymentIntentTerms = {
  reference: 'Booking 234',
  amount: { amountMinor: 1000, currency: 'GBP' },
  tipsAmount: null,
  serviceChargeAmount: null,
  cashbackAmount: null,
  captureMode: 'Auto',
  autoExpire: null,
  echo: {},
};

/** A processor whose next answers the test decides; it notes what it was asked. */
export type ScriptedProcessor = CardProcessor & {
  readonly asked: string[];
  verifyWith: () => Promise<VerifyOutcome>;
  chargeWith: () => Promise<ChargeOutcome>;
  refundWith: (request: RefundRequest) => Promise<ChargeOutcome>;
  inquireWith: (request: AttemptRequest) => Promise<InquiryOutcome>;
  reverseWith: (request: AttemptRequest) => Promise<ReversalOutcome>;
};

const scriptedProcessor = (): ScriptedProcessor => {
  const asked: string[] = [];
  const processor: ScriptedProcessor = {
    asked,
    verifyWith: async () => ({ outcome: 'approved', transaction: transaction(), cardReference: 'card_kept' }),
    chargeWith: async () => ({ outcome: 'approved', transaction: transaction() }),
    refundWith: async () => ({ outcome: 'approved', transaction: transaction() }),
    inquireWith: async () => ({ outcome: 'never-received' }),
    reverseWith: async () => ({ outcome: 'reversed', hadApproved: false, transaction: transaction() }),
    verify: () => (asked.push('verify'), processor.verifyWith()),
    charge: ({ attemptId }) => (asked.push(`charge ${attemptId}`), processor.chargeWith()),
    inquire: (request) => (asked.push(`inquire ${request.attemptId}`), processor.inquireWith(request)),
    reverse: (request) => (asked.push(`reverse ${request.attemptId}`), processor.reverseWith(request)),
    refund: (request) => (asked.push(`refund ${request.refundId}`), processor.refundWith(request)),
    keptCards: async () => [],
    forget: async (references) => void asked.push(`forget ${references.join()}`),
  };
  return processor;
};

/** The value, or a failed test that names the refusal. */
export const must = <T>(result: Result<T, { readonly code: string } | string>): T => {
  assert.ok(
    result.ok,
    result.ok ? '' : `refused: ${typeof result.error === 'string' ? result.error : result.error.code}`,
  );
  return result.value;
};

/** The code of a refusal, or a failed test. */
export const refusalOf = (result: Result<unknown, { readonly code: string }>): string => {
  assert.ok(!result.ok, 'it was not refused');
  return result.error.code;
};

export type Rig = {
  readonly context: UseCaseContext;
  readonly cards: ScriptedProcessor;
  readonly account: Account;
  readonly faults: string[];
  /** Moves the clock on. */
  pass(ms: number): void;
  authorized(): Promise<string>;
  payable(setupIntentId: string): Promise<string>;
};

/** Real use cases over a real SQLite file, with a clock and a processor that the test owns. Removed after the test. */
export const openRig = async (t: TestContext): Promise<Rig> => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-use-cases-'));
  const engine = openSqliteEngine({ path: join(folder, 'test.db') });
  must(
    await migrate(engine, platformMigrations).then((result) =>
      result.ok ? result : ({ ok: false, error: result.error.code } as const),
    ),
  );
  const store = openStore(engine);
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  let now = Date.UTC(2026, 0, 1);
  const cards = scriptedProcessor();
  const faults: string[] = [];
  const context: UseCaseContext = {
    store,
    cards,
    clock: { now: () => now },
    random: openSystemRandomness(),
    environment: 'sandbox',
    acquirerTimeoutMs: 2_000,
    inTurn: openTurns(),
    onFault: (_error, what) => void faults.push(what),
  };
  const account = must(await createAccount(context, { name: 'Hotel' }));
  const inHand = { reference: 'card_held', summary: card, usableUntil: Date.UTC(2030, 0, 1) };
  return {
    context,
    cards,
    account,
    faults,
    pass: (ms) => {
      now += ms;
    },
    authorized: async () => {
      const input = { account, terms: setupTerms, expireAt: null, capturedCard: inHand, remember: null };
      return must(await createSetupIntent(context, input)).setupIntent.id;
    },
    payable: async (setupIntentId) => {
      const input = { account, terms: paymentTerms, expireAt: null, setupIntentId, remember: null };
      return must(await createPaymentIntent(context, input)).id;
    },
  };
};
