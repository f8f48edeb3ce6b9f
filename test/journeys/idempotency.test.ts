import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Call, type Client, codeOf, openClient, type Reply } from './open-client.ts';
import { chargesInLedger, readDatabase } from './read-books.ts';
import { runCommand } from './run-command.ts';
import { type RunningStrongroom, startStrongroom } from './start-strongroom.ts';

const approvedCard = '5200000000001005';
const cardLostBefore = '4000000020000008';

const folder = mkdtempSync(join(tmpdir(), 'strongroom-idempotency-'));
const dataDir = join(folder, 'data');
const start = (): Promise<RunningStrongroom> =>
  startStrongroom({ dataDir, env: { STRONGROOM_ACQUIRER_TIMEOUT_MS: '400' } });

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

let keys = 0;
const newKey = (): string => `key ${++keys}`;
const under = (idempotencyKey: string): Call => ({ headers: { idempotencyKey } });

const authorizedId = async (cardNumber = approvedCard): Promise<string> => (await client.tokenise(cardNumber)).shown.id;
const payableId = async (cardNumber?: string): Promise<string> =>
  (await client.createPaymentIntent({ setupIntentId: await authorizedId(cardNumber) })).shown.id;

const paidId = async (): Promise<string> => {
  const id = await payableId();
  assert.equal((await client.charge(id)).status, 200);
  return id;
};

/** Every call that changes something. Each prepares what it needs, and gives a way to send it again and again. */
const calls: Readonly<Record<string, () => Promise<(call: Call) => Promise<Reply>>>> = {
  'PCI POST /setup-intents': async () => (call) => client.tokenise(approvedCard, {}, call),
  'POST /setup-intents': async () => (call) => client.createSetupIntent({}, call),
  'DELETE /setup-intents/{setupIntentId}': async () => {
    const id = await authorizedId();
    return (call) => client.api('DELETE', `/setup-intents/${id}?includeAuthorized=true`, call);
  },
  'POST /setup-intents/{setupIntentId}/refresh-client-session-secret': async () => {
    const id = await authorizedId();
    return (call) => client.api('POST', `/setup-intents/${id}/refresh-client-session-secret`, call);
  },
  'POST /setup-intents/public/{setupIntentId}/refresh-client-session-secret': async () => {
    const id = await authorizedId();
    return (call) =>
      client.api('POST', `/setup-intents/public/${id}/refresh-client-session-secret`, { ...call, key: null });
  },
  'POST /payment-intents': async () => (call) => client.createPaymentIntent({}, call),
  'DELETE /payment-intents/{paymentIntentId}': async () => {
    const id = await payableId();
    return (call) => client.api('DELETE', `/payment-intents/${id}`, call);
  },
  'POST /payment-intents/{paymentIntentId}/charge': async () => {
    const id = await payableId();
    return (call) => client.charge(id, call);
  },
  'POST /payment-intents/{paymentIntentId}/refunds': async () => {
    const id = await paidId();
    return (call) => client.api('POST', `/payment-intents/${id}/refunds`, { ...call, body: { amount: 1 } });
  },
  'POST /payment-intents/{paymentIntentId}/receipt': async () => {
    const id = await paidId();
    return (call) =>
      client.api('POST', `/payment-intents/${id}/receipt`, { ...call, body: { emails: ['guest@example.com'] } });
  },
  'POST /payment-intents/{paymentIntentId}/refresh-client-session-secret': async () => {
    const id = await payableId();
    return (call) => client.api('POST', `/payment-intents/${id}/refresh-client-session-secret`, call);
  },
  'POST /payment-intents/public/{paymentIntentId}/refresh-client-session-secret': async () => {
    const id = await payableId();
    return (call) =>
      client.api('POST', `/payment-intents/public/${id}/refresh-client-session-secret`, { ...call, key: null });
  },
};

const sameBytes = (replies: readonly Reply[]): void => {
  assert.equal(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size, 1);
};

describe('a request that is sent again', () => {
  /** What was answered to whom, for asking again after a restart. */
  const answered: {
    readonly name: string;
    readonly key: string;
    readonly send: (call: Call) => Promise<Reply>;
    readonly first: Reply;
  }[] = [];

  for (const [name, prepare] of Object.entries(calls))
    it(`gets the first status and bytes: ${name}`, async () => {
      const send = await prepare();
      const key = newKey();
      const first = await send(under(key));
      assert.ok(first.status === 200 || first.status === 204, first.text);
      assert.equal(first.headers['idempotent-replayed'], undefined);
      const second = await send(under(key));
      sameBytes([first, second]);
      assert.equal(second.headers['idempotent-replayed'], 'true');
      answered.push({ name, key, send, first });
    });

  for (const [name, prepare] of Object.entries(calls))
    it(`waits for the first while that is under way: ${name}`, async () => {
      const send = await prepare();
      const key = newKey();
      const replies = await Promise.all(Array.from({ length: 5 }, () => send(under(key))));
      assert.ok(replies[0]?.status === 200 || replies[0]?.status === 204);
      sameBytes(replies);
      assert.equal(replies.filter(({ headers }) => headers['idempotent-replayed'] === 'true').length, 4);
    });

  it('waits for a charge whose acquirer is silent, and hears what the first heard', async () => {
    const id = await payableId(cardLostBefore);
    const key = newKey();
    const replies = await Promise.all(Array.from({ length: 3 }, () => client.charge(id, under(key))));
    sameBytes(replies);
    assert.equal(replies[0]?.shown.status, 'Failed');
    const attempts = readDatabase(dataDir, 'select id from charge_attempts where payment_intent_id = ?', id);
    assert.equal(attempts.length, 1);
  });

  it('gets the same refusal when the state refused it, though the state has moved since', async () => {
    const { id } = (await client.tokenise(approvedCard)).shown;
    const key = newKey();
    const refused = await client.api('DELETE', `/setup-intents/${id}`, under(key));
    assert.deepEqual([refused.status, codeOf(refused)], [400, 'setup-intent-authorized']);
    await client.api('DELETE', `/setup-intents/${id}?includeAuthorized=true`);
    sameBytes([refused, await client.api('DELETE', `/setup-intents/${id}`, under(key))]);
  });

  it('gets the first status and bytes after the account’s clock has passed its expireAt, on both listeners', async () => {
    const { now } = JSON.parse((await client.api('GET', '/sandbox/clock')).text) as { readonly now: string };
    const expireAt = new Date(Date.parse(now) + 60_000).toISOString();
    const [onFile, cardless, payment] = [newKey(), newKey(), newKey()];
    const send = (): Promise<Reply[]> =>
      Promise.all([
        client.tokenise(approvedCard, { expireAt }, under(onFile)),
        client.createSetupIntent({ expireAt }, under(cardless)),
        client.createPaymentIntent({ expireAt }, under(payment)),
      ]);
    const first = await send();
    assert.equal((await client.api('POST', '/sandbox/clock/advance', { body: { seconds: 61 } })).status, 200);
    const again = await send();
    for (const [index, reply] of again.entries()) {
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.text, first[index]?.text);
    }
  });

  it('gets a refusal that is not kept as its own, while the first is under way', async () => {
    const id = await paidId();
    const rule = { when: { operation: 'refund' }, then: { action: 'timeout-before' } };
    assert.equal((await client.api('PUT', '/sandbox/acquirer', { body: { rules: [rule] } })).status, 200);
    const call = { ...under(newKey()), body: { amount: 1 } };
    const replies = await Promise.all(
      Array.from({ length: 3 }, () => client.api('POST', `/payment-intents/${id}/refunds`, call)),
    );
    assert.equal((await client.api('DELETE', '/sandbox/acquirer')).status, 200);
    for (const { status, headers, shown } of replies) {
      assert.deepEqual([status, headers['retry-after'], headers['idempotent-replayed']], [503, '2', undefined]);
      assert.equal(shown.traceId, headers['request-id']);
    }
    assert.equal(new Set(replies.map(({ shown }) => shown.traceId)).size, 3);
  });

  it('gets the first status and bytes after a restart, too', async () => {
    assert.equal(answered.length, Object.keys(calls).length);
    const chargesBefore = chargesInLedger(dataDir).length;
    client.close();
    assert.equal(await strongroom.stop(), 0);
    strongroom = await start();
    client = openClient(strongroom);
    for (const { name, key, send, first } of answered) {
      const again = await send(under(key));
      // The links in an answer name the port of their time, so the second server must not have made it anew.
      assert.equal(again.text, first.text, name);
      assert.equal(again.status, first.status);
    }
    assert.equal(chargesInLedger(dataDir).length, chargesBefore);
  });
});

describe('a key', () => {
  it('is taken under both header names', async () => {
    const first = await client.createPaymentIntent({}, { headers: { idempotencyKey: 'either name' } });
    const second = await client.createPaymentIntent({}, { headers: { 'Idempotency-Key': 'either name' } });
    sameBytes([first, second]);
    const both = await client.createPaymentIntent({}, { headers: { idempotencyKey: 'one', 'Idempotency-Key': 'two' } });
    assert.deepEqual([both.status, codeOf(both)], [400, 'idempotency-key-invalid']);
  });

  it('that was used for another request is refused: another body, card, version, object or query', async () => {
    const refused = async (first: Promise<Reply>, other: () => Promise<Reply>): Promise<void> => {
      assert.equal((await first).status, 200);
      const reply = await other();
      assert.deepEqual([reply.status, codeOf(reply)], [409, 'idempotency-key-reused']);
    };
    const [body, card, cvv, version, object, query] = Array.from({ length: 6 }, newKey) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    await refused(client.createPaymentIntent({}, under(body)), () =>
      client.createPaymentIntent({ reference: 'other' }, under(body)),
    );
    await refused(client.tokenise(approvedCard, {}, under(card)), () =>
      client.tokenise('4000000000000002', {}, under(card)),
    );
    await refused(client.tokenise(approvedCard, {}, under(cvv)), () =>
      client.tokenise({ cardNumber: approvedCard, expiryDate: '11 / 29' }, {}, under(cvv)),
    );
    await refused(client.createPaymentIntent({}, under(version)), () =>
      client.createPaymentIntent({}, { ...under(version), version: '2024-02-05' }),
    );
    const [one, two] = [await payableId(), await payableId()];
    await refused(client.charge(one, under(object)), () => client.charge(two, under(object)));
    const { id } = (await client.createSetupIntent()).shown;
    await refused(client.api('DELETE', `/setup-intents/${id}`, under(query)), () =>
      client.api('DELETE', `/setup-intents/${id}?includeAuthorized=true`, under(query)),
    );
  });

  it('is another key for another operation and for another account', async () => {
    const setupIntent = await client.createSetupIntent({}, under('scoped'));
    const paymentIntent = await client.createPaymentIntent({}, under('scoped'));
    assert.deepEqual([setupIntent.status, paymentIntent.status], [200, 200]);
    const accountId = (await runCommand(['accounts', 'create', 'Another'], dataDir)).stdout.trim();
    const key = (await runCommand(['keys', 'create', accountId], dataDir)).stdout.trim();
    const foreign = await client.createPaymentIntent({}, { ...under('scoped'), key });
    assert.equal(foreign.status, 200);
    assert.notEqual(foreign.shown.id, paymentIntent.shown.id);
  });

  it('is not used up by a request that failed validation', async () => {
    const refusals: [string, Promise<Reply>][] = [
      ['amount', client.createPaymentIntent({ amount: { value: -1, currencyCode: 'GBP' } }, under('amount'))],
      ['json', client.api('POST', '/payment-intents', { ...under('json'), raw: '{' })],
      ['card', client.createPaymentIntent({ reference: approvedCard }, under('card'))],
    ];
    for (const [key, refusal] of refusals) {
      assert.equal((await refusal).status, 400);
      const corrected = await client.createPaymentIntent({}, under(key));
      assert.equal(corrected.status, 200);
      assert.equal(corrected.headers['idempotent-replayed'], undefined);
    }
    const declinedForm = await client.tokenise({ cardNumber: '5200000000001006' }, {}, under('pci'));
    assert.equal(declinedForm.status, 400);
    assert.equal((await client.tokenise(approvedCard, {}, under('pci'))).status, 200);
  });

  it('has 1 to 100 printable ASCII characters', async () => {
    assert.equal((await client.createPaymentIntent({}, under('x'.repeat(100)))).status, 200);
    for (const key of ['x'.repeat(101), '', 'caf\u00e9', 'tab\there']) {
      const reply = await client.createPaymentIntent({}, under(key));
      assert.deepEqual([reply.status, codeOf(reply)], [400, 'idempotency-key-invalid'], key);
    }
  });
});

it('every call on intents that says it takes a key is among those proven here', async () => {
  type Described = { readonly parameters?: readonly { readonly in: string; readonly name: string }[] };
  const documented = async (listener: 'api' | 'pci'): Promise<readonly string[]> => {
    const document = JSON.parse((await client[listener]('GET', '/openapi.json')).text) as {
      readonly paths: Record<string, Record<string, Described>>;
    };
    return Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, { parameters }]) => parameters?.some(({ name }) => name === 'idempotencyKey') === true)
        .map(
          ([method]) => `${listener === 'pci' ? 'PCI ' : ''}${method.toUpperCase()} ${path.replace(/(?<=.)\/$/, '')}`,
        ),
    );
  };
  const named = [...(await documented('pci')), ...(await documented('api'))];
  const onIntents = named.filter((name) => /\/(setup|payment)-intents(\/|$)/.test(name));
  assert.deepEqual(
    onIntents.filter((name) => !(name in calls)),
    [],
  );
  assert.deepEqual(
    Object.keys(calls).filter((name) => !onIntents.includes(name)),
    [],
  );
});
