import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { recordAnswer, startBareHttp } from '../floors/bare-http.ts';
import type { RecordedAnswer } from '../floors/bare-http.ts';
import { openConnection, readAnswer } from './connection.ts';
import { captureFlow, drive } from './drive.ts';
import type { Target } from './flow.ts';

const token = 'AZ0aZ9_-AZ0aZ9_-AZ0aZ9';
const headers = { 'content-type': 'application/json; charset=utf-8' };
const recorded: readonly RecordedAnswer[] = [
  { call: 'tokenise', headers, body: `{"id":"si_sandbox_${token}","status":"Authorized"}` },
  { call: 'create payment intent', headers, body: `{"id":"pi_sandbox_${token}","status":"Created"}` },
  { call: 'charge', headers, body: '{"status":"Successful","message":"DEPOSITED"}' },
  { call: 'read setup intent', headers, body: `{"id":"si_sandbox_${token}","status":"Completed"}` },
];
const withAnswer = (changed: RecordedAnswer): readonly RecordedAnswer[] =>
  recorded.map((answer) => (answer.call === changed.call ? changed : answer));

const targetOf = (server: { readonly apiPort: number; readonly pciPort: number }): Target => ({
  host: '127.0.0.1',
  ...server,
  key: 'sk_sandbox_test',
});
const startStandIn = async (answers = recorded): Promise<Target> => {
  const server = await startBareHttp(answers);
  after(() => server.close());
  return targetOf(server);
};

test('an answer is read only when all of its bytes are here', () => {
  const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nA: b\r\n\r\nbody';
  for (let length = 0; length < whole.length; length += 1) assert.equal(readAnswer(whole.slice(0, length)), undefined);
  assert.deepEqual(readAnswer(whole), {
    status: 200,
    head: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nA: b',
    body: 'body',
  });
});

test('an answer without a content length is refused, not guessed at', () => {
  assert.throws(() => readAnswer('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'), /content-length/);
});

test('an answer larger than the read buffer arrives whole', async () => {
  const body = 'y'.repeat(100_000);
  const server = createServer((_request, response) => response.setHeader('content-length', body.length).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  const answer = await new Promise<{ body: string }>((resolve, reject) => {
    const connection = openConnection('127.0.0.1', (server.address() as AddressInfo).port, reject);
    connection.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n', (received) => {
      connection.close();
      resolve(received);
    });
  });
  assert.equal(answer.body, body);
});

test('exactly the flows that were asked for are driven, four calls each, by all lanes together', async () => {
  const result = await drive({ target: await startStandIn(), inFlight: 7, until: { flows: 50 } });
  assert.equal(result.flows, 50);
  assert.equal(result.errors, 0);
  assert.deepEqual(
    Object.values(result.calls).map(({ count }) => count),
    [50, 50, 50, 50],
  );
  assert.equal(result.overall.count, 200);
  assert.ok(result.flowsPerSecond > 0 && result.overall.p99Ms >= result.overall.p50Ms && result.overall.p50Ms > 0);
});

test('a timed run ends at its time', async () => {
  const result = await drive({ target: await startStandIn(), inFlight: 2, until: { seconds: 0.2 } });
  assert.ok(result.flows > 0);
  assert.equal(result.elapsedMs, 200);
});

for (const wrong of [
  { call: 'tokenise', headers, body: `{"id":"si_sandbox_${token}","status":"Created"}` },
  { call: 'create payment intent', headers, body: '{"status":"Created"}' },
  { call: 'charge', headers, body: '{"status":"Declined","message":"DECLINED"}' },
  { call: 'read setup intent', headers, body: `{"id":"si_sandbox_${token}","status":"Authorized"}` },
] as const satisfies readonly RecordedAnswer[]) {
  test(`a wrong answer to "${wrong.call}" is an error and no flow`, async () => {
    const result = await drive({ target: await startStandIn(withAnswer(wrong)), inFlight: 2, until: { flows: 6 } });
    assert.equal(result.flows, 0);
    assert.equal(result.errors, 6);
    assert.ok(result.firstError?.startsWith(`${wrong.call}: `), result.firstError ?? '');
  });
}

test('a server that hangs up is an error', async () => {
  const server = createServer((request) => request.socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const result = await drive({ target: targetOf({ apiPort: port, pciPort: port }), inFlight: 3, until: { flows: 9 } });
  assert.equal(result.flows, 0);
  assert.equal(result.errors, 3);
});

test('a captured flow, replayed by the bare server, gives the same bytes again', async () => {
  const first = await captureFlow(await startStandIn());
  const replay = first.map((answer, index) =>
    recordAnswer(recorded[index]?.call ?? 'charge', answer.head, answer.body),
  );
  const second = await captureFlow(await startStandIn(replay));
  assert.deepEqual(
    second.map(({ body }) => body),
    recorded.map(({ body }) => body),
  );
  assert.match(second[0]?.head ?? '', /content-type: application\/json; charset=utf-8/i);
});

test('a captured flow with a body that is not JSON is refused', async () => {
  const target = await startStandIn(
    withAnswer({ call: 'charge', headers, body: '{"status":"Successful","message":"DEPOSITED"' }),
  );
  await assert.rejects(captureFlow(target), /charge: not JSON/);
});
