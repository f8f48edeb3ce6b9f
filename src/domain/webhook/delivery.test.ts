import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deliveryId, deliveryPlace } from './delivery.ts';
import { retryDelayMs, retrySchedules } from './retry-schedule.ts';

test('a delivery is found again by its id, and no other text names one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      fc.integer({ min: 0, max: 9 }),
      (position, part) => {
        assert.deepEqual(deliveryPlace(deliveryId(position, part)), { position, part });
      },
    ),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^dlv_[A-Za-z0-9_-]{22}$/), (text) => {
      const place = deliveryPlace(text);
      if (place !== undefined) assert.equal(deliveryId(place.position, place.part), text);
    }),
  );
  for (const text of ['', 'dlv_', 'dlv_1', `evt_${'A'.repeat(22)}`, `dlv_${'_'.repeat(22)}`])
    assert.equal(deliveryPlace(text), undefined);
});

test('retries wait twice as long each time, less up to a quarter, never longer than the most', () => {
  for (const schedule of Object.values(retrySchedules)) {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 0, max: 255 }), (tries, random) => {
        const delayMs = retryDelayMs(schedule, tries, random);
        const whole = Math.min(schedule.delayMsMax, schedule.firstDelayMs * 2 ** Math.min(tries - 1, 40));
        assert.ok(delayMs <= whole && delayMs >= 0.75 * whole, `${delayMs} of ${whole}`);
      }),
    );
  }
});

test('three days of retries in production are some two dozen attempts, not thousands', () => {
  const { prod } = retrySchedules;
  let attempts = 1;
  for (let waitedMs = 0; waitedMs < prod.windowMs; attempts += 1) waitedMs += retryDelayMs(prod, attempts, 0);
  assert.ok(attempts > 15 && attempts < 40, `${attempts} attempts`);
});
