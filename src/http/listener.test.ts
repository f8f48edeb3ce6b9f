import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ok, refuse } from '../domain/result.ts';
import { StoreUnavailable } from '../ports/store.ts';
import { problem } from '../problems/problems.ts';
import { apiOperations } from './api-listener.ts';
import { headers, openApi, sendRaw, setupIntentId } from './listener.fixture.ts';

const json = { ...headers, 'content-type': 'application/json' };
const order = { reference: 'r', terms: 't', merchantInitiatedTransactionType: 'NoShow' };
const codeOf = async (response: Response): Promise<string> => {
  const body = (await response.json()) as { type?: string; status?: number; traceId?: string };
  assert.equal(body.status, response.status);
  assert.equal(response.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  assert.equal(response.headers.get('request-id'), body.traceId);
  return (body.type ?? '').replace('urn:strongroom:problem:', '');
};

test('200 with the API headers, for a path with a slash at its end too', async (t) => {
  const { url } = await openApi(t);
  for (const path of ['/setup-intents', '/setup-intents/']) {
    const response = await fetch(url + path, { method: 'POST', headers: json, body: JSON.stringify(order) });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(((await response.json()) as { reference: string }).reference, 'r');
  }
});

test('200 for an empty body under any media type, where none is needed', async (t) => {
  const { url } = await openApi(t);
  const path = '/payment-intents/pi_sandbox_0123456789012345678901/charge';
  const types = [
    undefined,
    'application/json',
    'application/json; charset=utf-8',
    'application/x-www-form-urlencoded',
    'text/plain',
  ];
  for (const type of types) {
    const typed = type === undefined ? headers : { ...headers, 'content-type': type };
    const response = await fetch(url + path, { method: 'POST', headers: typed });
    assert.equal(response.status, 200, type);
  }
  const chunked = await sendRaw(
    url,
    `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${headers.authorization}\r\nversion: 2024-02-05\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n0\r\n\r\n`,
  );
  assert.match(chunked, /^HTTP\/1.1 200 /);
});

test("200 for the guide's status sample, which reads with POST", async (t) => {
  const { url } = await openApi(t);
  const response = await fetch(`${url}/setup-intents/${setupIntentId}`, { method: 'POST', headers: json });
  assert.equal(((await response.json()) as { id: string }).id, setupIntentId);
});

test('400 for JSON that is malformed, and for names that reach for a prototype, which it says', async (t) => {
  const { url } = await openApi(t);
  const post = (body: string) => fetch(`${url}/setup-intents`, { method: 'POST', headers: json, body });
  for (const body of ['{', '{"a":}', 'x', '{"__proto__":1', `{"a":"${'x'.repeat(10)}`])
    assert.equal(await codeOf(await post(body)), 'body-malformed', body);
  for (const body of ['{"__proto__":{"zebra":1}}', '{"a":[{"constructor":{"prototype":{"zebra":1}}}]}']) {
    const said = await (await post(body)).text();
    assert.match(said, /"type":"urn:strongroom:problem:request-invalid".*no member named __proto__/);
    assert.doesNotMatch(said, /zebra/);
  }
});

test('400 for bytes that are not UTF-8, 415 for another encoding of the text or the body', async (t) => {
  const { url } = await openApi(t);
  const post = (body: Uint8Array | string, extra: Record<string, string> = {}) =>
    fetch(`${url}/setup-intents`, { method: 'POST', headers: { ...json, ...extra }, body });
  const latin1 = Buffer.from(JSON.stringify({ ...order, reference: 'Caf\u00e9' }), 'latin1');
  assert.equal(await codeOf(await post(latin1)), 'body-malformed');
  for (const type of ['application/json; charset=iso-8859-1', 'application/json;charset="utf-16"'])
    assert.equal(
      await codeOf(await post(JSON.stringify(order), { 'content-type': type })),
      'media-type-unsupported',
      type,
    );
  const zipped = await post(gzipSync(JSON.stringify(order)), { 'content-encoding': 'gzip' });
  assert.equal(await codeOf(zipped), 'media-type-unsupported');
  for (const type of ['application/json; charset=utf-8', 'application/json; charset="UTF-8"'])
    assert.equal((await post(JSON.stringify(order), { 'content-type': type })).status, 200, type);
});

test('415 for another media type with a body, 413 for a body over 64 KiB', async (t) => {
  const { url } = await openApi(t);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'multipart/form-data']) {
    const response = await fetch(`${url}/setup-intents`, {
      method: 'POST',
      headers: { ...headers, 'content-type': type },
      body: 'a=1',
    });
    assert.equal(await codeOf(response), 'media-type-unsupported', type);
  }
  const within = JSON.stringify({ ...order, unread: 'x'.repeat(65_000 - 100) });
  assert.equal((await fetch(`${url}/setup-intents`, { method: 'POST', headers: json, body: within })).status, 200);
  const response = await fetch(`${url}/setup-intents`, {
    method: 'POST',
    headers: json,
    body: `"${'x'.repeat(65_536)}"`,
  });
  assert.equal(await codeOf(response), 'body-too-large');
});

test('401 before anything else is said, with the challenge', async (t) => {
  const { url } = await openApi(t, { useCases: { authenticate: async () => refuse(problem('key-invalid')) } });
  const missing = await fetch(`${url}/setup-intents`, { method: 'POST', body: '{' });
  assert.match(missing.headers.get('www-authenticate') ?? '', /^Basic realm=/);
  assert.equal(await codeOf(missing), 'key-missing');
  const wrong = await fetch(`${url}/setup-intents/nonsense`, { headers: { authorization: headers.authorization } });
  assert.match(wrong.headers.get('www-authenticate') ?? '', /^Basic realm=/);
  assert.equal(await codeOf(wrong), 'key-invalid');
});

test('400 for a missing or unreadable version, after the key and before the body, on public calls too', async (t) => {
  const { url } = await openApi(t);
  const { authorization } = headers;
  assert.equal(
    await codeOf(await fetch(`${url}/setup-intents`, { method: 'POST', headers: { authorization }, body: '{' })),
    'version-missing',
  );
  assert.equal(await codeOf(await fetch(`${url}/setup-intents/public/${setupIntentId}`)), 'version-missing');
  for (const version of ['latest', '2024-02-30', '24-02-05', '2024-02-05, 2024-02-05']) {
    assert.equal(
      await codeOf(await fetch(`${url}/setup-intents`, { method: 'POST', headers: { authorization, version } })),
      'version-invalid',
    );
  }
  for (const version of ['2022-01-03', '2023-01-01', '2030-01-01', ' 2024-02-05 ']) {
    assert.equal(
      (await fetch(`${url}/setup-intents/public/${setupIntentId}`, { headers: { version } })).status,
      200,
      version,
    );
  }
});

test('400 for an id of the wrong shape, without repeating it', async (t) => {
  const { url, logged } = await openApi(t);
  for (const id of [
    'x',
    'si_sandbox_short',
    'pi_sandbox_0123456789012345678901',
    '4000000000000002',
    'x'.repeat(1000),
    '%2e%2e%2f',
    'public',
  ]) {
    const response = await fetch(`${url}/setup-intents/${id}`, { headers });
    assert.equal(await codeOf(response), 'id-malformed', id);
  }
  assert.ok(!JSON.stringify(logged).includes('4000000000000002'));
});

test('404 for an unknown path and for another case of a known one', async (t) => {
  const { url } = await openApi(t);
  for (const path of ['/', '/nope', '/Setup-Intents', '/setup-intents/a/b', '/%zz', `/${'x'.repeat(3000)}`]) {
    assert.equal(await codeOf(await fetch(url + path, { headers })), 'route-unknown', path);
  }
});

test('405 with Allow for a method that a known path lacks', async (t) => {
  const { url } = await openApi(t);
  const cases = [
    ['/setup-intents', 'GET', 'POST'],
    [`/setup-intents/${setupIntentId}`, 'PUT', 'DELETE, GET, HEAD, POST'],
    ['/payment-intents/x/charge', 'DELETE', 'POST'],
    ['/health/live', 'POST', 'GET, HEAD'],
  ] as const;
  for (const [path, method, allow] of cases) {
    const response = await fetch(url + path, { method, headers });
    assert.equal(response.headers.get('allow'), allow, path);
    assert.equal(await codeOf(response), 'method-not-allowed');
  }
});

test('404 for a call that is not here, where an id would make its path known', async (t) => {
  const { url } = await openApi(t);
  for (const path of ['/payment-intents/search', '/payment-intents/search/', '/webhooks/search']) {
    const response = await fetch(url + path, { method: 'POST', headers: json, body: '{}' });
    assert.equal(await codeOf(response), 'route-unknown', path);
    assert.equal(response.headers.get('allow'), null);
  }
});

test('400 for card details, naming the PCI listener; nothing is created', async (t) => {
  let created = 0;
  const { url, logged } = await openApi(t, {
    useCases: { createSetupIntent: async () => (created++, refuse(problem('internal-error'))) },
  });
  for (const more of [
    { cardDetails: { cardNumber: '4000000000000002' } },
    { CARDDETAILS: 1 },
    { cardNumber: '4000000000000002' },
    { cV2: '341' },
    { cvv: '341' },
  ]) {
    const response = await fetch(`${url}/setup-intents`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ ...order, ...more }),
    });
    const body = (await response.json()) as { type: string; detail: string };
    assert.equal(response.status, 400);
    assert.equal(body.type, 'urn:strongroom:problem:card-details-misplaced');
    assert.ok(body.detail.includes('http://pci.test/setup-intents'));
    assert.ok(!JSON.stringify(body).includes('4000000000000002'));
  }
  const elsewhere = await fetch(`${url}/setup-intents`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ ...order, reference: '4000 0000 0000 0002' }),
  });
  assert.equal(await codeOf(elsewhere), 'card-number-refused');
  assert.equal(created, 0);
  assert.ok(!JSON.stringify(logged).includes('4000000000000002'));
});

test('503 with Retry-After when the database is away, 500 for a bug; neither tells more', async (t) => {
  const cases: readonly (readonly [Error, string])[] = [
    [new StoreUnavailable('disk /secret is gone'), 'store-unavailable'],
    [new Error('bug at /secret'), 'internal-error'],
    [new TypeError('secret'), 'internal-error'],
  ];
  for (const [error, code] of cases) {
    const { url, logged } = await openApi(t, {
      useCases: {
        readSetupIntent: async () => {
          throw error;
        },
      },
    });
    const response = await fetch(`${url}/setup-intents/${setupIntentId}`, { headers });
    assert.equal(response.headers.get('retry-after'), code === 'store-unavailable' ? '5' : null);
    const text = await response.clone().text();
    assert.ok(!text.includes('secret') && !text.includes('    at '), text);
    assert.equal(await codeOf(response), code);
    const line = logged.find(({ fields }) => fields.err !== undefined);
    assert.equal(line?.fields.err, error);
    assert.equal(line.fields['traceId'], response.headers.get('request-id'));
  }
});

test('one log line per request, with the template of the route and the trace of the answer', async (t) => {
  const { url, logged } = await openApi(t);
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const response = await fetch(`${url}/setup-intents/${setupIntentId}?secret=1`, {
    headers: { ...headers, traceparent },
  });
  await response.text();
  await fetch(`${url}/private/path?secret=1`, { headers });
  const lines = logged.filter(({ message }) => message === 'request').map(({ fields }) => fields);
  assert.equal(lines.length, 2);
  const { durationMs, ...first } = lines[0] ?? {};
  assert.equal(typeof durationMs, 'number');
  assert.deepEqual(first, {
    listener: 'api',
    method: 'GET',
    route: '/setup-intents/:setupIntentId',
    status: 200,
    traceId: response.headers.get('request-id'),
    accountId: 'acc_0123456789012345678901',
  });
  assert.match(String(first['traceId']), /^00-0af7651916cd43dd8448eb211c80319c-/);
  assert.equal(lines[1]?.['route'], 'unknown');
  assert.ok(!JSON.stringify(logged).includes('secret'));
});

test('health answers without a key; ready says why not', async (t) => {
  const refusals: ReturnType<typeof problem>[] = [];
  const { url } = await openApi(t, { notReady: () => refusals[0] });
  assert.equal((await fetch(`${url}/health/live`)).status, 200);
  assert.equal((await fetch(`${url}/health/ready`)).status, 200);
  refusals.push(problem('shutting-down'));
  assert.equal(await codeOf(await fetch(`${url}/health/ready`)), 'shutting-down');
});

test('closing finishes the request in flight and refuses new connections', async (t) => {
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let entered: (() => void) | undefined;
  const inside = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const { api, url } = await openApi(t, {
    useCases: {
      chargePaymentIntent: async ({ id }) => {
        entered?.();
        await held;
        return ok({ paymentIntentId: id, status: 'Successful', message: 'DEPOSITED' });
      },
    },
  });
  const charging = fetch(`${url}/payment-intents/pi_sandbox_0123456789012345678901/charge`, {
    method: 'POST',
    headers,
  });
  await inside;
  const closed = api.close();
  while (api.server.listening) await new Promise((resolve) => setImmediate(resolve));
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNREFUSED');
  release?.();
  assert.equal((await charging).status, 200);
  await closed;
});

test('404 for a method that no call takes, also where the framework wants a media type first', async (t) => {
  const { url } = await openApi(t);
  for (const method of ['QUERY', 'SEARCH', 'MKCOL']) {
    const answer = await fetch(`${url}/payment-intents/pi_sandbox_0123456789012345678901`, { method, headers });
    assert.deepEqual([method, answer.status, await codeOf(answer)], [method, 404, 'route-unknown']);
  }
});

test('400 for a body that is nested so deep that reading it would cost the stack', async (t) => {
  const { url } = await openApi(t);
  const lists = `${'['.repeat(5000)}1${']'.repeat(5000)}`;
  const body = `{"reference":"r","terms":"t","merchantInitiatedTransactionType":"NoShow","paymentMethods":["Card",${lists}]}`;
  const answer = await fetch(`${url}/setup-intents`, { method: 'POST', headers: json, body });
  assert.deepEqual([answer.status, await codeOf(answer)], [400, 'request-invalid']);
});

test('a caller who hangs up in the middle of a body is no fault of the server', async (t) => {
  const { url, logged } = await openApi(t);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const half = `authorization: ${headers.authorization}\r\nversion: 2024-02-05\r\ncontent-type: application/json\r\ncontent-length: 100`;
  socket.write(`POST /setup-intents HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n${half}\r\n\r\n`);
  // The server has read the head and waits for the body.
  await once(socket, 'data');
  socket.write('{"reference":');
  socket.destroy();
  while (logged.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    logged.map(({ level, fields }) => [level, fields['status']]),
    [['info', 400]],
  );
});

test('a refused probe leaves a line in the log, one that is answered well does not', async (t) => {
  const { url, logged } = await openApi(t);
  assert.equal((await fetch(`${url}/health/live`)).status, 200);
  assert.equal((await fetch(`${url}/health/live`, { method: 'DELETE' })).status, 405);
  assert.deepEqual(
    logged.map(({ level, fields }) => [level, fields['status']]),
    [
      ['debug', 200],
      ['info', 405],
    ],
  );
});

test('openapi.json describes every call and nothing else', async (t) => {
  const { url } = await openApi(t);
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  assert.ok(calls.includes('post /payment-intents/{paymentIntentId}/charge'));
  assert.ok(calls.includes('get /health/ready'));
  // Besides the operations: itself and the two probes.
  assert.equal(calls.length, apiOperations.length + 3, calls.join('\n'));
});
