import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { openApi } from './listener.fixture.ts';

test('a flood of connections ends at a cap: one more is closed, those that are there are served, and the log says it once', async (t) => {
  const { api, url, logged } = await openApi(t);
  assert.ok(api.server.maxConnections >= 1_000, 'far more than a proxy keeps');
  assert.ok(api.server.maxConnections <= 10_000, 'far less than a process can open');

  api.server.maxConnections = 2;
  const port = Number(new URL(url).port);
  const open = async (): Promise<readonly [here: Socket, there: Socket]> => {
    const here = connect(port, '127.0.0.1');
    const [there] = (await once(api.server, 'connection')) as [Socket];
    return [here, there];
  };
  const [first, firstThere] = await open();
  const [second] = await open();
  for (let more = 0; more < 2; more += 1) {
    const refused = connect(port, '127.0.0.1').resume();
    await once(refused, 'close');
    assert.equal(refused.bytesRead, 0);
  }
  second.write('GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  const [answer] = (await once(second, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 200 /);

  first.destroy();
  await once(firstThere, 'close');
  assert.equal((await fetch(`${url}/health/live`)).status, 200);
  const said = logged.filter(({ message }) => message.startsWith('connections:'));
  assert.deepEqual(
    said.map(({ level, fields }) => [level, fields['listener']]),
    [['warn', 'api']],
  );
});
