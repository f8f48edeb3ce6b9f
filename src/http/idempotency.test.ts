import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  approvedCard,
  cardDetails,
  declinedCard,
  merchantHeaders,
  openListeners,
  send,
  setupRequest,
} from '../../test/contracts/openapi/listeners.fixture.ts';
import { idempotencyKeyOf } from './idempotency.ts';

const keyed = (key: string, name = 'idempotencyKey') => ({ [name]: key });
const problemCode = (body: Record<string, unknown>): string =>
  String(body['type']).replace('urn:strongroom:problem:', '');

test('takes 1 to 100 printable ASCII characters under either name, once', () => {
  const codeOf = (headers: Record<string, string>) => {
    const result = idempotencyKeyOf({ headers });
    return result.ok ? result.value : result.error.code;
  };
  assert.equal(codeOf({}), null);
  assert.equal(codeOf({ idempotencykey: 'a' }), 'a');
  assert.equal(codeOf({ 'idempotency-key': 'a b' }), 'a b');
  assert.equal(codeOf({ idempotencykey: 'a', 'idempotency-key': 'a' }), 'a');
  assert.equal(codeOf({ idempotencykey: 'k'.repeat(100) }), 'k'.repeat(100));
  for (const key of ['', ' ', 'k'.repeat(101), 'ä', 'a\tb', ' a'])
    assert.equal(codeOf({ idempotencykey: key }), 'idempotency-key-invalid', key);
  assert.equal(codeOf({ idempotencykey: 'a', 'idempotency-key': 'b' }), 'idempotency-key-invalid');
});

test('a repeat gets the first status and bytes and is marked; the draft name is the same key', async (t) => {
  const { apiUrl } = await openListeners(t);
  const first = await send('POST', `${apiUrl}/setup-intents`, { headers: keyed('one'), body: setupRequest });
  const again = await send('POST', `${apiUrl}/setup-intents`, {
    headers: keyed('one', 'Idempotency-Key'),
    body: setupRequest,
  });
  assert.equal(first.status, 200);
  assert.equal(again.text, first.text);
  assert.equal(first.headers.get('idempotent-replayed'), null);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
  const other = await send('POST', `${apiUrl}/setup-intents`, { headers: keyed('two'), body: setupRequest });
  assert.notEqual(other.body['id'], first.body['id']);
});

test('the same key with another body, path or release is refused with 409', async (t) => {
  const { apiUrl } = await openListeners(t);
  await send('POST', `${apiUrl}/setup-intents`, { headers: keyed('one'), body: setupRequest });
  const body = await send('POST', `${apiUrl}/setup-intents`, {
    headers: keyed('one'),
    body: { ...setupRequest, reference: 'Other' },
  });
  assert.equal(problemCode(body.body), 'idempotency-key-reused');
  const release = await send('POST', `${apiUrl}/setup-intents`, {
    headers: { ...keyed('one'), version: '2022-04-07' },
    body: setupRequest,
  });
  assert.equal(release.status, 409);
  const operation = await send('POST', `${apiUrl}/payment-intents`, {
    headers: keyed('one'),
    body: { amount: { value: 1, currencyCode: 'GBP' }, reference: 'r' },
  });
  assert.equal(operation.status, 200);
});

test('the same content in other bytes is the same request', async (t) => {
  const { apiUrl } = await openListeners(t);
  const post = async (body: string): Promise<string> => {
    const headers = { ...merchantHeaders('2024-02-05'), ...keyed('one'), 'content-type': 'application/json' };
    return (await fetch(`${apiUrl}/setup-intents`, { method: 'POST', headers, body })).text();
  };
  const body = JSON.stringify(setupRequest);
  const first = await post(body);
  assert.match(first, /"id":"si_/);
  assert.equal(await post(`  ${JSON.stringify(setupRequest, null, 2)}`), first);
  const { intendedAmount, ...rest } = setupRequest;
  const turned = (object: object): object => Object.fromEntries(Object.entries(object).reverse());
  const reordered = { ...turned(rest), customer: null, intendedAmount: turned(intendedAmount) };
  assert.equal(await post(JSON.stringify(reordered)), first);
  assert.match(await post(JSON.stringify({ ...reordered, customer: {} })), /idempotency-key-reused/);
});

test('lists in another order are another request', async (t) => {
  const { apiUrl } = await openListeners(t);
  const post = (paymentMethods: readonly string[]) =>
    send('POST', `${apiUrl}/setup-intents`, { headers: keyed('one'), body: { ...setupRequest, paymentMethods } });
  assert.equal((await post(['Card', 'Wallet'])).status, 200);
  assert.equal((await post(['Wallet', 'Card'])).status, 409);
});

test('a name in two cases, of which the last one counts, makes another request in another order', async (t) => {
  const { apiUrl } = await openListeners(t);
  const post = (body: object) => send('POST', `${apiUrl}/setup-intents`, { headers: keyed('one'), body });
  const { reference, ...rest } = setupRequest;
  assert.equal((await post({ ...rest, reference, Reference: 'other' })).status, 200);
  assert.equal((await post({ ...rest, Reference: 'other', reference })).status, 409);
});

test('a request that fails validation is not stored, so its key can be used again', async (t) => {
  const { apiUrl } = await openListeners(t);
  const bad = await send('POST', `${apiUrl}/setup-intents`, {
    headers: keyed('one'),
    body: { ...setupRequest, terms: '' },
  });
  assert.equal(bad.status, 400);
  const good = await send('POST', `${apiUrl}/setup-intents`, { headers: keyed('one'), body: setupRequest });
  assert.equal(good.status, 200);
  assert.equal(good.headers.get('idempotent-replayed'), null);
});

test('a field that names nothing is not stored either: the corrected request may have the key', async (t) => {
  const { apiUrl, pciUrl } = await openListeners(t);
  const order = { amount: { value: 1000, currencyCode: 'GBP' }, reference: 'r' };
  const create = (setupIntentId: string) =>
    send('POST', `${apiUrl}/payment-intents`, { headers: keyed('one'), body: { ...order, setupIntentId } });
  const refused = await create('si_sandbox_0000000000000000000000');
  assert.deepEqual([refused.status, Object.keys(refused.body['errors'] as object)], [400, ['SetupIntentId']]);
  const onFile = await send('POST', `${pciUrl}/setup-intents`, {
    body: { ...setupRequest, cardDetails: cardDetails(approvedCard) },
  });
  assert.equal((await create(String(onFile.body['id']))).status, 200);
});

test('a repeat gets the first answer after the moment that it named as expireAt, too', async (t) => {
  const { apiUrl, pciUrl, clock } = await openListeners(t);
  const expireAt = new Date(clock.at + 5_000).toISOString();
  const order = { amount: { value: 1000, currencyCode: 'GBP' }, reference: 'r' };
  const calls: Readonly<Record<string, readonly [url: string, body: object]>> = {
    'setup intent': [`${apiUrl}/setup-intents`, setupRequest],
    'setup intent with a card': [
      `${pciUrl}/setup-intents`,
      { ...setupRequest, cardDetails: cardDetails(approvedCard) },
    ],
    'payment intent': [`${apiUrl}/payment-intents`, order],
  };
  const post = (what: string, key: string, more: object) => {
    const [url, body] = calls[what] ?? assert.fail();
    return send('POST', url, { headers: keyed(`${key} ${what}`), body: { ...body, ...more } });
  };
  const first = new Map<string, string>();
  for (const what of Object.keys(calls)) {
    const reply = await post(what, 'one', { expireAt });
    assert.equal(reply.status, 200, what);
    first.set(what, reply.text);
  }
  clock.at += 6_000;
  for (const what of Object.keys(calls)) {
    const again = await post(what, 'one', { expireAt });
    assert.deepEqual([again.status, again.text], [200, first.get(what)], what);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    const late = await post(what, 'two', { expireAt });
    assert.deepEqual([late.status, Object.keys(late.body['errors'] as object)], [400, ['ExpireAt']], what);
    assert.equal((await post(what, 'two', {})).status, 200, what);
  }
});

test('a refusal by the state of an object is repeated, even when the state moved on', async (t) => {
  const { apiUrl, pciUrl } = await openListeners(t);
  const created = await send('POST', `${pciUrl}/setup-intents`, {
    body: { ...setupRequest, cardDetails: cardDetails(approvedCard) },
  });
  const url = `${apiUrl}/setup-intents/${String(created.body['id'])}`;
  const refused = await send('DELETE', url, { headers: keyed('one') });
  assert.equal(problemCode(refused.body), 'setup-intent-authorized');
  assert.equal((await send('DELETE', `${url}?includeAuthorized=true`)).status, 200);
  const again = await send('DELETE', url, { headers: keyed('one') });
  assert.equal(again.status, 400);
  assert.equal(again.text, refused.text);
  assert.equal(again.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
});

test('twenty at once with one key create one object, and all get its bytes', async (t) => {
  const { apiUrl } = await openListeners(t);
  const replies = await Promise.all(
    Array.from({ length: 20 }, () =>
      send('POST', `${apiUrl}/setup-intents`, { headers: keyed('one'), body: setupRequest }),
    ),
  );
  assert.equal(new Set(replies.map(({ text }) => text)).size, 1);
  assert.equal(replies.filter(({ headers }) => headers.get('idempotent-replayed') === null).length, 1);
});

test('on the PCI listener the card counts, the CVV does not', async (t) => {
  const { pciUrl } = await openListeners(t);
  const create = (card: object) =>
    send('POST', `${pciUrl}/setup-intents`, { headers: keyed('one'), body: { ...setupRequest, cardDetails: card } });
  const first = await create(cardDetails(approvedCard));
  assert.equal(first.body['status'], 'Authorized');
  assert.equal((await create(cardDetails('4000 0000 0000 0002'))).text, first.text);
  assert.equal((await create({ ...cardDetails(approvedCard), cV2: '123' })).text, first.text);
  assert.equal((await create(cardDetails(declinedCard))).status, 409);
  assert.equal((await create({ ...cardDetails(approvedCard), expiryDate: '11 / 29' })).status, 409);
});

test('a public refresh is repeated under its key: the last one of each intent, by the same request', async (t) => {
  const { apiUrl } = await openListeners(t);
  const intents = [
    { path: 'setup-intents', body: setupRequest },
    { path: 'payment-intents', body: { amount: { value: 1000, currencyCode: 'GBP' }, reference: 'r' } },
  ];
  for (const { path, body } of intents) {
    const create = async (): Promise<string> => String((await send('POST', `${apiUrl}/${path}`, { body })).body['id']);
    const refresh = (id: string, key: string, version = '2024-02-05') =>
      send('POST', `${apiUrl}/${path}/public/${id}/refresh-client-session-secret`, {
        headers: { version, authorization: '', ...keyed(key) },
      });
    const [one, two] = [await create(), await create()];
    const [first, ...repeated] = await Promise.all([refresh(one, 'a'), refresh(one, 'a'), refresh(one, 'a')]);
    assert.equal(first.status, 200);
    for (const reply of repeated) assert.equal(reply.text, first.text);
    assert.equal((await refresh(one, 'a')).headers.get('idempotent-replayed'), 'true');
    assert.equal(problemCode((await refresh(one, 'a', '2022-04-07')).body), 'idempotency-key-reused');
    assert.notEqual((await refresh(two, 'a')).body['clientSessionSecret'], first.body['clientSessionSecret']);
    const next = await refresh(one, 'b');
    assert.notEqual(next.text, first.text);
    assert.equal((await refresh(one, 'b')).text, next.text);
    assert.equal((await refresh(one, 'a')).headers.get('idempotent-replayed'), null);
    assert.equal(problemCode((await refresh(one, 'k'.repeat(101))).body), 'idempotency-key-invalid');
    assert.equal((await refresh(`${one.slice(0, -22)}${'0'.repeat(22)}`, 'a')).status, 404);
  }
});
