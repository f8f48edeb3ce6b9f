import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { faultsOf, toldBy } from '../journeys/check-arrivals.ts';
import { type Client, openClient } from '../journeys/open-client.ts';
import { openWebhookReceiver } from '../journeys/open-webhook-receiver.ts';
import { startStrongroom } from '../journeys/start-strongroom.ts';
import { until } from '../journeys/until.ts';
import { postgresForTests } from './start-postgres.ts';

const events = [
  'setup_intent.created',
  'setup_intent.status_updated',
  'payment_intent.created',
  'payment_intent.status_updated',
  'charge.unknown',
  'charge.settled',
];

const flow = async (client: Client): Promise<void> => {
  const setupIntent = await client.tokenise('5200000000001005');
  const paymentIntent = await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id });
  assert.equal((await client.charge(paymentIntent.shown.id)).shown.status, 'Successful');
};

test('two nodes deliver what both of them commit, once while both run, and all of it when one is killed', async (t) => {
  const postgres = await postgresForTests();
  const database = await postgres.createDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-webhook-nodes-'));
  const receiver = await openWebhookReceiver();
  const env = { STRONGROOM_DATABASE_URL: database.url };
  const nodes = await Promise.all([1, 2].map(() => startStrongroom({ dataDir: join(folder, 'data'), env })));
  const clients = nodes.map((node) => openClient(node));
  t.after(async () => {
    for (const client of clients) client.close();
    await Promise.all(nodes.map((node) => node.stop()));
    await receiver.close();
    await database.drop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const [first, second] = clients;
  assert.ok(first && second);
  const reply = await first.api('POST', '/webhooks', { body: { url: receiver.url, events } });
  const { secrets } = JSON.parse(reply.text) as { secrets: { value: string }[] };
  const allArrived = async (): Promise<void> => {
    let faults: readonly string[] = [];
    // Read anew each time: events behind one that is still being written are kept back.
    const look = async (): Promise<true | undefined> => {
      faults = faultsOf(await toldBy(second), receiver.arrivals(), secrets[0]?.value ?? '');
      return faults.length === 0 || undefined;
    };
    await until(() => `the arrival of everything (${faults.slice(0, 3).join('; ')})`, look);
  };

  await Promise.all(Array.from({ length: 20 }, (_, index) => flow(index % 2 === 0 ? first : second)));
  await until('the whole stream', async () => (await toldBy(second)).length === 100 || undefined);
  await allArrived();
  assert.equal(receiver.arrivals().length, 100);

  const flows = Promise.allSettled(Array.from({ length: 20 }, (_, index) => flow(index % 2 === 0 ? first : second)));
  await nodes[0]?.kill();
  await flows;
  await flow(second);
  await until('the stream beyond the kill', async () => (await toldBy(second)).length > 150 || undefined);
  await allArrived();
});
