import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { assertLogged, assertProblem, collectRefusals } from './assert-problem.ts';
import { type Call, type Client, openClient, type Reply } from './open-client.ts';
import { runCommand } from './run-command.ts';
import { publicSandboxKey, type RunningStrongroom, startStrongroom } from './start-strongroom.ts';

const unknownKey = `sk_sandbox_${'A'.repeat(86)}`;
const missingIds = { si: 'si_sandbox_AAAAAAAAAAAAAAAAAAAAAA', pi: 'pi_sandbox_AAAAAAAAAAAAAAAAAAAAAA' };
/** In what is sent, and never in what is answered. */
const marker = 'zebra';

let strongroom: RunningStrongroom;
let client: Client;
let accountId: string;
before(async () => {
  strongroom = await startStrongroom();
  client = openClient(strongroom);
  accountId = (await runCommand(['accounts', 'create', 'Bad calls'], strongroom.dataDir)).stdout.trim();
});
after(async () => {
  client.close();
  assert.equal(await strongroom.stop(), 0);
});

const { refused, seen } = collectRefusals(marker);

/** The calls that read a body, one of each kind and listener. */
const bodyTakers: Readonly<Record<string, (call: Call) => Promise<Reply>>> = {
  'a setup intent with a card': (call) => client.pci('POST', '/setup-intents', call),
  'a setup intent': (call) => client.api('POST', '/setup-intents', call),
  'a payment intent': (call) => client.api('POST', '/payment-intents', call),
};

describe('an id', () => {
  const wrong = [
    'x',
    'si_sandbox_',
    'si_sandbox_short',
    `si_sandbox_${'A'.repeat(23)}`,
    'SI_sandbox_AAAAAAAAAAAAAAAAAAAAAA',
    missingIds.pi,
    "si_sandbox_'or'1'='1'AAAAAAA",
    'si_sandbox_AAAAAAAAAAAAAAAAAAAAA%00',
    'z'.repeat(900),
  ];
  it('of the wrong shape is refused on every call', async () => {
    for (const id of wrong)
      for (const [method, path, caller] of [
        ['GET', `/setup-intents/${id}`, {}],
        ['DELETE', `/setup-intents/${id}`, {}],
        ['POST', `/setup-intents/${id}/refresh-client-session-secret`, {}],
        ['GET', `/setup-intents/public/${id}`, { key: null }],
        ['POST', `/setup-intents/public/${id}/refresh-client-session-secret`, { key: null }],
      ] as const)
        await refused(client.api(method, path, caller), 400, 'id-malformed');
    for (const [method, suffix] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/charge'],
      ['POST', '/refresh-client-session-secret'],
    ] as const)
      await refused(client.api(method, `/payment-intents/${missingIds.si}${suffix}`), 400, 'id-malformed');
  });

  it('that is beyond all measure, or no text at all, finds nothing', async () => {
    for (const path of [
      `/setup-intents/${'z'.repeat(5_000)}`,
      '/setup-intents/%ff%fe',
      '/setup-intents/%',
      '/setup-intents/a/b/c',
      '/zebra',
      '//',
      '/setup-intents/..%2f..%2fetc',
    ]) {
      const reply = await client.api('GET', path);
      assert.ok(reply.status === 400 || reply.status === 404, `${path.slice(0, 40)} ${reply.status}`);
      assertProblem(reply, reply.status, reply.status === 404 ? 'route-unknown' : 'id-malformed');
    }
  });

  it('of the right shape that names nothing is not found', async () => {
    for (const [method, path] of [
      ['GET', `/setup-intents/${missingIds.si}`],
      ['DELETE', `/setup-intents/${missingIds.si}`],
    ] as const)
      await refused(client.api(method, path), 404, 'setup-intent-not-found');
    for (const [method, path] of [
      ['GET', `/payment-intents/${missingIds.pi}`],
      ['POST', `/payment-intents/${missingIds.pi}/charge`],
    ] as const)
      await refused(client.api(method, path), 404, 'payment-intent-not-found');
  });
});

describe('a version', () => {
  it('that is missing or no date is refused, on public calls too', async () => {
    for (const send of [client.createPaymentIntent, client.createSetupIntent]) {
      await refused(send({}, { version: null }), 400, 'version-missing');
      await refused(send({}, { version: '' }), 400, 'version-missing');
      for (const version of ['latest', '1', '2024-13-01', '2024-02-30', '20240205', '2024-02-05T00:00:00Z'])
        await refused(send({}, { version }), 400, 'version-invalid');
    }
    await refused(client.tokenise('5200000000001005', {}, { version: null }), 400, 'version-missing');
    await refused(client.tokenise('5200000000001005', {}, { version: 'zebra' }), 400, 'version-invalid');
    await refused(
      client.api('GET', `/setup-intents/public/${missingIds.si}`, { key: null, version: null }),
      400,
      'version-missing',
    );
  });

  it('before, between and after the releases is understood', async () => {
    for (const version of ['2022-01-03', '2023-06-01', new Date().toISOString().slice(0, 10)])
      assert.equal((await client.createPaymentIntent({}, { version })).status, 200, version);
  });
});

describe('a key', () => {
  const base64 = (value: string): string => Buffer.from(value).toString('base64');
  const everywhere = async (call: Call, status: number, code: string): Promise<void> => {
    for (const send of Object.values(bodyTakers)) await refused(send({ ...call, raw: '{zebra' }), status, code);
    await refused(client.api('GET', `/setup-intents/${missingIds.si}`, call), status, code);
  };

  it('that is missing or no key is refused before the body is looked at', async () => {
    await everywhere({ key: null }, 401, 'key-missing');
    for (const authorization of ['', 'Basic', 'Bearer zebra', `Basic ${'A'.repeat(5_000)}`])
      await everywhere({ key: null, headers: { authorization } }, 401, 'key-missing');
    for (const key of [
      'zebra',
      unknownKey,
      `${publicSandboxKey}x`,
      publicSandboxKey.slice(0, -1),
      base64(`${unknownKey}:`),
      base64('zebra:'),
      '\u00ff\u00fe',
    ])
      await everywhere({ key }, 401, 'key-invalid');
  });

  it('of production is refused by a sandbox', async () => {
    await everywhere({ key: publicSandboxKey.replace('sandbox', 'prod') }, 403, 'key-wrong-environment');
  });

  it('in the form that curl -u sends is taken', async () => {
    assert.equal((await client.createPaymentIntent({}, { key: base64(`${publicSandboxKey}:`) })).status, 200);
  });

  it('that is revoked beside the running server is refused at once, on both listeners', async () => {
    const key = (await runCommand(['keys', 'create', accountId], strongroom.dataDir)).stdout.trim();
    assert.equal((await client.createPaymentIntent({}, { key })).status, 200);
    const listed = (await runCommand(['keys', 'list', accountId], strongroom.dataDir)).stdout;
    const keyId = /^key_\S+/.exec(listed)?.[0] ?? '';
    assert.equal((await runCommand(['keys', 'revoke', keyId], strongroom.dataDir)).exitCode, 0);
    await everywhere({ key }, 401, 'key-invalid');
  });
});

describe('a method or place', () => {
  it('that a path of the API does not know is 405, with those that it knows', async () => {
    for (const [method, path, allow] of [
      ['PUT', '/payment-intents', 'POST'],
      ['GET', '/payment-intents', 'POST'],
      ['PATCH', `/payment-intents/${missingIds.pi}`, 'DELETE, GET, HEAD'],
      ['GET', `/payment-intents/${missingIds.pi}/charge`, 'POST'],
      ['DELETE', '/setup-intents', 'POST'],
    ] as const) {
      const reply = await refused(
        client.api(method, path, { raw: method === 'GET' ? undefined : '{}' } as Call),
        405,
        'method-not-allowed',
      );
      assert.equal(reply.headers['allow'], allow);
    }
  });

  it('other than its one call is unknown to the PCI listener', async () => {
    for (const [method, path] of [
      ['GET', '/setup-intents'],
      ['DELETE', '/setup-intents'],
      ['GET', `/setup-intents/${missingIds.si}`],
      ['DELETE', `/setup-intents/${missingIds.si}`],
      ['POST', '/payment-intents'],
      ['POST', `/payment-intents/${missingIds.pi}/charge`],
      ['GET', `/setup-intents/public/${missingIds.si}`],
    ] as const)
      await refused(client.pci(method, path), 404, 'route-unknown');
  });

  it('that is not even HTTP gets a problem, too', async () => {
    const sayRaw = async (url: string, bytes: string): Promise<string> => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      await once(socket, 'connect');
      socket.end(bytes);
      return text(socket);
    };
    const smuggled =
      'POST /payment-intents HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nzebra';
    for (const url of [strongroom.apiUrl, strongroom.pciUrl]) {
      for (const bytes of [
        'zebra\r\n\r\n',
        'GET / HTTP/1.1\r\nhost\u0000: x\r\n\r\n',
        smuggled,
        `GET / HTTP/1.1\r\nx: ${'z'.repeat(20_000)}\r\n\r\n`,
      ]) {
        const answer = await sayRaw(url, bytes);
        assert.match(answer, /^HTTP\/1\.1 4(00|31) [^]*application\/problem\+json[^]*"traceId":"00-[0-9a-f]{32}-/);
        assert.doesNotMatch(answer, /zebra|zzz/);
      }
    }
  });
});

it('a caller finds his own trace in the answer, and a forged one is replaced', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const own = await client.createPaymentIntent(
    { amount: 5 },
    { headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` } },
  );
  assert.match(own.shown.traceId, new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
  for (const traceparent of [
    'zebra',
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    '00-abcdefabcdefabcd5200000000001005-b7ad6b7169203331-01',
  ])
    assert.ok(
      !(await client.createPaymentIntent({ amount: 5 }, { headers: { traceparent } })).text.includes(
        '5200000000001005',
      ),
    );
});

it('each of these refusals is in the log under its trace id', () => assertLogged(strongroom, seen));

it('none of this was an error of the server', () => {
  assert.ok(seen.length > 100, String(seen.length));
  const lines = strongroom
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  assert.deepEqual(
    lines.filter((line) => line.includes('"level":"error"')),
    [],
  );
  assert.equal(strongroom.output().includes(marker), false);
});
