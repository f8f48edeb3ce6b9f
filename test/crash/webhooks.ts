/**
 * `npm run crash -- --webhooks`: server and receiver are killed at random moments while guests pay; in the end every
 * notification must have arrived, in the order of its intent, with its own bytes and a right signature. Exit code 1 otherwise.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultsOf, toldBy } from '../journeys/check-arrivals.ts';
import { type Client, openClient } from '../journeys/open-client.ts';
import { openWebhookReceiver, type WebhookReceiver } from '../journeys/open-webhook-receiver.ts';
import { type RunningStrongroom, startStrongroom } from '../journeys/start-strongroom.ts';
import { seededRandom } from '../sim/seeded-random.ts';
import { pause } from './pause.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    guests: { type: 'string', default: '4' },
    /** How `npm run crash` comes here. */
    webhooks: { type: 'boolean', default: false },
  },
});
const kills = Number(values.kills);
const random = seededRandom(Number(values.seed));
const events = [
  'setup_intent.created',
  'setup_intent.status_updated',
  'payment_intent.created',
  'payment_intent.status_updated',
  'charge.unknown',
  'charge.settled',
];

/** How long everything may take to arrive after the last kill. */
const patienceMs = 120_000;

type World = {
  readonly dataDir: string;
  readonly receiver: WebhookReceiver;
  strongroom: RunningStrongroom;
  client: Client;
  isOver: boolean;
  paid: number;
  cutOff: number;
};

/** Pays again and again; whatever a kill cuts off is begun anew, as guests do. */
const guest = async (world: World): Promise<void> => {
  while (!world.isOver) {
    const { client } = world;
    try {
      const setupIntent = await client.tokenise('5200000000001005');
      const paymentIntent = await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id });
      await client.charge(paymentIntent.shown.id);
      world.paid += 1;
    } catch {
      world.cutOff += 1;
      await pause(50);
    }
  }
};

const killServer = async (world: World): Promise<void> => {
  await world.strongroom.kill();
  world.client.close();
  world.strongroom = await startStrongroom({ dataDir: world.dataDir, env: { STRONGROOM_LOG: 'silent' } });
  world.client = openClient(world.strongroom);
};

const killReceiver = async ({ receiver }: World): Promise<void> => {
  await receiver.kill();
  await pause(random.int(800));
  await receiver.restart();
};

const run = async (world: World): Promise<boolean> => {
  const reply = await world.client.api('POST', '/webhooks', { body: { url: world.receiver.url, events } });
  const { secrets } = JSON.parse(reply.text) as { secrets: { value: string }[] };
  const guests = Array.from({ length: Number(values.guests) }, () => guest(world));
  const killed = { server: 0, receiver: 0 };
  for (let kill = 0; kill < kills; kill += 1) {
    await pause(200 + random.int(1_500));
    const victim = random.chance(0.5) ? 'server' : 'receiver';
    killed[victim] += 1;
    await (victim === 'server' ? killServer : killReceiver)(world);
  }
  world.isOver = true;
  await Promise.all(guests);
  const began = performance.now();
  const told = await toldBy(world.client);
  const look = (): readonly string[] => faultsOf(told, world.receiver.arrivals(), secrets[0]?.value ?? '');
  let faults = look();
  while (faults.length > 0 && performance.now() - began < patienceMs) {
    await pause(500);
    faults = look();
  }
  const arrivals = world.receiver.arrivals();
  const confirmed = arrivals.filter((arrival) => arrival.confirmed).length;
  console.log(
    JSON.stringify({
      kills: killed,
      flowsPaid: world.paid,
      callsCutOff: world.cutOff,
      notifications: told.length,
      arrivals: arrivals.length,
      repeats: confirmed - told.length,
      faults: faults.length,
      secondsToArriveAfterTheLastKill: Math.round(performance.now() - began) / 1000,
    }),
  );
  for (const fault of faults.slice(0, 20)) console.log(`  ${fault}`);
  return faults.length === 0;
};

const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-crash-webhooks-'));
const strongroom = await startStrongroom({ dataDir, env: { STRONGROOM_LOG: 'silent' } });
const receiver = await openWebhookReceiver();
const world: World = {
  dataDir,
  receiver,
  strongroom,
  client: openClient(strongroom),
  isOver: false,
  paid: 0,
  cutOff: 0,
};
try {
  process.exitCode = (await run(world)) ? 0 : 1;
} finally {
  world.client.close();
  await world.strongroom.stop();
  await receiver.close();
  rmSync(dataDir, { recursive: true, force: true });
}
