import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openStrongroom, webhooks } from '../../packages/sdk/src/index.ts';
import type { Strongroom } from '../../packages/sdk/src/index.ts';
import { freePort } from './free-port.ts';
import { publicSandboxKey, startStrongroom } from './start-strongroom.ts';
import type { RunningStrongroom } from './start-strongroom.ts';
import { until } from './until.ts';

const example = (name: string): string => fileURLToPath(new URL(`../../examples/webhooks/${name}`, import.meta.url));
/** The examples import the SDK as its users do; here its sources stand for what is published. */
const onNode = (name: string) => (): readonly string[] => [
  process.execPath,
  '--conditions=strongroom-source',
  example(name),
];
/** The only interpreter that many machines of developers lack. `.ci/run` installs it, and fails where it could not. */
const hasPhp = spawnSync('php', ['--version']).status === 0;
const receivers: readonly (readonly [name: string, command: (port: number) => readonly string[]])[] = [
  ['bare node:http', onNode('node-http.ts')],
  ['Fastify', onNode('fastify.ts')],
  ['Express', onNode('express.ts')],
  ['Python', () => ['python3', example('receiver.py')]],
  ...(hasPhp ? [['PHP', (port: number) => ['php', '-S', `127.0.0.1:${port}`, example('receiver.php')]] as const] : []),
];

const events = ['payment_intent.status_updated', 'setup_intent.created', 'setup_intent.status_updated'] as const;
const freshSecret = 'a-secret-that-comes-after-the-first';

let strongroom: RunningStrongroom;
let client: Strongroom;
before(async () => {
  strongroom = await startStrongroom();
  client = openStrongroom({ key: publicSandboxKey, apiUrl: strongroom.apiUrl, pciUrl: strongroom.pciUrl });
});
after(async () => {
  await strongroom.stop();
});

/** Starts a receiver and resolves once it answers; a missing interpreter fails with its name. */
const startReceiver = async (command: readonly string[], port: number, secrets: string) => {
  const [program = '', ...args] = command;
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', PORT: String(port) };
  const child = spawn(program, args, {
    env: { ...env, STRONGROOM_WEBHOOK_SECRET: secrets },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (printed += text));
  let failure: Error | undefined;
  child.on('error', (error) => (failure = error));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null || failure !== undefined) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  };
  const url = `http://127.0.0.1:${port}/hooks`;
  try {
    await until(
      () => `the start of ${program}: ${printed}`,
      async () => {
        if (failure !== undefined) throw failure;
        if (child.exitCode !== null) throw new Error(`${program} ended: ${printed}`);
        return fetch(url).catch(() => undefined);
      },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, printed: () => printed, stop };
};

/** The guide's flow, which makes events of both kinds. */
const payOnce = async (): Promise<void> => {
  const cardDetails = { cardNumber: '5200000000001005', cardName: 'A Guest', expiryDate: '12 / 29', cV2: '020' };
  const { id } = await client.setupIntents.createWithCard({
    reference: 'Booking 234',
    merchantInitiatedTransactionType: 'NoShow',
    terms: 'The card is charged when nobody comes.',
    cardDetails,
  });
  const order = { amount: { value: 1000, currencyCode: 'GBP' }, reference: 'No-show', setupIntentId: id } as const;
  const paymentIntent = await client.paymentIntents.create(order);
  assert.equal((await client.paymentIntents.charge(paymentIntent.id)).status, 'Successful');
};

const body = JSON.stringify({
  id: 'evt_made_up',
  event: 'setup_intent.created',
  accountId: 'acc_1',
  createdAt: '2026-01-01T00:00:00.000Z',
  data: { setupIntentId: 'si_1', setupIntentStatus: 'Created' },
});

const post = async (url: string, sent: string, headers: Readonly<Record<string, string>>): Promise<number> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: sent,
  });
  await response.arrayBuffer();
  return response.status;
};

for (const [name, command] of receivers)
  describe(`the receiver on ${name}`, () => {
    let receiver: Awaited<ReturnType<typeof startReceiver>>;
    let subscriptionId: string;
    let secret: string;
    before(async () => {
      const port = await freePort();
      const subscription = await client.webhooks.create({ url: `http://127.0.0.1:${port}/hooks`, events });
      subscriptionId = subscription.id;
      secret = subscription.secrets[0]?.value ?? assert.fail('a subscription has a secret');
      receiver = await startReceiver(command(port), port, `${secret},${freshSecret}`);
    });
    after(async () => {
      await client.webhooks.delete(subscriptionId);
      await receiver.stop();
    });

    it('verifies the deliveries of a whole payment', async () => {
      await payOnce();
      for (const what of [
        'setup_intent.created Created',
        'setup_intent.status_updated Authorized',
        'payment_intent.status_updated Captured',
        'setup_intent.status_updated Completed',
      ])
        await until(
          () => `“${what}” in: ${receiver.printed()}`,
          () => (receiver.printed().includes(`verified ${what} evt_`) ? true : undefined),
        );
      assert.doesNotMatch(receiver.printed(), /not believed|Error/);
    });

    it('believes any of its secrets, and the same delivery twice', async () => {
      for (const known of [secret, freshSecret, secret]) {
        const headers = await webhooks.sign(body, known, { id: 'evt_made_up' });
        assert.equal(await post(receiver.url, body, headers), 204);
      }
    });

    it('refuses a body that was changed, another secret, an old delivery, and one without its time', async () => {
      const id = 'evt_made_up';
      const headers = await webhooks.sign(body, secret, { id });
      const { 'dojo-signature': dojo, 'webhook-signature': signature } = headers;
      const old = await webhooks.sign(body, secret, { id, now: Date.now() - 3_600_000 });
      const early = await webhooks.sign(body, secret, { id, now: Date.now() + 3_600_000 });
      for (const [sent, with_] of [
        [body.replace('Created', 'Completed'), headers],
        [`${body} `, headers],
        [body, await webhooks.sign(body, 'somebody else’s', { id })],
        [body, { ...headers, 'webhook-id': 'evt_other' }],
        [body, { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }],
        [body, { ...headers, 'webhook-signature': signature.slice('v1,'.length) }],
        [body, { ...headers, 'webhook-signature': `${signature.slice(0, -4)}AAA=` }],
        [body, old],
        [body, early],
        [body, { 'dojo-signature': dojo }],
        [body, {}],
      ] as const)
        assert.equal(await post(receiver.url, sent, with_), 400, JSON.stringify(with_));
    });

    it('reads no more than a delivery can hold', async () => {
      const huge = JSON.stringify({ filler: 'x'.repeat(70_000) });
      const headers = await webhooks.sign(huge, secret, { id: 'evt_made_up' });
      // One that hangs up on the sender has refused it as well.
      const status = await post(receiver.url, huge, headers).catch(() => 413);
      assert.equal(status, 413);
    });
  });
