import type { Account, ApiKey } from '../../../src/domain/account.ts';
import type { CardSummary } from '../../../src/domain/card-summary.ts';
import type { ChargeAttempt } from '../../../src/domain/charge-attempt/charge-attempt.ts';
import type { IntentEvent } from '../../../src/domain/intent-event.ts';
import type { PaymentIntent } from '../../../src/domain/payment-intent/payment-intent.ts';
import type { Refund } from '../../../src/domain/refund/refund.ts';
import type { SetupIntent } from '../../../src/domain/setup-intent/setup-intent.ts';
import type { Transaction } from '../../../src/domain/transaction.ts';
import type { Change, RememberedAnswer } from '../../../src/ports/store.ts';

/** Objects with every field filled, so that a round trip that loses one is seen. Each takes what a test cares about. */
export const noon = Date.UTC(2026, 5, 1, 12);

export const card: CardSummary = {
  maskedNumber: '52000000****1005',
  last4: '1005',
  cardholderName: 'A Łukasz "Ü" O\'Neill',
  scheme: 'MASTERCARD',
  fundingType: 'Credit',
  expiryYear: 2029,
  expiryMonth: 12,
};

export const transaction: Transaction = {
  transactionId: '9b2d1f6e-6f0a-4a53-9c57-0d3a54a0a5f1',
  at: noon,
  responseCode: '00',
  authCode: '123456',
  avsResult: 'ADDRESS_MATCH_POSTCODE_MATCH',
};

export const sampleAccount = (over: Partial<Account> = {}): Account => ({
  id: 'acc_1',
  name: `Hotel ${over.id ?? ''}`,
  createdAt: noon,
  clockAheadMs: 0,
  ...over,
});

export const sampleKey = (over: Partial<ApiKey> = {}): ApiKey => ({
  id: 'key_1',
  accountId: 'acc_1',
  environment: 'sandbox',
  hash: 'a'.repeat(64),
  last4: 'wxyz',
  createdAt: noon,
  revokedAt: null,
  ...over,
});

/** Key order, deep nesting, a NUL and half a surrogate pair: all that a client may have sent must come back. */
const echo = { zebra: 1, alpha: { list: [null, 'two', { three: 3.5 }] }, nul: 'a\u0000b', half: '\ud800', empty: {} };

export const sampleSetupIntent = (over: Partial<SetupIntent> = {}): SetupIntent => ({
  id: 'si_1',
  accountId: 'acc_1',
  version: 1,
  eventCount: 2,
  status: 'Authorized',
  createdAt: noon,
  updatedAt: noon + 1,
  expireAt: noon + 1000,
  session: { secret: 'session', expiresAt: noon + 500 },
  terms: {
    reference: 'booking 7',
    terms: 'one night',
    merchantInitiatedTransactionType: 'NoShow',
    intendedAmount: { amountMinor: 999_999_999_999, currency: 'EUR' },
    echo,
  },
  cardReference: 'card_1',
  card,
  authorization: transaction,
  liveAttemptId: null,
  declinedCharges: [{ at: noon, responseCode: '51' }],
  ...over,
});

export const samplePaymentIntent = (over: Partial<PaymentIntent> = {}): PaymentIntent => ({
  id: 'pi_1',
  accountId: 'acc_1',
  version: 1,
  eventCount: 1,
  status: 'Created',
  createdAt: noon,
  updatedAt: noon,
  expireAt: noon + 2000,
  session: { secret: 'session', expiresAt: noon + 500 },
  terms: {
    reference: 'booking 7',
    amount: { amountMinor: 1000, currency: 'GBP' },
    tipsAmount: null,
    serviceChargeAmount: null,
    cashbackAmount: null,
    captureMode: 'Manual',
    autoExpire: { inMs: 60_000, action: 'Release' },
    echo,
  },
  setupIntentId: 'si_1',
  payment: { transaction, card },
  refundedAmountMinor: 300,
  refundingAmountMinor: 200,
  liveAttemptId: null,
  ...over,
});

export const sampleAttempt = (over: Partial<ChargeAttempt> = {}): ChargeAttempt => ({
  id: 'att_1',
  accountId: 'acc_1',
  paymentIntentId: 'pi_1',
  setupIntentId: 'si_1',
  version: 1,
  state: 'pending',
  amount: { amountMinor: 1000, currency: 'GBP' },
  startedAt: noon,
  settleAfter: noon + 30_000,
  settleTries: 2,
  transaction,
  answerKey: 'acc_1 charge key',
  ...over,
});

export const sampleRefund = (over: Partial<Refund> = {}): Refund => ({
  id: 'rfnd_1',
  accountId: 'acc_1',
  paymentIntentId: 'pi_1',
  version: 1,
  state: 'pending',
  attemptId: 'att_1',
  amount: { amountMinor: 200, currency: 'GBP' },
  reason: 'Room "7" had no Łóżko',
  notes: 'a\u0000b',
  startedAt: noon,
  settleAfter: noon + 30_000,
  settleTries: 2,
  transaction,
  answerKey: 'acc_1 refund key',
  traceId: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01',
  ...over,
});

export const sampleEvent = (over: Partial<IntentEvent> = {}): IntentEvent => ({
  sequence: 1,
  type: 'Authorized',
  status: 'Authorized',
  statusChanged: true,
  at: noon,
  transaction,
  card,
  ...over,
});

export const sampleAnswer = (over: Partial<RememberedAnswer> = {}): RememberedAnswer => ({
  key: 'acc_1 charge key',
  fingerprint: 'f'.repeat(64),
  status: 200,
  body: '{"status":"Successful","nul":"\\u0000"}',
  createdAt: noon,
  ...over,
});

export const insertSetup = (over: Partial<SetupIntent> = {}): Change => ({
  kind: 'insert-setup-intent',
  setupIntent: sampleSetupIntent(over),
});
export const insertPayment = (over: Partial<PaymentIntent> = {}): Change => ({
  kind: 'insert-payment-intent',
  paymentIntent: samplePaymentIntent(over),
});
export const insertAttempt = (over: Partial<ChargeAttempt> = {}): Change => ({
  kind: 'insert-charge-attempt',
  chargeAttempt: sampleAttempt(over),
});
export const insertRefund = (over: Partial<Refund> = {}): Change => ({
  kind: 'insert-refund',
  refund: sampleRefund(over),
});
export const insertAnswer = (over: Partial<RememberedAnswer> = {}): Change => ({
  kind: 'insert-answer',
  answer: sampleAnswer(over),
});
export const insertAccount = (over: Partial<Account> = {}): Change => ({
  kind: 'insert-account',
  account: sampleAccount(over),
});
export const insertKey = (over: Partial<ApiKey> = {}): Change => ({ kind: 'insert-api-key', apiKey: sampleKey(over) });
export const append = (over: Partial<IntentEvent> = {}, intentId = 'si_1'): Change => ({
  kind: 'append-event',
  eventId: `evt_${intentId}_${over.sequence ?? 1}`,
  accountId: 'acc_1',
  intentId,
  event: sampleEvent(over),
  notice: null,
});
