import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type Client, codeOf, openClient, type Reply } from './open-client.ts';
import { allSettled, capturedInDatabase, chargesInLedger, paidInLedger } from './read-books.ts';
import { publicSandboxKey, type RunningStrongroom, startStrongroom } from './start-strongroom.ts';
import { until } from './until.ts';

const approvedCard = '5200000000001005';
const cardLostBefore = '4000000020000008';
const cardLostAfter = '4000000021000007';
const cardAnsweredTwice = '4000000022000006';

/** Short, so that a lost answer costs the test little. */
const acquirerTimeoutMs = 400;

let strongroom: RunningStrongroom;
let client: Client;
before(async () => {
  strongroom = await startStrongroom({ env: { STRONGROOM_ACQUIRER_TIMEOUT_MS: String(acquirerTimeoutMs) } });
  client = openClient(strongroom);
});
after(async () => {
  client.close();
  assert.equal(await strongroom.stop(), 0);
});

const paymentIntentsFor = async (
  cardNumber: string,
  count = 1,
): Promise<readonly [setupIntentId: string, ids: readonly string[]]> => {
  const setupIntent = await client.tokenise(cardNumber);
  assert.equal(setupIntent.shown.status, 'Authorized');
  const setupIntentId = setupIntent.shown.id;
  const created = await Promise.all(Array.from({ length: count }, () => client.createPaymentIntent({ setupIntentId })));
  return [setupIntentId, created.map(({ shown }) => shown.id)];
};

const chargesOf = (ids: readonly string[]) =>
  chargesInLedger(strongroom.dataDir).filter(({ intentId }) => ids.includes(intentId));

const statusOf = async (id: string): Promise<string> =>
  (await client.api('GET', `/payment-intents/${id}`)).shown.status;

/** Every loser hears one of these, and nothing else. */
const assertLost = (losers: readonly Reply[], codes: readonly string[]): void => {
  for (const reply of losers) {
    assert.ok(reply.status === 400 || reply.status === 409, `${reply.status} ${reply.text}`);
    assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
    assert.ok(codes.includes(codeOf(reply)), codeOf(reply));
  }
};

describe('a hundred charges at once', () => {
  it('of one payment intent come to one approval at the acquirer', async () => {
    const [, [id = '']] = await paymentIntentsFor(approvedCard);
    const replies = await Promise.all(Array.from({ length: 100 }, () => client.charge(id)));
    const won = replies.filter(({ status }) => status === 200);
    assert.deepEqual(
      won.map(({ shown }) => shown.status),
      ['Successful'],
    );
    assertLost(
      replies.filter(({ status }) => status !== 200),
      ['charge-pending', 'payment-intent-already-paid'],
    );
    assert.deepEqual(
      chargesOf([id]).map(({ outcome, timesReceived }) => [outcome, timesReceived]),
      [['approved', 1]],
    );
    assert.equal(await statusOf(id), 'Captured');
  });

  it('of twenty payment intents that share a setup intent pay one of them', async () => {
    const [setupIntentId, ids] = await paymentIntentsFor(approvedCard, 20);
    const replies = await Promise.all(Array.from({ length: 100 }, (_, index) => client.charge(ids[index % 20] ?? '')));
    const won = replies.filter(({ status }) => status === 200);
    assert.deepEqual(
      won.map(({ shown }) => shown.status),
      ['Successful'],
    );
    assertLost(
      replies.filter(({ status }) => status !== 200),
      ['charge-pending', 'payment-intent-already-paid', 'card-already-charged'],
    );
    const [charge, ...others] = chargesOf(ids);
    assert.equal(others.length, 0);
    assert.equal(charge?.intentId, won[0]?.shown.paymentIntentId);
    const statuses = await Promise.all(ids.map(statusOf));
    assert.equal(statuses.filter((status) => status === 'Captured').length, 1);
    assert.equal(statuses.filter((status) => status === 'Created').length, 19);
    assert.equal((await client.api('GET', `/setup-intents/${setupIntentId}`)).shown.status, 'Completed');
  });

  it('under one idempotency key all get the bytes of the one charge', async () => {
    const [, [id = '']] = await paymentIntentsFor(approvedCard);
    const headers = { idempotencyKey: 'charge-once' };
    const replies = await Promise.all(Array.from({ length: 100 }, () => client.charge(id, { headers })));
    assert.equal(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size, 1);
    assert.equal(replies[0]?.shown.status, 'Successful');
    assert.equal(chargesOf([id]).length, 1);
  });

  it('and a delete of both intents leave either a payment or a deletion, never both', async () => {
    for (let round = 0; round < 5; round++) {
      const [setupIntentId, [id = '']] = await paymentIntentsFor(approvedCard);
      const [charge, deletion, closing] = await Promise.all([
        client.charge(id),
        client.api('DELETE', `/payment-intents/${id}`),
        client.api('DELETE', `/setup-intents/${setupIntentId}?includeAuthorized=true`),
      ]);
      const paid = chargesOf([id]).length === 1;
      assert.equal(charge.status === 200, paid, charge.text);
      assert.equal(deletion.status !== 200 && closing.status !== 200, paid, `${deletion.text} ${closing.text}`);
    }
  });
});

describe('an answer of the acquirer that is lost', () => {
  for (const [what, card, received] of [
    ['before it acted', cardLostBefore, 0],
    ['after it acted', cardLostAfter, 1],
  ] as const)
    it(`${what} is told as Failed, taken back, and the card can be charged again`, async () => {
      const [setupIntentId, [id = '']] = await paymentIntentsFor(card);
      const failed = await client.charge(id);
      assert.deepEqual([failed.status, failed.shown.status], [200, 'Failed']);
      assert.equal(chargesOf([id]).length, received);
      const again = await until('the settling', async () => {
        const reply = await client.charge(id);
        if (reply.status === 200) return reply;
        assertLost([reply], ['charge-unsettled', 'charge-pending']);
        return undefined;
      });
      // This card never answers: the second charge is lost like the first, and is another attempt.
      assert.equal(again.shown.status, 'Failed');
      await until('the second settling', async () => {
        const { setupEvents } = (await client.api('GET', `/setup-intents/${setupIntentId}`)).shown;
        return setupEvents.filter(({ eventType }) => eventType === 'Reversed').length === 2 ? true : undefined;
      });
      assert.equal(paidInLedger(strongroom.dataDir).filter(({ intentId }) => intentId === id).length, 0);
      assert.equal(await statusOf(id), 'Created');
    });

  it('leaves a charge of another payment intent of the card refused until it is settled', async () => {
    const [, [first = '', second = '']] = await paymentIntentsFor(cardLostAfter, 2);
    const [failed, refused] = await Promise.all([client.charge(first), client.charge(second)]);
    const statuses = [failed.status, refused.status].sort((a, b) => a - b);
    assert.deepEqual(statuses, [200, 409]);
    assertLost(
      [failed, refused].filter(({ status }) => status === 409),
      ['charge-pending'],
    );
  });

  it('and one that comes twice pay once at most', async () => {
    const [, [id = '']] = await paymentIntentsFor(cardAnsweredTwice);
    assert.equal((await client.charge(id)).shown.status, 'Successful');
    assert.deepEqual(
      chargesOf([id]).map(({ outcome, timesReceived }) => [outcome, timesReceived]),
      [['approved', 2]],
    );
    assert.equal(paidInLedger(strongroom.dataDir).filter(({ intentId }) => intentId === id).length, 1);
  });
});

it('callers that hang up leave each payment intent paid once or not at all, and never in between', async () => {
  const ids = await Promise.all(
    Array.from({ length: 20 }, async () => (await paymentIntentsFor(approvedCard))[1][0] ?? ''),
  );
  const { host } = new URL(strongroom.apiUrl);
  for (const id of ids) {
    const socket = connect(Number(new URL(strongroom.apiUrl).port), '127.0.0.1');
    await once(socket, 'connect');
    const head = [
      `POST /payment-intents/${id}/charge HTTP/1.1`,
      `host: ${host}`,
      `authorization: Basic ${publicSandboxKey}`,
      'version: 2026-02-27',
    ];
    await new Promise<void>((sent) => socket.write(`${head.join('\r\n')}\r\ncontent-length: 0\r\n\r\n`, () => sent()));
    socket.destroy();
  }
  for (const id of ids) {
    await until('the payment', async () => {
      const reply = await client.charge(id);
      if (reply.status === 200) assert.equal(reply.shown.status, 'Successful');
      return (await statusOf(id)) === 'Captured' ? true : undefined;
    });
    assert.equal(chargesOf([id]).length, 1);
  }
});

it('a second server on the same data, started by mistake, charges nothing again', async () => {
  const [, ids] = await paymentIntentsFor(approvedCard, 20);
  const second = await startStrongroom({
    dataDir: strongroom.dataDir,
    env: { STRONGROOM_ACQUIRER_TIMEOUT_MS: String(acquirerTimeoutMs) },
  });
  const other = openClient(second);
  const replies = await Promise.all(
    Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? client : other).charge(ids[index % 20] ?? '')),
  );
  assert.deepEqual(
    replies.filter(({ status }) => status === 200).map(({ shown }) => shown.status),
    ['Successful'],
  );
  assertLost(
    replies.filter(({ status }) => status !== 200),
    ['charge-pending', 'payment-intent-already-paid', 'card-already-charged', 'edit-conflict'],
  );
  assert.equal(chargesOf(ids).length, 1);
  other.close();
  assert.equal(await second.stop(), 0);
});

it('after all this our books and the ledger of the acquirer name the same payments', async () => {
  await until('the last settling', () => allSettled(strongroom.dataDir));
  const paid = paidInLedger(strongroom.dataDir).map(({ intentId }) => intentId);
  assert.ok(paid.length >= 3);
  assert.deepEqual([...paid].sort(), capturedInDatabase(strongroom.dataDir));
});
