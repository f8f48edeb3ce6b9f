import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:https';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import Type from 'typebox';
import { addLinkCall } from '../../src/http/link-listener.ts';
import { linkGreeting, linkGreetingHeader } from '../../src/link/link-greeting.ts';
import { openLinkPeer } from '../../src/link/link-peer.ts';
import { openLinkAgent } from '../../src/link/link-agent.ts';
import type { LinkIdentity } from '../../src/link/peer-identity.ts';
import { listenOnLink, openAuthority, openCaller, openLog } from './open-link.ts';

const ours = openAuthority();
const theirs = openAuthority();
const hour = 60 * 60 * 1000;
const vaultSide = ours.issue('strongroom-vault', ['strongroom-api', 'strongroom-worker']);
const api = ours.issue('strongroom-api', ['strongroom-vault']);

/** A listener that counts what it did. */
const openDoor = async (t: TestContext, identity: LinkIdentity = vaultSide) => {
  const { logger, logged } = openLog();
  const done: unknown[] = [];
  const door = await listenOnLink(
    identity,
    (listener) =>
      addLinkCall(listener, '/work', Type.Object({}), async (body) => {
        done.push(body);
        return { done: done.length };
      }),
    logger,
  );
  t.after(() => door.close());
  return { url: door.url, done, logged };
};

const call = { path: '/work', body: { task: 1 }, timeoutMs: 5_000, isRepeatable: false };

const callAs = async (t: TestContext, identity: LinkIdentity, url: string) => {
  const caller = openCaller(identity);
  t.after(() => caller.close());
  return caller.peerAt(url).call(call);
};

/** A call by whatever means, as somebody would make it who does not use our client. */
const callPlainly = (
  url: string,
  tls: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<number | string> =>
  new Promise((resolve) => {
    const sent = request(
      `${url}/work`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        ca: ours.ca,
        ...tls,
        checkServerIdentity: () => undefined,
        agent: false,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end('{}');
  });

const greeting = { [linkGreetingHeader]: linkGreeting('sandbox') };

describe('the private listener', () => {
  it('does what a part asks whose name it was told', async (t) => {
    const { url, done } = await openDoor(t);
    const answered = await callAs(t, api, url);
    assert.ok(answered.ok);
    assert.deepEqual(answered.value, { status: 200, body: '{"done":1}' });
    assert.deepEqual(done, [{ task: 1 }]);
  });

  it('has no connection for who shows no certificate, one of another authority, or one out of date', async (t) => {
    const { url, done, logged } = await openDoor(t);
    const none = await callPlainly(url, {}, greeting);
    const strangers = [
      { ...theirs.issue('strongroom-api', ['strongroom-vault']), ca: ours.ca },
      ours.issue('strongroom-api', ['strongroom-vault'], Date.now() - hour),
    ];
    const others = [];
    for (const { cert, key } of strangers) others.push(await callPlainly(url, { cert, key }, greeting));
    for (const refused of [none, ...others]) assert.match(String(refused), /^(ERR_SSL_|ECONNRESET|EPIPE)/);
    for (const identity of strangers) assert.ok(!(await callAs(t, identity, url)).ok);
    assert.deepEqual(done, []);
    const refusals = logged.filter(({ level, message }) => level === 'warn' && message === 'link: a handshake failed');
    assert.deepEqual(
      refusals.map(({ fields }) => fields['reason']),
      [
        'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE',
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
        'CERT_HAS_EXPIRED',
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
        'CERT_HAS_EXPIRED',
      ],
    );
  });

  it('closes a connection whose handshake is not finished in five seconds, with one line', async (t) => {
    const { url, logged } = await openDoor(t);
    const socket = connect(Number(new URL(url).port), '127.0.0.1').resume();
    await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
    assert.deepEqual(
      logged.map(({ level, fields, message }) => [level, fields['reason'], fields['address'], message]),
      [['warn', 'ERR_TLS_HANDSHAKE_TIMEOUT', '127.0.0.1', 'link: a handshake failed']],
    );
  });

  it('refuses another name with 403 and one line per connection, on every path, and does nothing', async (t) => {
    const { url, done, logged } = await openDoor(t);
    for (const name of ['strongroom-vault', 'strongroom-api.example', 'api', 'localhost']) {
      const answered = await callAs(t, ours.issue(name, ['strongroom-vault']), url);
      assert.ok(answered.ok && answered.value.status === 403, name);
      assert.match(answered.value.body, /urn:strongroom:problem:peer-refused/);
    }
    assert.deepEqual(done, []);
    assert.equal(logged.filter(({ message }) => message === 'link: a stranger was refused').length, 4);
    const { cert, key } = ours.issue('stranger', []);
    for (const path of ['/health/live', '/health/ready', '/nowhere']) {
      assert.equal(await callPlainly(`${url}${path}#`, { cert, key }, greeting), 403, path);
    }
  });

  it('refuses a part of another mode or release, though its name is right', async (t) => {
    const { url, done } = await openDoor(t);
    const { cert, key } = api;
    const others: readonly Readonly<Record<string, string>>[] = [
      {},
      { [linkGreetingHeader]: linkGreeting('prod') },
      { [linkGreetingHeader]: '2 sandbox' },
    ];
    for (const headers of others) assert.equal(await callPlainly(url, { cert, key }, headers), 403);
    assert.equal(await callPlainly(url, { cert, key }, greeting), 200);
    assert.deepEqual(done, [{}]);
  });

  it('speaks TLS 1.3 only', async (t) => {
    const { url, done } = await openDoor(t);
    const { cert, key } = api;
    assert.match(
      String(await callPlainly(url, { cert, key, maxVersion: 'TLSv1.2' }, greeting)),
      /^(EPROTO|ECONNRESET|ERR_SSL_)/,
    );
    assert.deepEqual(done, []);
  });

  it('takes no body over 256 KiB', async (t) => {
    const { url, done } = await openDoor(t);
    const caller = openCaller(api);
    t.after(() => caller.close());
    const answered = await caller.peerAt(url).call({ ...call, body: { task: 'x'.repeat(256 * 1024) } });
    assert.ok(!answered.ok || answered.value.status === 413);
    assert.deepEqual(done, []);
  });
});

describe('the calling end', () => {
  it('sends nothing to who has another name, another authority, or a certificate out of date', async (t) => {
    const impostors = [
      ours.issue('strongroom-worker', ['strongroom-api']),
      theirs.issue('strongroom-vault', ['strongroom-api']),
      { ...vaultSide, ...ours.issue('strongroom-vault', ['strongroom-api'], Date.now() - hour) },
    ];
    for (const impostor of impostors) {
      const { url, done } = await openDoor(t, { ...impostor, ca: ours.ca });
      const answered = await callAs(t, api, url);
      assert.ok(!answered.ok && answered.error.failure === 'not-sent');
      assert.deepEqual(done, []);
    }
  });

  it('opens a breaker after five failures in a row, looks again now and then, and closes it by a success', async (t) => {
    const door = await openDoor(t);
    const clock = { at: 0, now: () => clock.at };
    const { logger, logged } = openLog();
    const agent = openLinkAgent(api);
    t.after(() => agent.close());
    let origin = 'https://127.0.0.1:9';
    let tries = 0;
    const counting = {
      ...agent,
      send: (sent: Parameters<typeof agent.send>[0]) => {
        tries += 1;
        return agent.send({ ...sent, origin });
      },
    };
    const peer = openLinkPeer({
      agent: counting,
      origin,
      environment: 'sandbox',
      clock,
      pause: () => Promise.resolve(),
      logger,
    });
    for (let failures = 0; failures < 5; failures++) assert.ok(!(await peer.call(call)).ok);
    assert.equal(tries, 5);
    const notTried = await peer.call(call);
    assert.ok(!notTried.ok && notTried.error.failure === 'not-sent');
    assert.equal(tries, 5);
    clock.at += 500;
    assert.ok(!(await peer.call(call)).ok);
    assert.ok(!(await peer.call(call)).ok);
    assert.equal(tries, 6);
    assert.ok(!peer.isReachable());
    origin = door.url;
    clock.at += 1_000;
    assert.ok((await peer.call(call)).ok);
    assert.ok(peer.isReachable());
    assert.deepEqual(
      logged.filter(({ level }) => level !== 'debug').map(({ message }) => message),
      ['link: the peer does not answer', 'link: the peer answers again'],
    );
  });

  it('says once that the other part refuses it, asks it now and then, and says when it is taken again', async (t) => {
    const door = await openDoor(t);
    const { logger, logged } = openLog();
    const agent = openLinkAgent(api);
    t.after(() => agent.close());
    let mode = 'prod';
    const speaking = {
      ...agent,
      send: (sent: Parameters<typeof agent.send>[0]) =>
        agent.send({ ...sent, headers: { ...sent.headers, [linkGreetingHeader]: `1 ${mode}` } }),
    };
    const pause = (): Promise<void> => Promise.resolve();
    const clock = { at: 0, now: () => clock.at };
    const peer = openLinkPeer({ agent: speaking, origin: door.url, environment: 'sandbox', clock, pause, logger });
    for (let calls = 0; calls < 5; calls++) {
      const answered = await peer.call(call);
      assert.ok(answered.ok && answered.value.status === 403);
    }
    assert.ok(!peer.isReachable());
    const notTried = await peer.call(call);
    assert.ok(!notTried.ok && notTried.error.failure === 'not-sent');
    assert.deepEqual(door.done, []);
    mode = 'sandbox';
    clock.at += 60_000;
    assert.ok((await peer.call(call)).ok);
    assert.ok(peer.isReachable());
    assert.deepEqual(
      logged.map(({ level, message }) => [level, message]),
      [
        ['error', 'link: the peer refused us (names, mode or release differ)'],
        ['info', 'link: the peer answers again'],
      ],
    );
  });

  it('tries again what is as good asked twice, three times in all, and nothing else', async (t) => {
    const agent = openLinkAgent(api);
    t.after(() => agent.close());
    for (const [isRepeatable, expected] of [
      [true, 3],
      [false, 1],
    ] as const) {
      let tries = 0;
      const counting = {
        ...agent,
        send: (sent: Parameters<typeof agent.send>[0]) => {
          tries += 1;
          return agent.send(sent);
        },
      };
      const { logger } = openLog();
      const pause = (): Promise<void> => Promise.resolve();
      const peer = openLinkPeer({
        agent: counting,
        origin: 'https://127.0.0.1:9',
        environment: 'sandbox',
        clock: { now: () => 0 },
        pause,
        logger,
      });
      assert.ok(!(await peer.call({ ...call, isRepeatable })).ok);
      assert.equal(tries, expected);
    }
  });
});
