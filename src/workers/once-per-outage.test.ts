import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Scheduler } from '../ports/clock.ts';
import { oncePerOutage } from './once-per-outage.ts';

/** Two rounds over one dependency. `run` runs one of them, now. */
const openRounds = () => {
  const reported: string[] = [];
  const repeated: string[] = [];
  const runs: (() => Promise<void>)[] = [];
  const scheduler: Scheduler = {
    every: (_intervalMs, run) => {
      runs.push(() => run().catch((error: unknown) => void reported.push(String(error))));
      return { stop: () => Promise.resolve() };
    },
  };
  const failures: (Error | null)[] = [null, null];
  const quiet = oncePerOutage(scheduler, (error) => repeated.push(String(error)));
  for (const round of [0, 1]) {
    quiet.every(1, () => {
      const failure = failures[round];
      return failure === null || failure === undefined ? Promise.resolve() : Promise.reject(failure);
    });
  }
  const run = async (round: number, failure: Error | null): Promise<void> => {
    failures[round] = failure;
    await runs[round]?.();
  };
  return { run, reported, repeated };
};

describe('rounds that fail', () => {
  it('report an outage once, however many rounds meet it, and each meets it again', async () => {
    const { run, reported, repeated } = openRounds();
    for (let times = 0; times < 3; times++) for (const round of [0, 1]) await run(round, new Error('away'));
    assert.deepEqual(reported, ['Error: away']);
    assert.equal(repeated.length, 5);
  });

  it('report the next outage, after all that met the last one have run without', async () => {
    const { run, reported } = openRounds();
    await run(0, new Error('away'));
    await run(1, new Error('away'));
    await run(0, null);
    await run(0, new Error('away'));
    assert.equal(reported.length, 1);
    await run(0, null);
    await run(1, null);
    await run(1, new Error('away'));
    assert.deepEqual(reported, ['Error: away', 'Error: away']);
  });

  it('report another failure in the midst of an outage', async () => {
    const { run, reported } = openRounds();
    await run(0, new Error('away'));
    await run(1, new Error('a bug'));
    await run(0, new TypeError('away'));
    assert.deepEqual(reported, ['Error: away', 'Error: a bug', 'TypeError: away']);
  });
});
