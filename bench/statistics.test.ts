import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthPerThousand, median, percentile } from './statistics.ts';

test('the median is the middle value, whatever the order', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.throws(() => median([]), /no values/);
});

test('a percentile is a value that was measured', () => {
  const sorted = Array.from({ length: 200 }, (_, index) => index + 1);
  assert.equal(percentile(sorted, 0.5), 100);
  assert.equal(percentile(sorted, 0.99), 198);
  assert.equal(percentile([7], 0.99), 7);
  assert.throws(() => percentile([], 0.5), /no values/);
});

test('growth is seen through an outlier and is zero for a flat series', () => {
  const growing = [0, 1, 2, 3, 4, 5, 6].map((step) => ({ at: step * 1000, value: step === 3 ? 900 : 100 + step * 2 }));
  assert.ok(Math.abs(growthPerThousand(growing) - 2) < 0.5);
  assert.equal(growthPerThousand([0, 1, 2, 3].map((step) => ({ at: step * 1000, value: 150 }))), 0);
  assert.equal(growthPerThousand([{ at: 0, value: 1 }]), 0);
});
