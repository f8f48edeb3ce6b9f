import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { buildApiListener } from './api-listener.ts';
import { openApi } from './listener.fixture.ts';
import { addressMatcher } from './protected-connections.ts';

test('an address matches itself and the ranges that it is in, in both of its forms', () => {
  const matches = addressMatcher(['10.1.0.0/16', '192.0.2.7', '2001:db8::/32']);
  for (const address of ['10.1.255.1', '192.0.2.7', '::ffff:192.0.2.7', '2001:db8::1'])
    assert.ok(matches(address), address);
  for (const address of ['10.2.0.1', '192.0.2.8', '2001:db9::1', '::1', '', 'x', undefined])
    assert.ok(!matches(address), address);
});

const listenerBehind = async (t: TestContext, proxies: readonly string[]) => {
  const { server } = await openApi(t);
  const listener = await buildApiListener({ ...server, isTrustedProxy: addressMatcher(proxies) }, null);
  return async (url: string, remoteAddress: string, headers = {}): Promise<number> =>
    (await listener.inject({ url, remoteAddress, headers })).statusCode;
};
const known = '/openapi.json';

test('a caller that comes past the proxy is refused, on unknown paths too; a probe of health is not', async (t) => {
  const ask = await listenerBehind(t, ['192.0.2.7']);
  assert.equal(await ask(known, '192.0.2.7'), 200);
  assert.equal(await ask(known, '192.0.2.8'), 403);
  assert.equal(await ask(known, '192.0.2.8', { 'x-forwarded-for': '192.0.2.7' }), 403);
  assert.equal(await ask('/unknown', '192.0.2.8'), 403);
  assert.equal(await ask('/health/live', '192.0.2.8'), 200);
});

test('a caller of whom the proxy says that he came in the clear is refused', async (t) => {
  const ask = await listenerBehind(t, ['192.0.2.7']);
  const answers = { https: 200, http: 403, HTTP: 403, 'http, https': 403, 'https, http': 200 };
  for (const [proto, status] of Object.entries(answers))
    assert.equal(await ask(known, '192.0.2.7', { 'x-forwarded-proto': proto }), status, proto);
});

test('where no proxy ends TLS, nobody is asked where he comes from', async (t) => {
  const { api } = await openApi(t);
  assert.equal((await api.inject({ url: known, remoteAddress: '192.0.2.8' })).statusCode, 200);
});
