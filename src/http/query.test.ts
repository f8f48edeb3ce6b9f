import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openListeners, send } from '../../test/contracts/openapi/listeners.fixture.ts';

const none = '00000000000000000000000';
const pages = { events: '/events', deliveries: `/webhooks/ws_sandbox_${none}/deliveries` };

for (const [what, path] of Object.entries(pages))
  test(`400 names the parameter of ${what} that is no whole number within bounds, empty, or sent twice`, async (t) => {
    const { apiUrl } = await openListeners(t);
    for (const query of ['limit=0', 'limit=501', 'limit=', 'limit=-1', 'limit=1.5', 'limit=1e2', 'Limit=+1']) {
      const { status, body } = await send('GET', `${apiUrl}${path}?wait=25&${query}`);
      const text = 'The Limit field must be a whole number from 1 to 500.';
      assert.deepEqual([status, body['errors']], [400, { Limit: [text] }], query);
    }
    for (const query of ['limit=1&limit=1', 'limit=1&LIMIT=2']) {
      const { status, body } = await send('GET', `${apiUrl}${path}?${query}`);
      assert.deepEqual([status, body['errors']], [400, { Limit: ['The Limit field must be sent once.'] }], query);
    }
  });

test('400 for an empty filter or cursor, a flag that is neither true nor false, and anything that is sent twice', async (t) => {
  const { apiUrl } = await openListeners(t);
  const setupIntent = `/setup-intents/si_sandbox_${none.slice(1)}`;
  for (const [method, path, field] of [
    ['GET', '/events?events=', 'Events'],
    ['GET', '/events?after=', 'After'],
    ['GET', '/events?after=newest&After=1', 'After'],
    ['GET', '/events?wait=26', 'Wait'],
    ['GET', `${pages.deliveries}?before=newest`, 'Before'],
    ['DELETE', `${setupIntent}?includeAuthorized=`, 'IncludeAuthorized'],
    ['DELETE', `${setupIntent}?includeAuthorized=true&includeauthorized=false`, 'IncludeAuthorized'],
  ] as const) {
    const { status, body } = await send(method, `${apiUrl}${path}`);
    assert.deepEqual([status, Object.keys(body['errors'] ?? {})], [400, [field]], path);
  }
});

test('200 with what was asked for, whatever the case of a name', async (t) => {
  const { apiUrl } = await openListeners(t);
  for (const query of ['', '?After=newest', '?LIMIT=1&wait=0', '?after=0&limit=500'])
    assert.equal((await send('GET', `${apiUrl}/events${query}`)).status, 200, query);
});
