import type { Account, ApiKey } from '../domain/account.ts';
import { type ChargeAttempt, chargeAttemptStates } from '../domain/charge-attempt/charge-attempt.ts';
import { type IntentEvent, intentEventTypes } from '../domain/intent-event.ts';
import { type PaymentIntent, paymentIntentStatuses } from '../domain/payment-intent/payment-intent.ts';
import { type Refund, refundStates } from '../domain/refund/refund.ts';
import { type SetupIntent, setupIntentStatuses } from '../domain/setup-intent/setup-intent.ts';
import type { RememberedAnswer } from '../ports/store.ts';
import type { SqlRow } from './engine.ts';

/** Values that no statement of ours writes: the file was damaged or edited. Never contains the value. */
export const impossible = (column: string): Error =>
  new Error(`The database holds an impossible value in column ${column}.`);

/** A column that always holds a text. Throws where the database was damaged, and so do all readers below. */
export const text = (row: SqlRow, column: string): string => {
  const value = row[column];
  if (typeof value !== 'string') throw impossible(column);
  return value;
};

/** A column that always holds a whole number below 2^53. */
export const whole = (row: SqlRow, column: string): number => {
  const value = row[column];
  if (!Number.isSafeInteger(value)) throw impossible(column);
  return value as number;
};

const textOrNull = (row: SqlRow, column: string): string | null => (row[column] === null ? null : text(row, column));

/** A column that holds a whole number, or nothing. */
export const wholeOrNull = (row: SqlRow, column: string): number | null =>
  row[column] === null ? null : whole(row, column);

/** A column that holds one of a few words. */
export const oneOf = <T extends string>(row: SqlRow, column: string, allowed: readonly T[]): T => {
  const value = allowed.find((candidate) => candidate === row[column]);
  if (value === undefined) throw impossible(column);
  return value;
};

/** The fields of an object that live in its `doc`; a new field of the domain does not compile until it is listed here. */
export type Fields<T> = Readonly<Record<keyof T, true>>;

/** The object in the column `doc`, once all its fields are there; what they hold is not looked at. */
export const document = <T>(row: SqlRow, fields: readonly string[]): T => {
  const value: unknown = JSON.parse(text(row, 'doc'));
  if (typeof value !== 'object' || value === null) throw impossible('doc');
  for (const field of fields) if (!(field in value)) throw impossible(`doc (${field})`);
  return value as T;
};

/** The text of a `doc`: these fields of an object, whatever else it has. */
const documentText = (object: object, fields: readonly string[]): string => {
  const doc: Record<string, unknown> = {};
  for (const field of fields) doc[field] = object[field as keyof typeof object];
  return JSON.stringify(doc);
};

type SetupIntentDoc = Omit<SetupIntent, 'id' | 'accountId' | 'version' | 'status' | 'cardReference'>;
const setupIntentFields = Object.keys({
  eventCount: true,
  createdAt: true,
  updatedAt: true,
  expireAt: true,
  session: true,
  terms: true,
  card: true,
  authorization: true,
  liveAttemptId: true,
  declinedCharges: true,
} satisfies Fields<SetupIntentDoc>);

/** What of a setup intent is kept in its `doc`. */
export const setupIntentDoc = (intent: SetupIntent): string => documentText(intent, setupIntentFields);

/** A row of `setup_intents`. */
export const setupIntentFrom = (row: SqlRow): SetupIntent => ({
  ...document<SetupIntentDoc>(row, setupIntentFields),
  id: text(row, 'id'),
  accountId: text(row, 'account_id'),
  version: whole(row, 'version'),
  status: oneOf(row, 'status', setupIntentStatuses),
  cardReference: textOrNull(row, 'card_reference'),
});

type PaymentIntentDoc = Omit<PaymentIntent, 'id' | 'accountId' | 'version' | 'status'>;
const paymentIntentFields = Object.keys({
  eventCount: true,
  createdAt: true,
  updatedAt: true,
  expireAt: true,
  session: true,
  terms: true,
  setupIntentId: true,
  payment: true,
  refundedAmountMinor: true,
  liveAttemptId: true,
} satisfies Fields<Omit<PaymentIntentDoc, 'refundingAmountMinor'>>);

/** What of a payment intent is kept in its `doc`. */
export const paymentIntentDoc = (intent: PaymentIntent): string =>
  documentText(intent, [...paymentIntentFields, 'refundingAmountMinor']);

const noneOnTop = { serviceChargeAmount: null, cashbackAmount: null };

/** A row of `payment_intents`. */
export const paymentIntentFrom = (row: SqlRow): PaymentIntent => {
  // Rows that were written before there were refunds lack the last field, and two terms.
  const { refundingAmountMinor = 0, ...doc } = document<
    Omit<PaymentIntentDoc, 'refundingAmountMinor'> & { readonly refundingAmountMinor?: number }
  >(row, paymentIntentFields);
  return {
    ...doc,
    terms: { ...noneOnTop, ...doc.terms },
    refundingAmountMinor,
    id: text(row, 'id'),
    accountId: text(row, 'account_id'),
    version: whole(row, 'version'),
    status: oneOf(row, 'status', paymentIntentStatuses),
  };
};

type ChargeAttemptDoc = Pick<ChargeAttempt, 'amount' | 'startedAt' | 'settleTries' | 'transaction' | 'answerKey'>;
const chargeAttemptFields = Object.keys({
  amount: true,
  startedAt: true,
  settleTries: true,
  transaction: true,
  answerKey: true,
} satisfies Fields<ChargeAttemptDoc>);

/** What of a charge attempt is kept in its `doc`. */
export const chargeAttemptDoc = (attempt: ChargeAttempt): string => documentText(attempt, chargeAttemptFields);

/** A row of `charge_attempts`. */
export const chargeAttemptFrom = (row: SqlRow): ChargeAttempt => ({
  ...document<ChargeAttemptDoc>(row, chargeAttemptFields),
  id: text(row, 'id'),
  accountId: text(row, 'account_id'),
  paymentIntentId: text(row, 'payment_intent_id'),
  setupIntentId: text(row, 'setup_intent_id'),
  version: whole(row, 'version'),
  state: oneOf(row, 'state', chargeAttemptStates),
  settleAfter: whole(row, 'settle_after'),
});

type RefundDoc = Omit<Refund, 'id' | 'accountId' | 'paymentIntentId' | 'version' | 'state' | 'settleAfter'>;
const refundFields = Object.keys({
  attemptId: true,
  amount: true,
  reason: true,
  notes: true,
  startedAt: true,
  settleTries: true,
  transaction: true,
  answerKey: true,
  traceId: true,
} satisfies Fields<RefundDoc>);

/** What of a refund is kept in its `doc`. */
export const refundDoc = (refund: Refund): string => documentText(refund, refundFields);

/** A row of `refunds`. */
export const refundFrom = (row: SqlRow): Refund => ({
  ...document<RefundDoc>(row, refundFields),
  id: text(row, 'id'),
  accountId: text(row, 'account_id'),
  paymentIntentId: text(row, 'payment_intent_id'),
  version: whole(row, 'version'),
  state: oneOf(row, 'state', refundStates),
  settleAfter: whole(row, 'settle_after'),
});

type IntentEventDoc = Pick<IntentEvent, 'statusChanged' | 'transaction' | 'card'>;
const intentEventFields = Object.keys({
  statusChanged: true,
  transaction: true,
  card: true,
} satisfies Fields<IntentEventDoc>);

/** What of an event is kept in its `doc`. */
export const intentEventDoc = (event: IntentEvent): string => documentText(event, intentEventFields);

/** A row of `intent_events`, as its intent shows it. */
export const intentEventFrom = (row: SqlRow): IntentEvent => ({
  ...document<IntentEventDoc>(row, intentEventFields),
  sequence: whole(row, 'sequence'),
  type: oneOf(row, 'type', intentEventTypes),
  status: text(row, 'status'),
  at: whole(row, 'at'),
});

/** A row of `accounts`. */
export const accountFrom = (row: SqlRow): Account => ({
  id: text(row, 'id'),
  name: text(row, 'name'),
  createdAt: whole(row, 'created_at'),
  clockAheadMs: whole(row, 'clock_ahead_ms'),
});

/** A row of `api_keys`: the hash of a key, never the key. */
export const apiKeyFrom = (row: SqlRow): ApiKey => ({
  id: text(row, 'id'),
  accountId: text(row, 'account_id'),
  environment: oneOf(row, 'environment', ['sandbox', 'prod']),
  hash: text(row, 'hash'),
  last4: text(row, 'last4'),
  createdAt: whole(row, 'created_at'),
  revokedAt: wholeOrNull(row, 'revoked_at'),
});

/** A key and its owner from one joined row, the owner's columns under `account_…`. */
export const apiKeyAndAccountFrom = (row: SqlRow): { readonly key: ApiKey; readonly account: Account } => ({
  key: apiKeyFrom(row),
  account: {
    id: text(row, 'account_id'),
    name: text(row, 'account_name'),
    createdAt: whole(row, 'account_created_at'),
    clockAheadMs: whole(row, 'account_clock_ahead_ms'),
  },
});

/** A row of `answers`; without status and body while the first call under its key is under way. */
export const rememberedAnswerFrom = (row: SqlRow): RememberedAnswer => ({
  key: text(row, 'key'),
  fingerprint: text(row, 'fingerprint'),
  status: wholeOrNull(row, 'status'),
  body: textOrNull(row, 'body'),
  createdAt: whole(row, 'created_at'),
});
