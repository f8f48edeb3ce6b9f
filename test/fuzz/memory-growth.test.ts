import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthOf, isGrowing, type MemorySample } from './memory-growth.ts';

const samples = (requests: number, rssMib: (share: number) => number): readonly MemorySample[] =>
  Array.from({ length: 200 }, (_, index) => ({
    requests: ((index + 1) * requests) / 200,
    rssMib: rssMib((index + 1) / 200),
  }));

test('a leak of one kilobyte a request is seen in a long run', () => {
  assert.ok(isGrowing(growthOf(samples(200_000, (share) => 150 + share * 195))));
});

test('a heap that fills while it warms up and breathes afterwards is no leak', () => {
  const breathing = samples(200_000, (share) => 100 + 150 * Math.min(1, share * 4) + 20 * Math.sin(share * 300));
  assert.ok(!isGrowing(growthOf(breathing)));
  assert.ok(!isGrowing(growthOf(samples(20_000, (share) => 200 + share * 30))));
});
