import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openSystemRandomness } from './system-randomness.ts';

describe('the system randomness', () => {
  it('gives as many bytes as were asked for, small and large', () => {
    const { bytes } = openSystemRandomness();
    for (const count of [0, 1, 10, 16, 511, 512, 513, 4_096, 100_000]) assert.equal(bytes(count).length, count);
  });

  it('never gives the same bytes twice, across refills of its pool', () => {
    const { bytes } = openSystemRandomness();
    const seen = new Set<string>();
    for (let call = 0; call < 20_000; call++) seen.add(Buffer.from(bytes(10)).toString('hex'));
    assert.equal(seen.size, 20_000);
  });

  it('gives bytes that a later call does not change', () => {
    const { bytes } = openSystemRandomness();
    const first = bytes(16);
    const before = Buffer.from(first).toString('hex');
    for (let call = 0; call < 1_000; call++) bytes(16);
    assert.equal(Buffer.from(first).toString('hex'), before);
  });
});
