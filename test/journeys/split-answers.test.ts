import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { assertProblem } from './assert-problem.ts';
import { freePort } from './free-port.ts';
import { type Call, type Client, codeOf, openClient, type Reply } from './open-client.ts';
import { openWebhookReceiver } from './open-webhook-receiver.ts';
import { runCommand } from './run-command.ts';
import { startSplit, type SplitStrongroom } from './start-split.ts';
import { type RunningStrongroom, startStrongroom } from './start-strongroom.ts';
import { until } from './until.ts';

const card = '5200000000001005';

let split: SplitStrongroom;
let whole: RunningStrongroom;
let ofSplit: Client;
let ofWhole: Client;
before(async () => {
  const [apiLinkPort, vaultLinkPort] = [await freePort(), await freePort()];
  [split, whole] = await Promise.all([startSplit({ apiLinkPort, vaultLinkPort }), startStrongroom()]);
  ofSplit = openClient(split);
  ofWhole = openClient(whole);
});
after(async () => {
  ofSplit.close();
  ofWhole.close();
  await Promise.all([split.stop(), whole.stop()]);
});

/** What of an answer must be the same however many processes gave it: all but ids, times and random parts. */
const shapeOf = (reply: Reply): object => {
  const { status, headers } = reply;
  const told = ['content-type', 'retry-after', 'www-authenticate', 'idempotent-replayed', 'cache-control'];
  const body = reply.shown as unknown as Readonly<Record<string, unknown>>;
  const said = status >= 400 ? { ...body, traceId: null } : { keys: Object.keys(body), status: reply.shown.status };
  return { status, headers: Object.fromEntries(told.map((name) => [name, headers[name]])), said };
};

const keptCardsOf = (accountId: string): number => {
  const database = new DatabaseSync(join(split.vaultDir, 'vault.db'), { readOnly: true, timeout: 2_000 });
  const rows = database.prepare('select reference from vault_cards where account_id = ?').all(accountId);
  database.close();
  return rows.length;
};

const good = { cardNumber: card, cardName: 'A Guest', expiryDate: '12 / 29', cV2: '020' };
const body = {
  reference: 'Booking 1',
  merchantInitiatedTransactionType: 'NoShow',
  terms: 'We charge.',
  cardDetails: good,
};
const calls: Readonly<Record<string, Call>> = {
  'a good card': { body },
  'a declined card': { body: { ...body, cardDetails: { ...good, cardNumber: '4000000010050005', cV2: '999' } } },
  'a card out of date': { body: { ...body, cardDetails: { ...good, expiryDate: '01 / 20' } } },
  'no key': { body, key: null },
  'a key that is none': { body, key: 'not-a-key' },
  'an unknown key': { body, key: 'sk_sandbox_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
  'a production key': { body, key: 'sk_prod_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
  'no version': { body, version: null },
  'a bad version': { body, version: 'yesterday' },
  'an old version': { body, version: '2022-04-07' },
  'a bad card': { body: { ...body, cardDetails: { ...good, cardNumber: '1234' } } },
  'a bad rest': { body: { ...body, reference: '' } },
  'a bad card and a bad rest, where the rest comes first': {
    body: { ...body, reference: '', cardDetails: { ...good, cardNumber: '1234' } },
  },
  'no card': { body: { ...body, cardDetails: undefined } },
  'card details twice': { raw: JSON.stringify({ ...body, CardDetails: good }) },
  'a card number elsewhere': { body: { ...body, reference: card } },
  'a card number in the query’s place': { body, headers: { 'idempotency-key': card } },
  'a bad idempotency key': { body, headers: { 'idempotency-key': ' '.repeat(3) + 'x'.repeat(101) } },
  'two idempotency keys': { body, headers: { 'idempotency-key': 'a', idempotencykey: 'b' } },
  'no JSON': { raw: '{' },
  'another media type': { raw: 'x', headers: { 'content-type': 'text/plain' } },
  'too large a body': { raw: JSON.stringify({ ...body, terms: 'x'.repeat(70_000) }) },
};

describe('the PCI listener of a split server', () => {
  for (const [what, call] of Object.entries(calls))
    it(`answers ${what} as one process does`, async () => {
      const [one, other] = await Promise.all(
        [ofSplit, ofWhole].map((client) => client.pci('POST', '/setup-intents', call)),
      );
      assert.ok(one !== undefined && other !== undefined);
      assert.deepEqual(shapeOf(one), shapeOf(other));
    });

  it('answers a repeated request with the first one’s bytes, one at once as well, and refuses another under its key', async () => {
    const call = { body, headers: { 'idempotency-key': 'booking-1' } };
    const replies = await Promise.all([1, 2, 3].map(() => ofSplit.pci('POST', '/setup-intents', call)));
    replies.push(await ofSplit.pci('POST', '/setup-intents', call));
    assert.equal(new Set(replies.map(({ text }) => text)).size, 1);
    assert.equal(replies.filter(({ headers }) => headers['idempotent-replayed'] === 'true').length, 3);
    const cards = { ...body, cardDetails: { ...good, cardNumber: '4456530000001096' } };
    for (const another of [
      { ...call, body: { ...body, reference: 'Booking 2' } },
      { ...call, body: cards },
    ]) {
      const refused = await ofSplit.pci('POST', '/setup-intents', another);
      assert.deepEqual([refused.status, codeOf(refused)], [409, 'idempotency-key-reused']);
    }
    const queried = await ofSplit.pci('POST', '/setup-intents?x=1', call);
    assert.deepEqual([queried.status, codeOf(queried)], [409, 'idempotency-key-reused']);
  });

  it('gives a request one trace through all its parts', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` };
    const refused = await ofSplit.pci('POST', '/setup-intents', { body: { ...body, reference: '' }, headers });
    assert.equal(refused.shown.traceId, refused.headers['request-id']);
    assert.ok(refused.shown.traceId.includes(trace));
  });

  it('says 503 while the API is away, keeps nothing, and goes on when it is back', async () => {
    const lonely = await startSplit({
      apiLinkPort: await freePort(),
      vaultLinkPort: await freePort(),
    });
    const client = openClient(lonely);
    try {
      await lonely.api.kill();
      const refused = await client.tokenise(card);
      assert.deepEqual([refused.status, codeOf(refused)], [503, 'platform-unavailable']);
      assert.equal(refused.headers['retry-after'], '5');
      for (let calls = 0; calls < 5; calls++) assert.equal((await client.tokenise(card)).status, 503);
      const ready = await client.pci('GET', '/health/ready');
      assert.deepEqual([ready.status, ready.text], [200, '{"status":"up","api":"down"}']);
    } finally {
      client.close();
      await lonely.stop();
    }
  });
});

describe('a vault that can keep no card', () => {
  it('is not ready while its database cannot be written, and recovers by itself', async () => {
    const intruder = new DatabaseSync(join(split.vaultDir, 'vault.db'));
    intruder.exec('begin immediate');
    try {
      assertProblem(await ofSplit.pci('GET', '/health/ready'), 503, 'store-unavailable');
      assert.equal((await ofSplit.pci('GET', '/health/live')).status, 200);
      assert.equal((await ofSplit.api('GET', '/health/ready')).status, 200, 'the API has a database of its own');
    } finally {
      intruder.exec('rollback');
      intruder.close();
    }
    assert.equal((await ofSplit.pci('GET', '/health/ready')).status, 200);
  });
});

describe('the sandbox of a split server', () => {
  it('scripts the acquirer, shows its book, moves the clock and is emptied', async () => {
    const accountId = (await runCommand(['accounts', 'create', 'Later'], split.platformDir)).stdout.trim();
    const key = (await runCommand(['keys', 'create', accountId], split.platformDir)).stdout.trim();
    const rules = [{ when: { operation: 'verify' }, then: { action: 'decline', responseCode: '05' }, times: 1 }];
    const scripted = await ofSplit.api('PUT', '/sandbox/acquirer', { key, body: { seed: 7, rules } });
    assert.equal(scripted.status, 200, scripted.text);
    assert.equal((await ofSplit.api('GET', '/sandbox/acquirer', { key })).text, scripted.text);
    assert.equal((await ofSplit.tokenise(card, {}, { key })).shown.status, 'Created');
    const { id } = (await ofSplit.tokenise(card, {}, { key })).shown;
    const book = JSON.parse((await ofSplit.api('GET', '/sandbox/acquirer/ledger', { key })).text) as {
      entries: readonly { outcome: string }[];
    };
    assert.deepEqual(
      book.entries.map(({ outcome }) => outcome),
      ['declined', 'approved'],
    );
    const kept = (): number => keptCardsOf(accountId);
    assert.equal(kept(), 1);
    const moved = await ofSplit.api('PUT', '/sandbox/clock', { key, body: { now: '2030-01-02T00:00:00Z' } });
    assert.equal(moved.status, 200, moved.text);
    assert.equal((await ofSplit.api('GET', `/setup-intents/${id}`, { key })).shown.status, 'CardExpired');
    assert.ok((await ofSplit.api('POST', '/sandbox/reset', { key })).status < 300);
    assert.equal((await ofSplit.api('GET', `/setup-intents/${id}`, { key })).status, 404);
    await until('the forgetting', () => (kept() === 0 ? true : undefined));
  });
});

describe('the worker of a split server', () => {
  it('sends what the API brought about', async () => {
    const receiver = await openWebhookReceiver();
    try {
      const events = ['setup_intent.created', 'payment_intent.created', 'payment_intent.status_updated'];
      const subscribed = await ofSplit.api('POST', '/webhooks', { body: { url: receiver.url, events } });
      assert.equal(subscribed.status, 200, subscribed.text);
      const setupIntent = await ofSplit.tokenise(card);
      const paymentIntent = await ofSplit.createPaymentIntent({ setupIntentId: setupIntent.shown.id });
      assert.equal((await ofSplit.charge(paymentIntent.shown.id)).shown.status, 'Successful');
      await until('the notifications', () => {
        const bodies = receiver.arrivals().map((arrival) => arrival.body);
        const ids = [setupIntent.shown.id, paymentIntent.shown.id];
        const isComplete = ids.every((id) => bodies.some((text) => text.includes(id)));
        return isComplete && bodies.some((text) => text.includes('Captured')) ? true : undefined;
      });
    } finally {
      await receiver.close();
    }
  });

  it('answers probes and nothing else', async () => {
    const get = async (path: string) => fetch(`${split.worker.healthUrl}${path}`);
    assert.deepEqual(await (await get('/health/ready')).json(), { status: 'up', vault: 'up' });
    assert.equal((await get('/health/live')).status, 200);
    for (const path of ['/setup-intents/x', '/openapi.json', '/events']) assert.equal((await get(path)).status, 404);
  });
});
