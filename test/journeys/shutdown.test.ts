import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readPrintedAddresses } from '../../src/cli/demo/printed-addresses.ts';
import { assertProblem } from './assert-problem.ts';
import { freePort } from './free-port.ts';
import { type Client, openClient } from './open-client.ts';
import { readDatabase } from './read-books.ts';
import { compileCache, type RunningStrongroom, startStrongroom } from './start-strongroom.ts';
import { until } from './until.ts';

const cardLostBefore = '4000000020000008';

/** A charge that has left for the acquirer and is not answered yet. */
const chargeInFlight = async (strongroom: Pick<RunningStrongroom, 'dataDir'>, client: Client) => {
  const setupIntentId = (await client.tokenise(cardLostBefore)).shown.id;
  const { id } = (await client.createPaymentIntent({ setupIntentId })).shown;
  const answer = client.charge(id).catch(() => 'cut off' as const);
  await until('the attempt', () =>
    readDatabase(strongroom.dataDir, 'select id from charge_attempts where payment_intent_id = ?', id).length === 1
      ? true
      : undefined,
  );
  return { id, answer };
};

/** Announces a request whose end is still to come, as a probe does whose packets are slow. */
const beginProbe = async (url: string) => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  await new Promise<void>((sent) => socket.write('GET /health/ready HTTP/1.1\r\nhost: x\r\n', () => sent()));
  const answer = text(socket);
  return { finish: (): Promise<string> => (socket.write('\r\n'), answer) };
};

describe('SIGTERM', () => {
  it('lets a charge in flight come to its answer, turns readiness off, and ends with 0 within 10 seconds', async () => {
    const strongroom = await startStrongroom({ env: { STRONGROOM_ACQUIRER_TIMEOUT_MS: '1500' } });
    const client = openClient(strongroom);
    const { answer } = await chargeInFlight(strongroom, client);
    const probes = await Promise.all([strongroom.apiUrl, strongroom.pciUrl].map(beginProbe));
    // Another call on each listener has gone through after them, so the server has read the beginning of both probes.
    await Promise.all([client.api('GET', '/health/live'), client.pci('GET', '/health/live')]);

    const began = Date.now();
    const ended = strongroom.stop();
    await until('the beginning of the end', () => (strongroom.output().includes('"stopping"') ? true : undefined));
    for (const probe of probes) {
      const said = await probe.finish();
      assert.match(said, /^HTTP\/1\.1 503 /);
      assert.match(said, /connection: close/i);
      assert.match(said, /urn:strongroom:problem:shutting-down/);
    }
    await assert.rejects(openClient(strongroom).api('GET', '/health/live'), /ECONNREFUSED/);
    const charged = await answer;
    assert.ok(charged !== 'cut off');
    assert.deepEqual([charged.status, charged.shown.status], [200, 'Failed']);
    assert.equal(await ended, 0);
    assert.ok(Date.now() - began < 10_000);
    assert.match(strongroom.output(), /"stopped"/);
    client.close();
  });

  it('does not wait for an acquirer that never answers: the attempt is on record, and settled at the next start', async () => {
    const strongroom = await startStrongroom({
      env: { STRONGROOM_ACQUIRER_TIMEOUT_MS: '60000', STRONGROOM_SHUTDOWN_GRACE_MS: '300' },
    });
    const client = openClient(strongroom);
    const { answer, id } = await chargeInFlight(strongroom, client);
    const states = (): unknown =>
      readDatabase(strongroom.dataDir, 'select state from charge_attempts where payment_intent_id = ?', id)[0]?.[
        'state'
      ];
    assert.equal(states(), 'pending');
    const began = Date.now();
    assert.equal(await strongroom.stop(), 0);
    assert.ok(Date.now() - began < 5_000, `${Date.now() - began} ms`);
    assert.equal(await answer, 'cut off');
    client.close();
  });

  it('given twice ends the server at once', async () => {
    const strongroom = await startStrongroom({ env: { STRONGROOM_ACQUIRER_TIMEOUT_MS: '60000' } });
    const client = openClient(strongroom);
    const { answer } = await chargeInFlight(strongroom, client);
    const ended = strongroom.stop();
    await until('the beginning of the end', () => (strongroom.output().includes('"stopping"') ? true : undefined));
    await strongroom.stop();
    assert.equal(await ended, 1);
    assert.equal(await answer, 'cut off');
    client.close();
  });
});

describe('npm start', () => {
  it('hands SIGTERM on to the server, and ends with its 0', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'strongroom-npm-start-'));
    const { PATH = '' } = process.env;
    const settings = { STRONGROOM_API_PORT: '0', STRONGROOM_PCI_PORT: '0', STRONGROOM_DATA_DIR: join(folder, 'data') };
    const npm = spawn('npm', ['start'], {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      env: { ...compileCache, ...settings, PATH, HOME: folder, npm_config_update_notifier: 'false' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(npm, 'close') as Promise<[number | null]>;
    let printed = '';
    npm.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    const addresses = await until('the start', () => readPrintedAddresses(printed));
    npm.kill('SIGTERM');
    assert.equal((await ended)[0], 0);
    assert.match(printed, /stopped/);
    await assert.rejects(openClient(addresses).api('GET', '/health/live'), /ECONNREFUSED/);
    rmSync(folder, { recursive: true, force: true });
  });
});

const folder = mkdtempSync(join(tmpdir(), 'strongroom-unwritable-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A pipe that is full, for as long as both of its ends are open. */
const openFullPipe = () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const writer = openSync(path, 'w');
  rmSync(path);
  // One byte at last: what a write does not take whole, it may take in part.
  for (const size of [4_096, 1])
    assert.throws(() => {
      for (;;) writeSync(reader, Buffer.alloc(size));
    }, /EAGAIN/);
  return { stdout: writer, close: () => [reader, writer].forEach(closeSync) };
};

const openFullDisk = () => {
  const stdout = openSync('/dev/full', 'w');
  return { stdout, close: () => closeSync(stdout) };
};

const unwritable = {
  'that nobody reads any more': () => ({ stdout: 'pipe' as const, close: () => {}, isLeft: true }),
  'on a full disk': openFullDisk,
  'whose reader has stalled': openFullPipe,
};

/** A server that cannot say on which ports it listens. */
const startUnheard = async (
  t: TestContext,
  open: () => { stdout: number | 'pipe'; close: () => void; isLeft?: boolean },
  form: string,
) => {
  const [apiPort, pciPort] = [await freePort(), await freePort()];
  const urls = { apiUrl: `http://127.0.0.1:${apiPort}`, pciUrl: `http://127.0.0.1:${pciPort}` };
  const dataDir = mkdtempSync(join(folder, 'data-'));
  const settings = {
    STRONGROOM_API_PORT: `${apiPort}`,
    STRONGROOM_PCI_PORT: `${pciPort}`,
    STRONGROOM_DATA_DIR: dataDir,
    STRONGROOM_ACQUIRER_TIMEOUT_MS: '60000',
    STRONGROOM_LOG: form,
  };
  const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const output = open();
  const server = spawn(process.execPath, [entry, 'serve'], {
    env: { ...compileCache, ...settings },
    stdio: ['ignore', output.stdout, 'pipe'],
  });
  const ended = once(server, 'exit');
  if (output.isLeft === true) server.stdout?.destroy();
  server.stderr?.destroy();
  const client = openClient(urls);
  t.after(() => {
    client.close();
    server.kill('SIGKILL');
    output.close();
  });
  await until('the start', () =>
    client.pci('GET', '/health/ready').then(
      () => true as const,
      () => undefined,
    ),
  );
  return { server, ended, client, urls, dataDir };
};

for (const form of ['json', 'pretty'])
  describe(`a server with a log (${form})`, () => {
    for (const [place, open] of Object.entries(unwritable))
      it(`${place} starts, works, and ends with 0`, async (t) => {
        const { server, ended, client } = await startUnheard(t, open, form);
        for (let call = 0; call < 3; call++) assert.equal((await client.tokenise('5200000000001005')).status, 200);
        server.kill('SIGTERM');
        assert.deepEqual(await ended, [0, null]);
      });

    it('whose reader is late gets every line, to the last', async (t) => {
      const { server, client } = await startUnheard(t, () => ({ stdout: 'pipe', close: () => {} }), form);
      const calls = 3_000;
      for (let called = 0; called < calls; called += 50)
        await Promise.all(Array.from({ length: 50 }, () => client.api('GET', '/nowhere')));
      server.kill('SIGTERM');
      assert.ok(server.stdout !== null);
      const printed = await text(server.stdout);
      assert.equal(printed.match(/"?status"?: ?404/g)?.length, calls);
      assert.match(printed, /stopped/);
    });

    it('whose reader has stalled ends at once when it is told twice', async (t) => {
      const { server, ended, client, urls, dataDir } = await startUnheard(t, openFullPipe, form);
      const { answer } = await chargeInFlight({ dataDir }, client);
      server.kill('SIGTERM');
      await until('the beginning of the end', async () => {
        const newcomer = openClient(urls);
        const isLetIn = await newcomer.api('GET', '/health/live').then(
          () => true,
          () => false,
        );
        newcomer.close();
        return isLetIn ? undefined : true;
      });
      server.kill('SIGTERM');
      assert.deepEqual(await ended, [1, null]);
      assert.equal(await answer, 'cut off');
    });
  });

describe('health', () => {
  it('is told by both listeners, to anyone, without a version', async () => {
    const strongroom = await startStrongroom();
    const client = openClient(strongroom);
    for (const send of [client.api, client.pci])
      for (const path of ['/health/live', '/health/ready', '/health/ready/']) {
        const reply = await send('GET', path, { key: null, version: null });
        assert.deepEqual([reply.status, reply.shown], [200, { status: 'up' }]);
      }
    client.close();
    assert.equal(await strongroom.stop(), 0);
  });

  it('is not ready while the database cannot be written, says so with 503, and recovers by itself', async () => {
    const strongroom = await startStrongroom();
    const client = openClient(strongroom);
    const { id } = (await client.createPaymentIntent()).shown;
    const intruder = new DatabaseSync(join(strongroom.dataDir, 'strongroom.db'));
    intruder.exec('begin immediate');
    try {
      const [api, pci, creation] = await Promise.all([
        client.api('GET', '/health/ready'),
        client.pci('GET', '/health/ready'),
        client.createPaymentIntent(),
      ]);
      for (const reply of [api, pci, creation]) assertProblem(reply, 503, 'store-unavailable');
      assert.equal((await client.api('GET', '/health/live')).status, 200);
      assert.equal((await client.api('GET', `/payment-intents/${id}`)).status, 200, 'reading goes on');
    } finally {
      intruder.exec('rollback');
      intruder.close();
    }
    assert.equal((await client.api('GET', '/health/ready')).status, 200);
    assert.equal((await client.createPaymentIntent()).status, 200);
    client.close();
    assert.equal(await strongroom.stop(), 0);
  });
});
