import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openStrongroom, type WebhookEvent, webhooks } from '../../packages/sdk/src/index.ts';
import type { Strongroom } from '../../packages/sdk/src/index.ts';
import { freePort } from './free-port.ts';
import { runCommand } from './run-command.ts';
import { publicSandboxKey, startStrongroom } from './start-strongroom.ts';
import type { RunningStrongroom } from './start-strongroom.ts';
import { until } from './until.ts';

const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'strongroom-listen-'));
const dataDir = join(folder, 'data');

let strongroom: RunningStrongroom;
let client: Strongroom;
let apiPort: number;
const startServer = async (): Promise<void> => {
  strongroom = await startStrongroom({ dataDir, env: { STRONGROOM_API_PORT: String(apiPort) } });
  client = openStrongroom({ key: publicSandboxKey, apiUrl: strongroom.apiUrl, pciUrl: strongroom.pciUrl });
};
before(async () => {
  apiPort = await freePort();
  await startServer();
});
after(async () => {
  await strongroom.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A merchant's receiver on one port, which can be away for a while. What it confirmed is what it verified. */
const openReceiver = async () => {
  const port = await freePort();
  const confirmed: WebhookEvent[] = [];
  const refused: unknown[] = [];
  const stage = { secret: '', status: 204 };
  let server: Server | undefined;
  const open = async (): Promise<void> => {
    server = createServer((request, response) => {
      void text(request)
        .then((body) => webhooks.verify(body, request.headers, stage.secret, { requireTimestamp: true }))
        .then(
          (event) => {
            if (stage.status === 204) confirmed.push(event);
            response.writeHead(stage.status).end();
          },
          (error: unknown) => {
            refused.push(error);
            response.writeHead(400).end();
          },
        );
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const close = async (): Promise<void> => {
    if (server?.listening !== true) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}/hooks`, confirmed, refused, stage, open, close };
};
type Receiver = Awaited<ReturnType<typeof openReceiver>>;

const startListener = async (receiver: Receiver, ...more: readonly string[]) => {
  const args = [entry, 'listen', '--forward-to', receiver.url, '--api-url', strongroom.apiUrl, ...more];
  const child: ChildProcess = spawn(process.execPath, args, {
    env: { STRONGROOM_DATA_DIR: join(folder, 'listener') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (said: string) => (printed += said));
  receiver.stage.secret = await until(
    () => `the start of the listener: ${printed}`,
    () => /^Signing secret: (\S+)$/m.exec(printed)?.[1],
  );
  const end = async (signal: 'SIGKILL' | 'SIGINT'): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    child.kill(signal);
    await once(child, 'close');
    return child.exitCode;
  };
  return { printed: () => printed, end };
};

const order = { reference: 'Booking 234', merchantInitiatedTransactionType: 'NoShow', terms: 'Terms.' } as const;
/** Two events: it is created, and canceled. */
const makeTwoEvents = async (): Promise<string> => {
  const { id } = await client.setupIntents.create(order);
  await client.setupIntents.delete(id);
  return id;
};
const statusesOf = (receiver: Receiver, id: string): readonly string[] =>
  receiver.confirmed.flatMap((event) =>
    'setupIntentId' in event.data && event.data.setupIntentId === id ? [event.data.setupIntentStatus] : [],
  );
const arrived = (receiver: Receiver, id: string, listener: { printed(): string }): Promise<true> =>
  until(
    () => `the events of ${id}: ${listener.printed()}`,
    () => (statusesOf(receiver, id).includes('Canceled') ? true : undefined),
  );

describe('strongroom listen', () => {
  it('brings events in order, signed with the secret that it printed, and logs each with its status and time', async () => {
    const receiver = await openReceiver();
    await receiver.open();
    const listener = await startListener(receiver);
    const id = await makeTwoEvents();
    await arrived(receiver, id, listener);
    assert.deepEqual(statusesOf(receiver, id), ['Created', 'Canceled']);
    assert.deepEqual(receiver.refused, []);
    await until('the line', () => (listener.printed().includes('status_updated') ? true : undefined));
    assert.match(
      listener.printed(),
      new RegExp(`setup_intent\\.status_updated {2}${id} {2}evt_\\S+ {2}204 {2}\\d+ ms`),
    );
    assert.equal(await listener.end('SIGINT'), 0);
    await receiver.close();
  });

  it('loses nothing while the receiver, the server or itself is away, kill -9 included', async () => {
    const receiver = await openReceiver();
    const ids: string[] = [];
    let listener = await startListener(receiver);
    // The receiver is down, then fails, then works.
    ids.push(await makeTwoEvents());
    await until('a try', () => (listener.printed().includes('nobody listens there') ? true : undefined));
    receiver.stage.status = 500;
    await receiver.open();
    await until('another try', () => (/ 500 {2}\d+ ms {2}again/.test(listener.printed()) ? true : undefined));
    receiver.stage.status = 204;
    await arrived(receiver, ids[0] ?? '', listener);
    // The listener dies, and much happens meanwhile.
    await listener.end('SIGKILL');
    for (let count = 0; count < 5; count += 1) ids.push(await makeTwoEvents());
    const secret = receiver.stage.secret;
    listener = await startListener(receiver);
    assert.equal(receiver.stage.secret, secret);
    await arrived(receiver, ids.at(-1) ?? '', listener);
    // The server dies and comes back.
    await strongroom.kill();
    await until('the silence', () => (listener.printed().includes('does not answer') ? true : undefined));
    await startServer();
    ids.push(await makeTwoEvents());
    await arrived(receiver, ids.at(-1) ?? '', listener);
    for (const id of ids) {
      const [first, ...rest] = statusesOf(receiver, id);
      assert.equal(first, 'Created');
      assert.equal(rest.at(-1), 'Canceled');
    }
    await listener.end('SIGINT');
    await receiver.close();
  });

  it('forwards only what was asked for', async () => {
    const receiver = await openReceiver();
    await receiver.open();
    const listener = await startListener(receiver, '--events', 'setup_intent.status_updated');
    const id = await makeTwoEvents();
    await arrived(receiver, id, listener);
    assert.deepEqual(statusesOf(receiver, id), ['Canceled']);
    await listener.end('SIGINT');
    await receiver.close();
  });

  it('says what is wrong and fails: an event that does not exist, a key, an address', async () => {
    const listen = (...args: readonly string[]) =>
      runCommand(['listen', '--api-url', strongroom.apiUrl, ...args], join(folder, 'other'));
    const hooks = ['--forward-to', 'http://127.0.0.1:9/hooks'] as const;
    for (const [args, said] of [
      [[...hooks, '--events', 'nothing.happened'], /Events: .*GET \/webhooks\/events/],
      [[...hooks, '--key', 'sk_sandbox_wrong'], /401/],
      [['--forward-to', 'localhost:3000'], /--forward-to takes an address/],
    ] as const) {
      const { exitCode, stderr } = await listen(...args);
      assert.equal(exitCode, 1, stderr);
      assert.match(stderr, said);
    }
  });
});

describe('strongroom events', () => {
  const events = (...args: readonly string[]) =>
    runCommand(['events', '--api-url', strongroom.apiUrl, ...args], dataDir);

  it('lists the newest, shows one, and resends it to who wants it', async () => {
    const receiver = await openReceiver();
    await receiver.open();
    const subscription = await client.webhooks.create({ url: receiver.url, events: ['setup_intent.status_updated'] });
    receiver.stage.secret = subscription.secrets[0]?.value ?? '';
    const id = await makeTwoEvents();
    await arrived(receiver, id, { printed: strongroom.output });
    const lines = (await events('list', '--limit', '2')).stdout.trimEnd().split('\n');
    assert.equal(lines.length, 2);
    assert.match(lines[1] ?? '', new RegExp(`setup_intent\\.status_updated +${id} {2}Canceled +evt_`));
    const eventId = /evt_\S+/.exec(lines[1] ?? '')?.[0] ?? '';
    const shown = JSON.parse((await events('show', eventId)).stdout) as { id: string; body: WebhookEvent };
    assert.deepEqual([shown.id, shown.body.id], [eventId, eventId]);

    const resent = await events('resend', eventId);
    assert.match(resent.stdout, new RegExp(`${subscription.id} {2}${receiver.url} {2}Waiting`));
    await until('the repetition', () => (statusesOf(receiver, id).length === 2 ? true : undefined));
    const createdId = /evt_\S+/.exec(lines[0] ?? '')?.[0] ?? '';
    const unwanted = await events('resend', createdId);
    assert.deepEqual([unwanted.exitCode, unwanted.stderr], [1, 'No subscription wants setup_intent.created.\n']);
    await client.webhooks.delete(subscription.id);
    await receiver.close();
  });

  it('resends to the other subscriptions where one holds the event back, and says which', async () => {
    const receiver = await openReceiver();
    await receiver.open();
    const wanted = ['setup_intent.created', 'setup_intent.status_updated'] as const;
    // Nobody listens there, so that the first event waits and holds back the second.
    const dead = await client.webhooks.create({ url: 'http://127.0.0.1:9/hooks', events: wanted });
    const alive = await client.webhooks.create({ url: receiver.url, events: wanted });
    receiver.stage.secret = alive.secrets[0]?.value ?? '';
    const id = await makeTwoEvents();
    await arrived(receiver, id, { printed: strongroom.output });
    const held = await until('the second is held', async () =>
      (await client.webhooks.readDeliveries(dead.id, { limit: 10 })).deliveries.find(({ status }) => status === 'Held'),
    );
    const { exitCode, stdout, stderr } = await events('resend', held.eventId);
    assert.equal(exitCode, 1);
    assert.match(stdout, new RegExp(`${alive.id} .* Waiting\n$`));
    assert.match(stderr, new RegExp(`^${dead.id} {2}409: The delivery waits behind another`));
    for (const subscription of [dead, alive]) await client.webhooks.delete(subscription.id);
    await receiver.close();
  });
});

describe('a key in a file', () => {
  const list = (...args: readonly string[]) => [entry, 'events', '--api-url', strongroom.apiUrl, ...args, 'list'];
  const run = (args: readonly string[], input = '') =>
    spawnSync(process.execPath, args, { input, encoding: 'utf8', env: { STRONGROOM_DATA_DIR: dataDir } });
  const file = join(folder, 'key');

  it('is the one that the server is called with, also from standard input', () => {
    for (const [args, key, said] of [
      [['--key-file', file], publicSandboxKey, ''],
      [['--key-file', '-'], publicSandboxKey, ''],
      [['--key-file', file], 'sk_sandbox_wrong', '401: '],
      [['--key-file', '-'], 'sk_sandbox_wrong', '401: '],
    ] as const) {
      writeFileSync(file, `${key}\n`);
      const { status, stderr } = run(list(...args), `${key}\n`);
      assert.equal(status, said === '' ? 0 : 1, stderr);
      assert.ok(stderr.startsWith(said), stderr);
    }
  });

  it('is all that the file may hold, stands beside no --key, and is never shown', () => {
    writeFileSync(file, 'a-secret and another');
    for (const [args, said] of [
      [['--key-file', file], /does not hold a key/],
      [['--key-file', join(folder, 'nothing')], /cannot be read/],
      [['--key-file', file, '--key', publicSandboxKey], /cannot be used with/],
    ] as const) {
      const { status, stdout, stderr } = run(list(...args));
      assert.notEqual(status, 0);
      assert.match(stderr, said);
      assert.ok(!`${stdout}${stderr}`.includes('a-secret'));
    }
  });
});

describe('strongroom trigger', () => {
  const trigger = (...args: readonly string[]) =>
    runCommand(['trigger', '--api-url', strongroom.apiUrl, '--pci-url', strongroom.pciUrl, ...args], dataDir);
  const statusOf = async (id: string): Promise<string> =>
    id.startsWith('si_')
      ? (await client.setupIntents.read(id)).status
      : (await client.paymentIntents.read(id, { returnCanceled: true })).status;

  for (const [state, expected] of [
    ['setup_intent.created', ['Created']],
    ['setup_intent.authorized', ['Authorized']],
    ['setup_intent.completed', ['Completed', 'Captured']],
    ['setup_intent.expired', ['Expired']],
    ['setup_intent.card_expired', ['CardExpired']],
    ['setup_intent.canceled', ['Canceled']],
    ['setup_intent.closed', ['Closed']],
    ['payment_intent.created', ['Authorized', 'Created']],
    ['payment_intent.captured', ['Completed', 'Captured']],
    ['payment_intent.canceled', ['Authorized', 'Canceled']],
    ['charge.settled', ['Authorized', 'Created']],
  ] as const)
    it(`drives a fresh object to ${state}`, async () => {
      const { stdout, stderr, exitCode } = await trigger(state);
      assert.equal(exitCode, 0, stderr);
      const lines = stdout.trimEnd().split('\n');
      const ids = lines.filter((line) => !line.startsWith(' '));
      assert.deepEqual(await Promise.all(ids.map(statusOf)), expected);
      const told = /\.(created|settled)$/.test(state) ? state : 'status_updated';
      assert.ok(
        lines.some((line) => line.includes(told)),
        stdout,
      );
    });

  it('drives an object of yours, and lets its time pass only if told to', async () => {
    const { id } = await client.setupIntents.create(order);
    const early = await trigger('setup_intent.completed', '--setup-intent', id);
    assert.deepEqual([early.exitCode, /holds no card yet/.test(early.stderr)], [1, true]);
    const still = await trigger('setup_intent.expired', '--setup-intent', id);
    assert.match(still.stderr, /--move-clock/);
    assert.equal(await statusOf(id), 'Created');
    await trigger('setup_intent.expired', '--setup-intent', id, '--move-clock');
    assert.equal(await statusOf(id), 'Expired');
    const authorized = (await trigger('setup_intent.authorized')).stdout.split('\n')[0] ?? '';
    await trigger('setup_intent.completed', '--setup-intent', authorized);
    assert.equal(await statusOf(authorized), 'Completed');
  });
});
