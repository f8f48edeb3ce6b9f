import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { openApi, sendRaw } from './listener.fixture.ts';

test('bytes that are not HTTP get a problem and a closed connection', async (t) => {
  const { url } = await openApi(t);
  const nonsense = await sendRaw(url, 'nonsense\r\n\r\n');
  assert.match(nonsense, /^HTTP\/1.1 400 .*problem\+json.*request-unreadable/s);
  const large = await sendRaw(url, `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`);
  assert.match(large, /^HTTP\/1.1 431 .*"status":431/s);
});

test('a problem document for what Node itself would refuse without words', async (t) => {
  const { url } = await openApi(t);
  const noHost = await sendRaw(url, 'GET /health/live HTTP/1.1\r\nconnection: close\r\n\r\n');
  assert.match(noHost, /^HTTP\/1.1 400 .*problem\+json.*request-unreadable/s);
  const unmet = await sendRaw(url, 'GET /health/live HTTP/1.1\r\nhost: x\r\nexpect: a miracle\r\n\r\n');
  assert.match(unmet, /^HTTP\/1.1 417 .*problem\+json.*"status":417/s);
  const tunnel = await sendRaw(url, 'CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n');
  assert.match(tunnel, /^HTTP\/1.1 405 .*problem\+json.*"status":405/s);
  const old = await sendRaw(url, 'GET /health/live HTTP/1.0\r\n\r\n');
  assert.match(old, /^HTTP\/1.1 200 /);
});

test('a connection whose headers do not end is answered 408 and closed within seconds', async (t) => {
  const { url } = await openApi(t);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET /health/live HTTP/1.1\r\nhost: x\r\n');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
  // The five seconds for headers, and the second in which that is noticed.
  await once(socket, 'close', { signal: AbortSignal.timeout(9_000) });
  assert.match(answer, /^HTTP\/1\.1 408 /);
});
