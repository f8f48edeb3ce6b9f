import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuse } from '../domain/result.ts';
import { problem } from '../problems/problems.ts';
import { apiOperations } from './api-listener.ts';
import { headers, openApi, setupIntentId } from './listener.fixture.ts';

const origin = 'https://guest-house.example';
const pathOf = (url: string): string => url.replace(/:\w+/g, setupIntentId);
const { version } = headers;

test('a page of any origin may make the public calls, and is told so before it has said a version', async (t) => {
  const { url } = await openApi(t);
  const calls = apiOperations.filter(({ audience }) => audience === 'public');
  assert.equal(calls.length, 4);
  for (const call of calls) {
    const asked = { origin, 'access-control-request-method': String(call.method) };
    const answer = await fetch(url + pathOf(call.url), { method: 'OPTIONS', headers: asked });
    assert.deepEqual([answer.status, await answer.text()], [204, ''], call.url);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.equal(answer.headers.get('access-control-allow-methods'), call.method);
    assert.equal(answer.headers.get('access-control-max-age'), '7200');
    const allowed = answer.headers.get('access-control-allow-headers')?.split(', ') ?? [];
    for (const name of ['version', 'content-type', 'idempotencykey', 'idempotency-key', 'traceparent'])
      assert.ok(allowed.includes(name), name);
  }
});

test('that page may read every answer of them, the refusals too', async (t) => {
  const { url } = await openApi(t, {
    useCases: { ownerOfSetupIntent: async () => refuse(problem('setup-intent-not-found')) },
  });
  const read = `${url}/setup-intents/public/${setupIntentId}`;
  const refresh = `${read}/refresh-client-session-secret`;
  const text = { version, 'content-type': 'text/plain' };
  const answers = {
    200: await fetch(read, { headers: { origin, version } }),
    400: await fetch(read, { headers: { origin } }),
    404: await fetch(refresh, { method: 'POST', headers: { origin, version } }),
    413: await fetch(refresh, { method: 'POST', headers: { origin, ...text }, body: 'x'.repeat(65_537) }),
    415: await fetch(refresh, { method: 'POST', headers: { origin, ...text }, body: 'x' }),
  };
  for (const [status, answer] of Object.entries(answers)) {
    assert.equal(answer.status, Number(status));
    assert.equal(answer.headers.get('access-control-allow-origin'), '*', status);
    const readable = answer.headers.get('access-control-expose-headers');
    assert.equal(readable, 'request-id, idempotent-replayed, retry-after', status);
  }
});

test('to all other calls a page of another origin is a stranger: 405 for what its browser asks, and no leave to read', async (t) => {
  const { url } = await openApi(t);
  const isGranted = ({ headers: said }: Response): boolean =>
    [...said.keys()].some((name) => name.startsWith('access-control-'));
  for (const call of apiOperations.filter(({ audience }) => audience !== 'public')) {
    const asked = { origin, 'access-control-request-method': String(call.method) };
    const preflight = await fetch(url + pathOf(call.url), { method: 'OPTIONS', headers: asked });
    assert.equal(preflight.status, 405, call.url);
    const answer = await fetch(url + pathOf(call.url), { method: String(call.method), headers: { origin } });
    assert.equal(answer.status, 401, call.url);
    assert.ok(!isGranted(preflight) && !isGranted(answer), call.url);
  }
  const unknown = await fetch(`${url}/setup-intents/public/a/b`, { method: 'OPTIONS', headers: { origin } });
  assert.ok(unknown.status === 404 && !isGranted(unknown));
});
