import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Client, codeOf, openClient, type Reply } from './open-client.ts';
import { allSettled, capturedInDatabase, chargesInLedger, paidInLedger, readDatabase } from './read-books.ts';
import { type RunningStrongroom, startStrongroom } from './start-strongroom.ts';
import { until } from './until.ts';

const approvedCard = '5200000000001005';
const cardLostBefore = '4000000020000008';
const cardLostAfter = '4000000021000007';

const folder = mkdtempSync(join(tmpdir(), 'strongroom-power-cut-'));
const dataDir = join(folder, 'data');
const start = (): Promise<RunningStrongroom> =>
  startStrongroom({ dataDir, env: { STRONGROOM_ACQUIRER_TIMEOUT_MS: '1500' } });

let strongroom: RunningStrongroom;
let client: Client;
before(async () => {
  strongroom = await start();
  client = openClient(strongroom);
});
after(async () => {
  client.close();
  assert.equal(await strongroom.stop(), 0);
  rmSync(folder, { recursive: true, force: true });
});

const cutPowerAndStart = async (): Promise<void> => {
  await strongroom.kill();
  client.close();
  strongroom = await start();
  client = openClient(strongroom);
};

const paymentIntentFor = async (cardNumber: string, fields: object = {}): Promise<string> => {
  const setupIntentId = (await client.tokenise(cardNumber, fields)).shown.id;
  return (await client.createPaymentIntent({ setupIntentId })).shown.id;
};

const statusOf = async (id: string): Promise<string> =>
  (await client.api('GET', `/payment-intents/${id}`)).shown.status;

/** A charge whose caller will be cut off: its failure is expected, its outcome is looked up in the books. */
const chargeWithoutHope = (id: string, headers: Record<string, string> = {}): Promise<Reply | 'cut off'> =>
  client.charge(id, { headers }).catch(() => 'cut off' as const);

describe('a server that is killed in the middle of a charge', () => {
  it('that the acquirer approved adopts the approval when it starts again', async () => {
    const id = await paymentIntentFor(cardLostAfter);
    const headers = { idempotencyKey: 'interrupted' };
    const cutOff = chargeWithoutHope(id, headers);
    await until('the approval', () =>
      chargesInLedger(dataDir).some(({ intentId }) => intentId === id) ? true : undefined,
    );
    await cutPowerAndStart();
    assert.equal(await cutOff, 'cut off');

    const early = await client.charge(id);
    assert.ok(['charge-pending', 'payment-intent-already-paid'].includes(codeOf(early)), early.text);
    await until('the adoption', async () => ((await statusOf(id)) === 'Captured' ? true : undefined));
    const again = await client.charge(id);
    assert.deepEqual([again.status, codeOf(again)], [400, 'payment-intent-already-paid']);
    assert.deepEqual(
      chargesInLedger(dataDir)
        .filter(({ intentId }) => intentId === id)
        .map(({ timesReceived }) => timesReceived),
      [1],
    );

    const repeated = await client.charge(id, { headers });
    assert.deepEqual([repeated.status, repeated.shown.status], [200, 'Successful']);
    assert.equal(repeated.headers['idempotent-replayed'], 'true');
  });

  it('that the acquirer never saw takes it back, and can charge again', async () => {
    const id = await paymentIntentFor(cardLostBefore);
    const cutOff = chargeWithoutHope(id);
    await until('the attempt', () =>
      readDatabase(dataDir, "select id from charge_attempts where payment_intent_id = ? and state = 'pending'", id)
        .length === 1
        ? true
        : undefined,
    );
    await cutPowerAndStart();
    assert.equal(await cutOff, 'cut off');
    await until('the reversal', () =>
      readDatabase(dataDir, "select id from charge_attempts where payment_intent_id = ? and state = 'reversed'", id)
        .length === 1
        ? true
        : undefined,
    );
    assert.equal(await statusOf(id), 'Created');
    assert.equal((await client.charge(id)).status, 200);
  });
});

describe('a server that is killed under load', () => {
  it('keeps every answer that it gave, and pays nothing that its books do not name', async () => {
    const answered = new Map<string, string>();
    let stop = false;
    const flow = async (): Promise<void> => {
      while (!stop) {
        const setupIntent = await client.tokenise(approvedCard);
        answered.set(`/setup-intents/${setupIntent.shown.id}`, 'Authorized');
        const paymentIntent = await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id });
        answered.set(`/payment-intents/${paymentIntent.shown.id}`, 'Created');
        const charged = await client.charge(paymentIntent.shown.id);
        assert.equal(charged.shown.status, 'Successful');
        answered.set(`/payment-intents/${paymentIntent.shown.id}`, 'Captured');
        answered.set(`/setup-intents/${setupIntent.shown.id}`, 'Completed');
      }
    };
    const flows = Promise.allSettled(Array.from({ length: 16 }, flow));
    await until('some payments', () =>
      [...answered.values()].filter((status) => status === 'Captured').length > 100 ? true : undefined,
    );
    const cut = cutPowerAndStart();
    stop = true;
    for (const outcome of await flows)
      if (outcome.status === 'rejected')
        assert.match(String((outcome.reason as NodeJS.ErrnoException).code), /ECONN|EPIPE/);
    await cut;

    await until('the settling of what was cut off', () => allSettled(dataDir));
    for (const [path, status] of answered) {
      const now = (await client.api('GET', path)).shown.status;
      // What was under way may have gone on; what was answered may not have gone back.
      const moved = status === 'Created' ? 'Captured' : status === 'Authorized' ? 'Completed' : status;
      assert.ok(now === status || now === moved, `${path} was ${status} and is ${now}`);
    }
    assert.deepEqual(
      paidInLedger(dataDir)
        .map(({ intentId }) => intentId)
        .sort(),
      capturedInDatabase(dataDir),
    );
    const perCard = readDatabase(
      dataDir,
      "select count(*) as n from charge_attempts where state = 'approved' group by setup_intent_id",
    );
    assert.ok(perCard.every(({ n }) => n === 1));
  });
});
