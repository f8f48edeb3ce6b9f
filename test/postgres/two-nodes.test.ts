import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Client, codeOf, openClient, type Reply } from '../journeys/open-client.ts';
import { readLedger } from '../../vault/index.ts';
import { chargesInLedger } from '../journeys/read-books.ts';
import { type RunningStrongroom, startStrongroom } from '../journeys/start-strongroom.ts';
import { until } from '../journeys/until.ts';
import { administer, type PostgresForTests, postgresForTests } from './start-postgres.ts';

const approvedCard = '5200000000001005';
const cardLostBefore = '4000000020000008';

/** Two servers on one database, with one keyring and one acquirer. */
describe('two nodes on one PostgreSQL', () => {
  let postgres: PostgresForTests;
  let database: Awaited<ReturnType<PostgresForTests['createDatabase']>>;
  let folder: string;
  let dataDir: string;
  let nodes: readonly RunningStrongroom[];
  let clients: readonly Client[];

  const start = (): Promise<RunningStrongroom> =>
    startStrongroom({ dataDir, env: { STRONGROOM_DATABASE_URL: database.url, STRONGROOM_ACQUIRER_TIMEOUT_MS: '400' } });
  const any = (index: number): Client => {
    const client = clients[index % clients.length];
    assert.ok(client !== undefined);
    return client;
  };
  const authorized = async (node: number, card = approvedCard): Promise<string> => {
    const { shown } = await any(node).tokenise(card);
    assert.equal(shown.status, 'Authorized');
    return shown.id;
  };
  const payable = async (setupIntentId: string, count: number): Promise<readonly string[]> => {
    const created = await Promise.all(
      Array.from({ length: count }, (_, n) => any(n).createPaymentIntent({ setupIntentId })),
    );
    return created.map(({ shown }) => shown.id);
  };
  const outcomesOf = (replies: readonly Reply[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const reply of replies) {
      const outcome = reply.status === 200 ? reply.shown.status : codeOf(reply);
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    return counts;
  };
  const approvedFor = (ids: readonly string[]): number =>
    chargesInLedger(dataDir).filter(({ intentId, outcome }) => ids.includes(intentId) && outcome === 'approved').length;

  before(async () => {
    postgres = await postgresForTests();
    database = await postgres.createDatabase();
    folder = mkdtempSync(join(tmpdir(), 'strongroom-nodes-'));
    dataDir = join(folder, 'data');
    // Together: who makes the tables, the keyring and the first account must not matter.
    nodes = await Promise.all([start(), start()]);
    clients = nodes.map((node) => openClient(node));
  });
  after(async () => {
    for (const client of clients) client.close();
    assert.deepEqual(await Promise.all(nodes.map((node) => node.stop())), [0, 0]);
    await database.drop();
    await postgres.stop();
    rmSync(folder, { recursive: true });
  });

  it('share the guide’s flow: what one wrote, the other goes on with', async () => {
    const setupIntentId = await authorized(0);
    const [id = ''] = await payable(setupIntentId, 1);
    assert.equal((await any(1).charge(id)).shown.status, 'Successful');
    assert.equal((await any(0).api('GET', `/setup-intents/${setupIntentId}`)).shown.status, 'Completed');
    assert.equal((await any(0).api('GET', `/payment-intents/${id}`)).shown.status, 'Captured');
  });

  it('approve one of a hundred charges of one payment intent', async () => {
    const ids = await payable(await authorized(1), 1);
    const replies = await Promise.all(Array.from({ length: 100 }, (_, n) => any(n).charge(ids[0] ?? '')));
    const outcomes = outcomesOf(replies);
    assert.equal(outcomes['Successful'], 1, JSON.stringify(outcomes));
    assert.deepEqual(
      Object.keys(outcomes).filter(
        (outcome) => !['Successful', 'charge-pending', 'payment-intent-already-paid'].includes(outcome),
      ),
      [],
    );
    assert.equal(approvedFor(ids), 1);
  });

  it('approve one of a hundred charges of a hundred payment intents that name one card on file', async () => {
    const ids = await payable(await authorized(0), 100);
    const replies = await Promise.all(ids.map((id, n) => any(n).charge(id)));
    const outcomes = outcomesOf(replies);
    assert.equal(outcomes['Successful'], 1, JSON.stringify(outcomes));
    assert.ok(
      replies.every(({ status }) => status === 200 || status === 400 || status === 409),
      JSON.stringify(outcomes),
    );
    assert.equal(approvedFor(ids), 1);
  });

  it('give back no more than was paid, of a hundred parts that reach both at once', async () => {
    const [id = ''] = await payable(await authorized(0), 1);
    assert.equal((await any(1).charge(id)).shown.status, 'Successful');
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        any(n).api('POST', `/payment-intents/${id}/refunds`, {
          body: { amount: 100 },
          headers: { idempotencyKey: `part ${n}` },
        }),
      ),
    );
    const outcomes = outcomesOf(replies);
    assert.equal(replies.filter(({ status }) => status === 200).length, 10, JSON.stringify(outcomes));
    assert.ok(
      replies.every(({ status }) => status === 200 || status === 400 || status === 409),
      JSON.stringify(outcomes),
    );
    assert.equal((await any(0).api('GET', `/payment-intents/${id}`)).shown.status, 'Refunded');
    const made = readLedger(join(dataDir, 'acquirer-simulator.db')).filter(
      ({ intentId, outcome }) => intentId === id && outcome === 'refunded',
    );
    assert.equal(made.length, 10);
  });

  it('make one refund for an idempotency key that reaches both at once', async () => {
    const [id = ''] = await payable(await authorized(0), 1);
    assert.equal((await any(1).charge(id)).shown.status, 'Successful');
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        any(n).api('POST', `/payment-intents/${id}/refunds`, {
          body: { amount: 100 },
          headers: { idempotencyKey: 'both nodes' },
        }),
      ),
    );
    assert.deepEqual([...new Set(replies.map(({ status, text }) => `${status} ${text}`))].length, 1);
    assert.equal(replies[0]?.status, 200, replies[0]?.text);
  });

  it('create one object for an idempotency key that reaches both at once, and both show it', async () => {
    for (let round = 0; round < 10; round += 1) {
      const call = { headers: { 'idempotency-key': `both-${round}` } };
      const [one, other] = await Promise.all([
        any(0).createPaymentIntent({}, call),
        any(1).createPaymentIntent({}, call),
      ]);
      assert.deepEqual([one.status, other.status], [200, 200]);
      assert.equal(one.text, other.text);
    }
  });

  it('charge once for an idempotency key that reaches both at once, and repeat the answer on either', async () => {
    const ids = await payable(await authorized(0), 1);
    const call = { headers: { 'idempotency-key': 'charge-both' } };
    const replies = await Promise.all(Array.from({ length: 10 }, (_, n) => any(n).charge(ids[0] ?? '', call)));
    assert.deepEqual(outcomesOf(replies), { Successful: 10 });
    const later = await Promise.all([any(0).charge(ids[0] ?? '', call), any(1).charge(ids[0] ?? '', call)]);
    assert.deepEqual(
      later.map(({ shown }) => shown.status),
      ['Successful', 'Successful'],
    );
    assert.equal(new Set([...replies, ...later].map(({ text }) => text)).size, 1);
    assert.equal(approvedFor(ids), 1);
  });

  it('settle an attempt whose node was killed, on the other one', async () => {
    const third = await start();
    const client = openClient(third);
    const ids = await payable(await authorized(0, cardLostBefore), 1);
    const lost = client.charge(ids[0] ?? '').catch(() => 'cut off');
    await until('the attempt is durable', async () =>
      (await administer(database.url, "select 1 from charge_attempts where state = 'pending'")).length > 0
        ? true
        : undefined,
    );
    await third.kill();
    await lost;
    await until('the attempt is settled', async () =>
      (await administer(database.url, "select 1 from charge_attempts where state in ('pending', 'unknown')")).length ===
      0
        ? true
        : undefined,
    );
    assert.equal(approvedFor(ids), 0);
    client.close();
  });
});
