import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { StrongroomProblem, StrongroomUnreachableError } from './problems.ts';
import { openStrongroom } from './strongroom.ts';

type Seen = { readonly url: string; readonly init: RequestInit & { readonly headers: Record<string, string> } };

/** A client whose calls get these answers, one after another. */
const rig = (answers: readonly (Response | Error)[], retries?: number) => {
  const seen: Seen[] = [];
  const slept: number[] = [];
  const strongroom = openStrongroom({
    key: 'sk_sandbox_x',
    apiUrl: 'http://api.test/',
    pciUrl: 'http://pci.test',
    ...(retries === undefined ? {} : { retries }),
    fetch: (url, init) => {
      const answer = answers[seen.push({ url: url as string, init: init as Seen['init'] }) - 1];
      if (answer === undefined) throw new Error('one call too many');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    sleep: (delayMs) => {
      slept.push(delayMs);
      return Promise.resolve();
    },
  });
  return { strongroom, seen, slept };
};

const answer = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers });
const problem = (code: string, status: number, more: object = {}): Response =>
  answer(
    { type: `urn:strongroom:problem:${code}`, title: 'Title.', detail: 'Detail.', traceId: '00-1-2-00', ...more },
    status,
  );
const charged = { paymentIntentId: 'pi_1', status: 'Successful', message: 'DEPOSITED' };
const keysOf = (seen: readonly Seen[]): readonly (string | undefined)[] =>
  seen.map(({ init }) => init.headers['idempotencyKey']);

describe('a call that changes something', () => {
  it('is repeated with the same key when no answer came, and when one came that passes', async () => {
    const lost = new TypeError('fetch failed');
    const { strongroom, seen, slept } = rig([lost, problem('store-unavailable', 503), answer(charged)]);
    assert.deepEqual(await strongroom.paymentIntents.charge('pi_1'), charged);
    const [key] = keysOf(seen);
    assert.match(key ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(keysOf(seen), [key, key, key]);
    assert.equal(slept.length, 2);
  });

  it('has a key of its own each time, or the one that was given', async () => {
    const { strongroom, seen } = rig([answer(charged), answer(charged), answer(charged)]);
    await strongroom.paymentIntents.charge('pi_1');
    await strongroom.paymentIntents.charge('pi_1');
    await strongroom.paymentIntents.charge('pi_1', { idempotencyKey: 'order-7' });
    const [first, second, third] = keysOf(seen);
    assert.notEqual(first, second);
    assert.equal(third, 'order-7');
  });

  it('waits for the first request with its key, and then has its answer', async () => {
    const { strongroom, seen } = rig([problem('idempotency-key-in-flight', 409), answer(charged)]);
    assert.deepEqual(await strongroom.paymentIntents.charge('pi_1'), charged);
    assert.equal(seen.length, 2);
  });

  it('is refused for good by a 4xx', async () => {
    for (const [code, status] of [
      ['card-already-charged', 400],
      ['charge-unsettled', 409],
      ['key-invalid', 401],
    ] as const) {
      const { strongroom, seen } = rig([problem(code, status)]);
      await assert.rejects(
        strongroom.paymentIntents.charge('pi_1'),
        (error) => error instanceof StrongroomProblem && error.code === code && error.status === status,
      );
      assert.equal(seen.length, 1);
    }
  });

  it('is given up after its repetitions, and says with which key to go on', async () => {
    const lost = () => new TypeError('fetch failed');
    const { strongroom, seen } = rig([lost(), lost()], 1);
    await assert.rejects(
      strongroom.paymentIntents.charge('pi_1', { idempotencyKey: 'order-7' }),
      (error) => error instanceof StrongroomUnreachableError && error.idempotencyKey === 'order-7',
    );
    assert.equal(seen.length, 2);
  });

  it('waits as long as the server asks, within a limit', async () => {
    const busy = (seconds: string) => answer({}, 429, { 'retry-after': seconds });
    const { strongroom, slept } = rig([busy('3'), busy('86400'), answer(charged)]);
    await strongroom.paymentIntents.charge('pi_1');
    assert.deepEqual(slept, [3_000, 30_000]);
  });

  it('leaves nothing at the signal of its caller, whatever came of it', async () => {
    const { signal } = new AbortController();
    const { strongroom } = rig([new TypeError('fetch failed'), answer(charged), problem('key-invalid', 401)]);
    await strongroom.paymentIntents.charge('pi_1', { signal });
    await assert.rejects(strongroom.paymentIntents.charge('pi_1', { signal }), StrongroomProblem);
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });

  it('ends while it is under way when its caller gives it up', async () => {
    const caller = new AbortController();
    const strongroom = openStrongroom({
      key: 'sk_sandbox_x',
      apiUrl: 'http://api.test',
      fetch: (_url, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
          caller.abort(new Error('enough'));
        }),
    });
    await assert.rejects(strongroom.paymentIntents.charge('pi_1', { signal: caller.signal }), /enough/);
  });

  it('is not repeated once its caller gave it up', async () => {
    const { strongroom, seen } = rig([new TypeError('fetch failed')]);
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(strongroom.paymentIntents.charge('pi_1', { signal }), /enough/);
    assert.ok(seen.length <= 1);
  });
});

describe('every call', () => {
  it('sends the key and the release, and follows no redirect', async () => {
    const { strongroom, seen } = rig([answer({ id: 'si_1' })]);
    await strongroom.setupIntents.read('si_1');
    const [{ url, init } = assert.fail()] = seen;
    assert.equal(url, 'http://api.test/setup-intents/si_1');
    assert.equal(init.headers['authorization'], 'Basic sk_sandbox_x');
    assert.equal(init.headers['version'], '2026-02-27');
    assert.deepEqual([init.redirect, init.headers['idempotencyKey']], ['manual', undefined]);
  });

  it('keeps an id within its part of the path', async () => {
    const { strongroom, seen } = rig([answer({})]);
    await strongroom.setupIntents.read('../webhooks?x=1');
    assert.equal(seen[0]?.url, 'http://api.test/setup-intents/..%2Fwebhooks%3Fx%3D1');
    assert.throws(() => strongroom.setupIntents.read('..'), TypeError);
  });

  it('leaves out of the query what has no value, as an empty list of events has none', async () => {
    const page = { events: [], next: '1' };
    const { strongroom, seen } = rig([answer(page), answer(page)]);
    await strongroom.events.list({ events: [], limit: 2 });
    await strongroom.events.list({ events: ['refund.created', 'payment_intent.created'] });
    assert.deepEqual(
      seen.map(({ url }) => url),
      ['http://api.test/events?limit=2', 'http://api.test/events?events=refund.created%2Cpayment_intent.created'],
    );
  });

  it('names the fields of a refusal and the trace, and nothing of what was sent', async () => {
    const { strongroom, seen } = rig([
      problem('request-invalid', 400, { errors: { CardNumber: ['The CardNumber field is wrong.'] } }),
    ]);
    const cardDetails = { cardNumber: '5200000000001005', cardName: 'A Guest', expiryDate: '12 / 29', cV2: '020' };
    const order = { reference: 'r', merchantInitiatedTransactionType: 'NoShow', terms: 't', cardDetails } as const;
    await assert.rejects(strongroom.setupIntents.createWithCard(order), (error) => {
      assert.ok(error instanceof StrongroomProblem);
      assert.deepEqual(error.errors, { CardNumber: ['The CardNumber field is wrong.'] });
      assert.equal(error.traceId, '00-1-2-00');
      assert.ok(!JSON.stringify({ ...error, message: error.message, stack: error.stack }).includes('5200000000001005'));
      return true;
    });
    assert.equal(seen[0]?.url, 'http://pci.test/setup-intents');
  });

  it('sends a card to the PCI listener or nowhere', async () => {
    const sent: unknown[] = [];
    const strongroom = openStrongroom({
      key: 'sk_sandbox_x',
      apiUrl: 'http://api.test',
      fetch: (url) => {
        sent.push(url);
        return Promise.resolve(answer({ id: 'si_1' }));
      },
    });
    const order = { reference: 'r', merchantInitiatedTransactionType: 'NoShow', terms: 't' } as const;
    const cardDetails = { cardNumber: '5200000000001005', cardName: 'A Guest', expiryDate: '12 / 29', cV2: '020' };
    await assert.rejects(
      strongroom.setupIntents.createWithCard({ ...order, cardDetails }),
      (error) => error instanceof TypeError && /pciUrl/.test(error.message),
    );
    assert.deepEqual(sent, []);
    await strongroom.setupIntents.create(order);
    assert.deepEqual(sent, ['http://api.test/setup-intents']);
  });

  it('survives an answer that is no JSON', async () => {
    const { strongroom } = rig([new Response('<html>', { status: 404 })]);
    await assert.rejects(
      strongroom.setupIntents.read('si_1'),
      (error) => error instanceof StrongroomProblem && error.status === 404 && error.code === '',
    );
  });

  it('is answered with nothing by a 204', async () => {
    const { strongroom } = rig([new Response(null, { status: 204 })]);
    assert.equal(await strongroom.webhooks.delete('ws_1'), undefined);
  });
});
