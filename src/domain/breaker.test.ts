import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Breaker } from './breaker.ts';

const opened = (): Breaker => {
  const breaker = new Breaker({ failuresMax: 3, probeDelayMs: 100, probeDelayMsMax: 300 });
  assert.deepEqual([breaker.failed(0), breaker.failed(0), breaker.failed(0)], [false, false, true]);
  return breaker;
};

describe('a breaker', () => {
  it('lets everything through until so many failures came in a row', () => {
    const breaker = new Breaker({ failuresMax: 2, probeDelayMs: 100, probeDelayMsMax: 100 });
    breaker.failed(0);
    assert.deepEqual(breaker.succeeded(), { failures: 1, wasOpen: false });
    breaker.failed(0);
    assert.ok(breaker.allows(0));
    breaker.failed(0);
    assert.ok(!breaker.allows(0));
  });

  it('lets one attempt through when the delay has passed, and the next one after twice as long, up to the longest', () => {
    const breaker = opened();
    let now = 0;
    for (const delay of [100, 100, 200, 300, 300]) {
      assert.ok(!breaker.allows(now + delay - 1));
      now += delay;
      assert.ok(breaker.allows(now));
      breaker.noteAttempt(now);
      assert.ok(!breaker.allows(now));
      assert.equal(breaker.failed(now), false);
    }
  });

  it('is closed by one success, and begins with the shortest delay when it opens again', () => {
    const breaker = opened();
    breaker.noteAttempt(100);
    assert.deepEqual(breaker.succeeded(), { failures: 3, wasOpen: true });
    assert.ok(breaker.allows(100));
    for (let failures = 0; failures < 3; failures++) breaker.failed(1000);
    assert.ok(breaker.allows(1100));
  });
});
