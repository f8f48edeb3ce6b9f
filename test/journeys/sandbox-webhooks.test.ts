import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, it } from 'node:test';
import { type Client, openClient } from './open-client.ts';
import { type RunningStrongroom, startStrongroom } from './start-strongroom.ts';

const day = 24 * 60 * 60;

/** What reached the receiver, in order: event and the id of its object; and what it answers next, 200 when nothing is left. */
const arrived: string[] = [];
const answers: number[] = [];

let receiver: Server;
let strongroom: RunningStrongroom;
let client: Client;
before(async () => {
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      const { event, data } = JSON.parse(body) as { event: string; data: Record<string, string> };
      arrived.push(`${event} ${data['setupIntentId'] ?? data['paymentIntentId'] ?? ''}`);
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  strongroom = await startStrongroom();
  client = openClient(strongroom);
});
after(async () => {
  client.close();
  assert.equal(await strongroom.stop(), 0);
  receiver.close();
  receiver.closeAllConnections();
});
beforeEach(async () => {
  assert.equal((await client.api('POST', '/sandbox/reset')).status, 200);
  arrived.length = 0;
  answers.length = 0;
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const events = ['setup_intent.created', 'setup_intent.status_updated'];
  const subscribed = await client.api('POST', '/webhooks', { body: { url, events } });
  assert.equal(subscribed.status, 200, subscribed.text);
});

const advance = (seconds: number) => client.api('POST', '/sandbox/clock/advance', { body: { seconds } });
const expiringIn = async (seconds: number): Promise<string> => {
  const { now } = JSON.parse((await client.api('GET', '/sandbox/clock')).text) as { now: string };
  const expireAt = new Date(Date.parse(now) + seconds * 1000).toISOString();
  return (await client.createSetupIntent({ expireAt })).shown.id;
};

it('what a moved clock sets off is delivered when the call answers, in the order in which it fell due', async () => {
  const later = await expiringIn(2 * day);
  const sooner = await expiringIn(day);
  const moved = await advance(3 * day);
  assert.equal(moved.status, 200, moved.text);
  const ends = arrived.filter((line) => line.startsWith('setup_intent.status_updated'));
  assert.deepEqual(ends, [`setup_intent.status_updated ${sooner}`, `setup_intent.status_updated ${later}`]);
});

it('the retries of a failed delivery fall due as the clock moves', async () => {
  answers.push(500, 500, 500, 500, 500);
  const id = await expiringIn(30 * day);
  const moved = await advance(10 * 60);
  assert.equal(moved.status, 200, moved.text);
  assert.deepEqual(
    arrived,
    Array.from({ length: 6 }, () => `setup_intent.created ${id}`),
  );
});

it('a receiver that never answers well pauses its subscription within the window, and the clock runs on', async () => {
  answers.push(...Array.from({ length: 1000 }, () => 500));
  await expiringIn(30 * day);
  const moved = await advance(day);
  assert.equal(moved.status, 200, moved.text);
  const before = arrived.length;
  assert.ok(before > 10, String(before));
  assert.equal((await advance(day)).status, 200);
  assert.equal(arrived.length, before);
});
