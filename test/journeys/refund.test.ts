import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readLedger } from '../../vault/index.ts';
import { type Client, codeOf, openClient, type Reply } from './open-client.ts';
import { type RunningStrongroom, startStrongroom } from './start-strongroom.ts';
import { until } from './until.ts';

type Shown = { readonly status: string; readonly refundedAmount: number; readonly refundId: string };
type Rule = { readonly when: object; readonly then: object; readonly times?: number };

let strongroom: RunningStrongroom;
let client: Client;
/** Short, so that a lost answer costs the test little. */
const acquirerTimeoutMs = 400;
before(async () => {
  strongroom = await startStrongroom({ env: { STRONGROOM_ACQUIRER_TIMEOUT_MS: String(acquirerTimeoutMs) } });
  client = openClient(strongroom);
});
after(async () => {
  client.close();
  assert.equal(await strongroom.stop(), 0);
});

const paid = async (): Promise<string> => {
  const setupIntentId = (await client.tokenise('5200000000001005')).shown.id;
  const { id } = (await client.createPaymentIntent({ setupIntentId })).shown;
  assert.equal((await client.charge(id)).shown.status, 'Successful');
  return id;
};
const refund = (id: string, amount: number, key: string): Promise<Reply> =>
  client.api('POST', `/payment-intents/${id}/refunds`, { body: { amount }, headers: { idempotencyKey: key } });
const shownIn = ({ text }: Reply): Shown => JSON.parse(text) as Shown;
const read = async (id: string): Promise<readonly [string, number]> => {
  const { status, refundedAmount } = shownIn(await client.api('GET', `/payment-intents/${id}`));
  return [status, refundedAmount];
};
/** What the acquirer really gave back, and how many messages asked for it. */
const givenBack = (id: string) => {
  const entries = readLedger(join(strongroom.dataDir, 'acquirer-simulator.db')).filter(
    ({ operation, intentId }) => operation === 'refund' && intentId === id,
  );
  return entries.map(({ attemptId, amount, outcome, timesReceived }) => ({
    attemptId,
    amountMinor: amount?.amountMinor,
    outcome,
    timesReceived,
  }));
};
const script = async (...rules: Rule[]): Promise<void> =>
  assert.equal((await client.api('PUT', '/sandbox/acquirer', { body: { seed: 1, rules } })).status, 200);
const bodiesOf = async (event: string, id: string): Promise<readonly unknown[]> => {
  const page = await client.api('GET', `/events?events=${event}&limit=100`);
  const { events } = JSON.parse(page.text) as { readonly events: readonly { intentId: string; body: string }[] };
  return events.flatMap(({ intentId, body }) =>
    intentId === id ? [(JSON.parse(body) as { readonly data: unknown }).data] : [],
  );
};

describe('a refund', () => {
  it('of which a hundred arrive at once never gives back more than was paid, in either book', async () => {
    const id = await paid();
    const replies = await Promise.all(Array.from({ length: 100 }, (_, index) => refund(id, 300, `at once ${index}`)));
    const made = replies.filter(({ status }) => status === 200);
    assert.equal(made.length, 3);
    for (const reply of replies.filter(({ status }) => status !== 200))
      assert.ok(['refund-pending', 'refund-too-large'].includes(codeOf(reply)), reply.text);
    assert.deepEqual(await read(id), ['Captured', 900]);
    assert.deepEqual(
      givenBack(id)
        .map(({ attemptId }) => attemptId)
        .sort(),
      made.map((reply) => shownIn(reply).refundId).sort(),
    );
    assert.equal((await bodiesOf('refund.created', id)).length, 3);
  });

  it('whose answer is lost is settled by its own id, and the same key then tells of it', async () => {
    const id = await paid();
    await script({ when: { operation: 'refund' }, then: { action: 'timeout-after' }, times: 1 });
    const lost = await refund(id, 1000, 'lost');
    assert.ok(lost.status === 503 ? codeOf(lost) === 'refund-unsettled' : lost.status === 200, lost.text);
    const settled = await until('the refund to be settled', async () => {
      const again = await refund(id, 1000, 'lost');
      return again.status === 200 ? again : undefined;
    });
    const { refundId } = shownIn(settled);
    const [only, ...others] = givenBack(id);
    assert.deepEqual(others, []);
    assert.deepEqual([only?.attemptId, only?.amountMinor, only?.outcome], [refundId, 1000, 'refunded']);
    assert.ok((only?.timesReceived ?? 0) >= 2);
    assert.deepEqual(await read(id), ['Refunded', 1000]);
    const intent = { paymentIntentId: id, paymentStatus: 'Refunded', captureMode: 'Auto' };
    const amount = { value: 1000, currencyCode: 'GBP' };
    assert.deepEqual(await bodiesOf('refund.created', id), [{ ...intent, refundId, amount }]);
  });

  it('that the acquirer declines is refused, told of to nobody, and may be asked for again', async () => {
    const id = await paid();
    await script({ when: { operation: 'refund' }, then: { action: 'decline', responseCode: '51' }, times: 1 });
    const declined = await refund(id, 400, 'declined');
    assert.deepEqual([declined.status, codeOf(declined)], [400, 'refund-declined']);
    assert.equal((await refund(id, 400, 'declined')).text, declined.text);
    assert.deepEqual(await bodiesOf('refund.created', id), []);
    assert.equal((await refund(id, 400, 'once more')).status, 200);
    assert.deepEqual(await read(id), ['Captured', 400]);
  });
});

describe('a receipt', () => {
  it('is one notification with the addresses, for a mailer of the merchant’s own', async () => {
    const id = await paid();
    const emails = ['guest@example.com', 'books@example.com'];
    const reply = await client.api('POST', `/payment-intents/${id}/receipt`, { body: { emails } });
    assert.deepEqual([reply.status, reply.text], [204, '']);
    assert.deepEqual(await bodiesOf('payment_intent.send-receipt', id), [
      { paymentIntentId: id, paymentStatus: 'Captured', captureMode: 'Auto', emails },
    ]);
  });
});
