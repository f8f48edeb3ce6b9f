import assert from 'node:assert/strict';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { addressPolicies } from '../domain/webhook/address-policy.ts';
import { systemTimers } from '../platform/system-timers.ts';
import type { WebhookRequest } from '../ports/webhook-sender.ts';
import { dojoSignature, standardSignature } from './signature.ts';
import { openUndiciSender, type UndiciSenderOptions } from './undici-sender.ts';

const listen = async (t: TestContext, server: Server): Promise<number> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};

/** A receiver that answers as told, over HTTP or, where that would be too polite, with bytes. */
const receiver = (t: TestContext, answer: RequestListener): Promise<number> => listen(t, createHttpServer(answer));
const rawReceiver = (t: TestContext, answer: (socket: Socket) => void): Promise<number> =>
  listen(
    t,
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    }),
  );

const sender = (t: TestContext, options: Partial<UndiciSenderOptions> = {}) => {
  const opened = openUndiciSender({
    policy: addressPolicies.sandbox,
    timeoutMs: 2_000,
    timers: systemTimers,
    ...options,
  });
  t.after(() => opened.close());
  return opened;
};

const request = (url: string): WebhookRequest => ({
  url,
  notificationId: 'evt_1',
  body: '{"id":"evt_1"}',
  secrets: ['new', 'old'],
  timestamp: 1_700_000_000,
});
const local = (port: number, path = '/hooks?a=1'): WebhookRequest => request(`http://127.0.0.1:${port}${path}`);

test('posts the bytes with every header of the contract', async (t) => {
  const arrived: { url: string | undefined; headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
  const port = await receiver(t, (incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    incoming.on('end', () => {
      arrived.push({ url: incoming.url, headers: incoming.headers, body });
      response.writeHead(202).end('noted');
    });
  });
  assert.deepEqual(await sender(t).send(local(port)), { status: 202, failure: null });
  const [seen] = arrived;
  assert.ok(seen);
  assert.equal(seen.url, '/hooks?a=1');
  assert.equal(seen.body, '{"id":"evt_1"}');
  const { headers } = seen;
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['dojo-signature'], dojoSignature('new', seen.body));
  assert.equal(headers['webhook-id'], 'evt_1');
  assert.equal(headers['webhook-timestamp'], '1700000000');
  assert.equal(headers['webhook-signature'], standardSignature(['new', 'old'], 'evt_1', 1_700_000_000, seen.body));
});

for (const status of [400, 404, 410, 429, 500, 503]) {
  test(`takes ${status} for a failure`, async (t) => {
    const port = await receiver(t, (_request, response) => void response.writeHead(status).end());
    assert.deepEqual(await sender(t).send(local(port)), { status, failure: 'status' });
  });
}

test('does not follow a redirect, and takes it for a failure', async (t) => {
  let followed = 0;
  const target = await receiver(t, (_request, response) => {
    followed += 1;
    response.end();
  });
  const port = await receiver(
    t,
    (_request, response) => void response.writeHead(301, { location: `http://127.0.0.1:${target}/` }).end(),
  );
  assert.deepEqual(await sender(t).send(local(port)), { status: 301, failure: 'status' });
  assert.equal(followed, 0);
});

test('stops reading an answer without end, and keeps its status', async (t) => {
  let written = 0;
  const port = await receiver(t, (_request, response) => {
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed && written < 64 * 1024 * 1024) {
        written += 16_384;
        if (!response.write(Buffer.alloc(16_384))) return void response.once('drain', more);
      }
    };
    response.on('error', () => undefined);
    more();
  });
  assert.deepEqual(await sender(t).send(local(port)), { status: 200, failure: null });
  assert.ok(written < 16 * 1024 * 1024, `the receiver could write ${written} bytes`);
});

test('gives up on a receiver that never answers', async (t) => {
  const port = await rawReceiver(t, () => undefined);
  assert.deepEqual(await sender(t, { timeoutMs: 150 }).send(local(port)), { status: null, failure: 'timeout' });
});

test('gives up on a receiver that sends its headers one byte at a time', async (t) => {
  const port = await rawReceiver(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx: ');
    const drip = setInterval(() => socket.write('y'), 20);
    socket.on('close', () => clearInterval(drip));
  });
  const outcome = await sender(t, { timeoutMs: 150 }).send(local(port));
  assert.deepEqual(outcome, { status: null, failure: 'timeout' });
});

test('names what is no HTTP, a connection that ends, and a port that nobody listens on', async (t) => {
  const garbled = await rawReceiver(t, (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n'));
  assert.equal((await sender(t).send(local(garbled))).failure, 'garbled');
  const lost = await rawReceiver(t, (socket) => socket.destroy());
  assert.equal((await sender(t).send(local(lost))).failure, 'connection-lost');
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  assert.equal((await sender(t).send(local(port))).failure, 'connection-refused');
});

test('refuses headers without end', async (t) => {
  const port = await rawReceiver(t, (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`));
  assert.equal((await sender(t).send(local(port))).failure, 'garbled');
});

test('connects to no address that the policy refuses, written as an address or behind a name', async (t) => {
  let connections = 0;
  const port = await rawReceiver(t, () => undefined);
  const production = { policy: { ...addressPolicies.prod, allowHttp: true } };
  assert.equal((await sender(t, production).send(local(port))).failure, 'address-refused');
  const names: Record<string, string> = {
    'a.example': '127.0.0.1',
    'b.example': '169.254.169.254',
    'c.example': '10.0.0.1',
  };
  const lookup: NonNullable<UndiciSenderOptions['lookup']> = ((
    name: string,
    _options: unknown,
    callback: (error: null, found: { address: string; family: number }[]) => void,
  ) => {
    connections += 1;
    callback(null, [{ address: names[name] ?? '::ffff:127.0.0.1', family: 4 }]);
  }) as never;
  for (const name of Object.keys(names)) {
    const outcome = await sender(t, { ...production, lookup }).send(request(`http://${name}:${port}/`));
    assert.deepEqual(outcome, { status: null, failure: 'address-refused' });
  }
  assert.equal(connections, 3);
});

test('checks a name anew at every connection, so that it cannot move inside later', async (t) => {
  let address = '127.0.0.1';
  const port = await receiver(t, (_request, response) => void response.writeHead(200, { connection: 'close' }).end());
  const lookup: NonNullable<UndiciSenderOptions['lookup']> = ((
    _name: string,
    _options: unknown,
    callback: (error: null, found: { address: string; family: number }[]) => void,
  ) => callback(null, [{ address, family: 4 }])) as never;
  const opened = sender(t, { lookup });
  assert.equal((await opened.send(request(`http://moving.example:${port}/`))).status, 200);
  address = '192.168.0.1';
  assert.equal((await opened.send(request(`http://moving.example:${port}/`))).failure, 'address-refused');
});

test('speaks no http in production', async (t) => {
  const opened = sender(t, { policy: { allowHttp: false, allowLoopback: true } });
  const port = await receiver(t, (_request, response) => void response.end());
  assert.equal((await opened.send(local(port))).failure, 'address-refused');
});
