import type { ChargeAttempt } from '../domain/charge-attempt/charge-attempt.ts';
import type { PaymentIntent } from '../domain/payment-intent/payment-intent.ts';
import { paymentIntentDueAt } from '../domain/payment-intent/payment-intent-machine.ts';
import type { Refund } from '../domain/refund/refund.ts';
import type { SetupIntent } from '../domain/setup-intent/setup-intent.ts';
import { setupIntentDueAt } from '../domain/setup-intent/setup-intent-machine.ts';
import type { Change } from '../ports/store.ts';
import type { WebhookChange } from '../ports/webhook-store.ts';
import type { Engine, Statement } from './engine.ts';
import { intentMadeAt } from './intent-made-at.ts';
import { chargeAttemptDoc, intentEventDoc, paymentIntentDoc, refundDoc, setupIntentDoc } from './rows.ts';
import { postgresSql, sql } from './statements.ts';

const insertSetupIntent = (intent: SetupIntent): Statement => ({
  sql: sql.insertSetupIntent,
  params: [
    intent.id,
    intent.accountId,
    intent.version,
    intent.status,
    setupIntentDueAt(intent),
    intent.cardReference,
    setupIntentDoc(intent),
  ],
});

const saveSetupIntent = (intent: SetupIntent): Statement => ({
  sql: sql.saveSetupIntent,
  params: [
    intent.version,
    intent.status,
    setupIntentDueAt(intent),
    intent.cardReference,
    setupIntentDoc(intent),
    intent.id,
    intent.version - 1,
  ],
  mustChange: 'one',
});

const insertPaymentIntent = (intent: PaymentIntent): Statement => ({
  sql: sql.insertPaymentIntent,
  params: [
    intent.id,
    intent.accountId,
    intent.version,
    intent.status,
    paymentIntentDueAt(intent),
    paymentIntentDoc(intent),
  ],
});

const savePaymentIntent = (intent: PaymentIntent): Statement => ({
  sql: sql.savePaymentIntent,
  params: [
    intent.version,
    intent.status,
    paymentIntentDueAt(intent),
    paymentIntentDoc(intent),
    intent.id,
    intent.version - 1,
  ],
  mustChange: 'one',
});

const insertChargeAttempt = (attempt: ChargeAttempt): Statement => ({
  sql: sql.insertChargeAttempt,
  params: [
    attempt.id,
    attempt.accountId,
    attempt.paymentIntentId,
    attempt.setupIntentId,
    attempt.version,
    attempt.state,
    attempt.settleAfter,
    chargeAttemptDoc(attempt),
  ],
});

const saveChargeAttempt = (attempt: ChargeAttempt): Statement => ({
  sql: sql.saveChargeAttempt,
  params: [
    attempt.version,
    attempt.state,
    attempt.settleAfter,
    chargeAttemptDoc(attempt),
    attempt.id,
    attempt.version - 1,
  ],
  mustChange: 'one',
});

const insertRefund = (refund: Refund): Statement => ({
  sql: sql.insertRefund,
  params: [
    refund.id,
    refund.accountId,
    refund.paymentIntentId,
    refund.version,
    refund.state,
    refund.settleAfter,
    refundDoc(refund),
  ],
});

const saveRefund = (refund: Refund): Statement => ({
  sql: sql.saveRefund,
  params: [refund.version, refund.state, refund.settleAfter, refundDoc(refund), refund.id, refund.version - 1],
  mustChange: 'one',
});

const appendEvent = (
  { eventId, accountId, intentId, event, notice }: Extract<Change, { kind: 'append-event' }>,
  dialect: Engine['dialect'],
): Statement => {
  const { sequence, type, status, at } = event;
  const doc = intentEventDoc(event);
  const told = notice === null ? null : notice.names.join();
  const captureMode = notice?.captureMode ?? null;
  const said = notice === null || notice.data === null ? null : JSON.stringify(notice.data);
  const params = [eventId, accountId, intentId, sequence, type, status, at, doc, told, captureMode, said];
  return {
    ...(dialect === 'postgres'
      ? { sql: postgresSql.appendEvent, params: [...params, intentMadeAt(intentId)] }
      : { sql: sql.appendEvent, params }),
    ...(notice === null ? {} : { wakes: true }),
  };
};

const deleteOfAccount = ({ accountId, what }: Extract<Change, { kind: 'delete-of-account' }>): Statement => {
  if (what !== 'answers') return { sql: sql.deleteOfAccount[what], params: [accountId] };
  // A key begins with its account.
  const prefix = `${accountId} `;
  return { sql: sql.deleteOfAccount.answers, params: [prefix.length, prefix] };
};

/** The one statement that makes a change. */
export const statementFor = (change: Exclude<Change, WebhookChange>, dialect: Engine['dialect']): Statement => {
  switch (change.kind) {
    case 'insert-setup-intent':
      return insertSetupIntent(change.setupIntent);
    case 'save-setup-intent':
      return saveSetupIntent(change.setupIntent);
    case 'insert-payment-intent':
      return insertPaymentIntent(change.paymentIntent);
    case 'save-payment-intent':
      return savePaymentIntent(change.paymentIntent);
    case 'insert-charge-attempt':
      return insertChargeAttempt(change.chargeAttempt);
    case 'save-charge-attempt':
      return saveChargeAttempt(change.chargeAttempt);
    case 'insert-refund':
      return insertRefund(change.refund);
    case 'save-refund':
      return saveRefund(change.refund);
    case 'append-event':
      return appendEvent(change, dialect);
    case 'insert-answer': {
      const { key, fingerprint, status, body, createdAt } = change.answer;
      return { sql: sql.insertAnswer, params: [key, fingerprint, status, body, createdAt] };
    }
    case 'complete-answer':
      return { sql: sql.completeAnswer, params: [change.status, change.body, change.key] };
    case 'release-answer':
      return { sql: sql.releaseAnswer, params: [change.key] };
    case 'delete-answer':
      return { sql: sql.deleteAnswer, params: [change.key, change.createdBefore] };
    case 'delete-answers-before':
      return {
        sql: (dialect === 'postgres' ? postgresSql : sql).deleteAnswersBefore,
        params: [change.createdBefore, change.limit],
      };
    case 'insert-account': {
      const { id, name, createdAt, clockAheadMs } = change.account;
      return { sql: sql.insertAccount, params: [id, name, createdAt, clockAheadMs] };
    }
    case 'advance-account-clock': {
      const { accountId, clockAheadMs } = change;
      return { sql: sql.advanceAccountClock, params: [clockAheadMs, accountId, clockAheadMs], mustChange: 'one' };
    }
    case 'reset-account-clock': {
      const { accountId } = change;
      return { sql: sql.resetAccountClock, params: [accountId, accountId, accountId], mustChange: 'one' };
    }
    case 'delete-of-account':
      return deleteOfAccount(change);
    case 'insert-api-key': {
      const { id, accountId, environment, hash, last4, createdAt, revokedAt } = change.apiKey;
      return { sql: sql.insertApiKey, params: [id, accountId, environment, hash, last4, createdAt, revokedAt] };
    }
    case 'revoke-api-key':
      return { sql: sql.revokeApiKey, params: [change.revokedAt, change.id], mustChange: 'one' };
  }
};
