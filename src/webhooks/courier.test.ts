import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retrySchedules } from '../domain/webhook/retry-schedule.ts';
import { Blockades } from './blockades.ts';
import { Courier } from './courier.ts';
import { DeliveryBooks } from './delivery-books.ts';
import { HostLanes, laneLimitsDefault } from './host-lanes.ts';
import { openRelayRig } from './relay.fixture.ts';

/** Remembers who asked for a place. */
class WatchedLanes extends HostLanes {
  readonly asked: (() => void)[] = [];
  override enter(host: string, onRoom: () => void): boolean {
    this.asked.push(onRoom);
    return super.enter(host, onRoom);
  }
}

test('a courier that finds all places taken waits for one once, however often it asks', async (t) => {
  const rig = await openRelayRig(t);
  await rig.node.stop();
  const { context, account } = rig;
  const subscription = await rig.subscribe();
  const progress = (await context.store.webhookProgress(subscription.id)) ?? assert.fail('there is no progress');
  for (let count = 0; count < 5; count += 1) await rig.createIntent();
  const lanes = new WatchedLanes({ ...laneLimitsDefault, inFlightMax: 1 });
  assert.ok(lanes.enter('elsewhere.example', () => undefined));
  const quiet = (): void => undefined;
  const courier = new Courier(
    {
      context,
      lanes,
      schedule: retrySchedules.sandbox,
      logger: { error: quiet, warn: quiet, info: quiet, debug: quiet },
      sender: { send: () => assert.fail('there was no room'), close: () => Promise.resolve() },
    },
    new DeliveryBooks(context.store, account.id, 'node_1'),
    { subscription, account, progress, blocked: new Blockades([]) },
  );
  const horizon = await context.store.lastEventPosition();
  for (let turn = 0; turn < 50; turn += 1) await courier.turn(horizon, 60_000);
  const [, ...asked] = lanes.asked;
  assert.ok(asked.length >= 50, `it asked ${asked.length} times`);
  assert.equal(new Set(asked).size, 1);
});
