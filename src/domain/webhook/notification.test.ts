import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idMadeAt, isPlainId, plainId, timeOrderedToken } from '../ids.ts';
import type { IntentEvent, IntentEventType } from '../intent-event.ts';
import {
  noticeOfPaymentIntent,
  noticeOfSetupIntent,
  type NotifiedEvent,
  notificationPart,
  renderNotification,
} from './notification.ts';

const event = (type: IntentEventType, over: Partial<IntentEvent> = {}): IntentEvent => ({
  sequence: 2,
  type,
  status: 'Created',
  statusChanged: false,
  at: 0,
  transaction: null,
  card: null,
  ...over,
});

const told = (of: IntentEvent): readonly string[] => noticeOfPaymentIntent(of, 'Auto')?.names ?? [];

test('a payment intent tells of its beginning, of every other status, and of a charge whose outcome is open', () => {
  assert.deepEqual(told(event('Created', { sequence: 1 })), ['payment_intent.created']);
  assert.deepEqual(told(event('Captured', { statusChanged: true })), ['payment_intent.status_updated']);
  assert.deepEqual(told(event('Canceled', { statusChanged: true })), ['payment_intent.status_updated']);
  assert.deepEqual(told(event('Unknown')), ['charge.unknown']);
  assert.deepEqual(told(event('Reversed')), ['charge.settled']);
  assert.deepEqual(told(event('Reversed', { statusChanged: true })), ['payment_intent.status_updated']);
  assert.deepEqual(told(event('Refunded')), ['refund.created']);
  assert.deepEqual(told(event('Refunded', { statusChanged: true })), [
    'payment_intent.status_updated',
    'refund.created',
  ]);
  assert.deepEqual(told(event('ReceiptRequested')), ['payment_intent.send-receipt']);
  for (const type of ['Declined', 'Error', 'AuthChallenged'] as const) assert.deepEqual(told(event(type)), []);
});

test('a setup intent tells of its beginning and of every other status, and leaves charges to the payment intent', () => {
  assert.deepEqual(noticeOfSetupIntent(event('Created', { sequence: 1 }))?.names, ['setup_intent.created']);
  assert.deepEqual(noticeOfSetupIntent(event('Authorized', { statusChanged: true }))?.names, [
    'setup_intent.status_updated',
  ]);
  for (const type of ['Unknown', 'Reversed', 'Declined'] as const) assert.equal(noticeOfSetupIntent(event(type)), null);
});

const madeId = plainId('evt', timeOrderedToken(Date.UTC(2026, 1, 27, 12), new Uint8Array(10).fill(0xff)));

const notified = (over: Partial<NotifiedEvent>): NotifiedEvent => ({
  position: 7,
  id: madeId,
  accountId: 'acc_1',
  intentId: 'pi_1',
  sequence: 2,
  names: ['payment_intent.status_updated'],
  status: 'Captured',
  captureMode: 'Manual',
  data: null,
  at: Date.UTC(2026, 1, 27, 12),
  ...over,
});

test('renders the body of the reference, field by field in its order', () => {
  assert.equal(
    renderNotification(notified({}), 0).body,
    `{"id":"${madeId}","event":"payment_intent.status_updated","accountId":"acc_1","createdAt":"2026-02-27T12:00:00.000Z","data":{"paymentIntentId":"pi_1","paymentStatus":"Captured","captureMode":"Manual"}}`,
  );
  const setup = notified({ names: ['setup_intent.created'], intentId: 'si_1', status: 'Created', captureMode: null });
  assert.equal(
    renderNotification(setup, 0).body,
    `{"id":"${madeId}","event":"setup_intent.created","accountId":"acc_1","createdAt":"2026-02-27T12:00:00.000Z","data":{"setupIntentId":"si_1","setupIntentStatus":"Created"}}`,
  );
});

test('gives two notifications of one event two ids, the same at every rendering', () => {
  const both = notified({ names: ['payment_intent.status_updated', 'refund.created'] });
  const ids = [0, 1].map((part) => renderNotification(both, part).id);
  assert.equal(ids[0], both.id);
  assert.ok(isPlainId('evt', ids[1] ?? ''));
  assert.equal(idMadeAt(ids[1] ?? ''), idMadeAt(both.id));
  assert.deepEqual(ids.map(notificationPart), [0, 1]);
  assert.notEqual(ids[1], both.id);
  assert.deepEqual(renderNotification(both, 1), renderNotification({ ...both }, 1));
  assert.throws(() => renderNotification(both, 2), RangeError);
});

test('says which refund was made, and where a receipt goes; the status beside it is told in the words of the reference alone', () => {
  const data = { refundId: 'rfnd_1', amount: { value: 400, currencyCode: 'GBP' } };
  const last = notified({ names: ['payment_intent.status_updated', 'refund.created'], status: 'Refunded', data });
  const dataOf = (event: NotifiedEvent, part: number): unknown =>
    (JSON.parse(renderNotification(event, part).body) as { readonly data: unknown }).data;
  const intent = { paymentIntentId: 'pi_1', paymentStatus: 'Refunded', captureMode: 'Manual' };
  assert.deepEqual(dataOf(last, 0), intent);
  assert.deepEqual(dataOf(last, 1), { ...intent, ...data });
  const receipt = notified({ names: ['payment_intent.send-receipt'], data: { emails: ['a@example.com'] } });
  assert.deepEqual(dataOf(receipt, 0), { ...intent, paymentStatus: 'Captured', emails: ['a@example.com'] });
});
