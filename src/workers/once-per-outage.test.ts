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
  const clock = { at: 0, now: () => clock.at };
  const quiet = oncePerOutage(scheduler, clock, (error) => repeated.push(String(error)));
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
  return { run, clock, reported, repeated };
};

describe('rounds that fail', () => {
  it('report an outage once, however many rounds meet it, and each meets it again', async () => {
    const { run, reported, repeated } = openRounds();
    for (let times = 0; times < 3; times++) for (const round of [0, 1]) await run(round, new Error('away'));
    assert.deepEqual(reported, ['Error: away']);
    assert.equal(repeated.length, 5);
  });

  it('do not take a round that had nothing to ask for the end of an outage', async () => {
    const { run, clock, reported } = openRounds();
    for (let rounds = 0; rounds < 10; rounds++) {
      await run(0, new Error('away'));
      await run(0, null);
      clock.at += 60_000;
    }
    assert.deepEqual(reported, ['Error: away']);
  });

  it('report the next outage, two minutes after the last was met', async () => {
    const { run, clock, reported } = openRounds();
    await run(0, new Error('away'));
    clock.at += 120_000;
    await run(1, new Error('away'));
    assert.deepEqual(reported, ['Error: away', 'Error: away']);
  });

  it('remember a hundred failures, the latest', async () => {
    const { run, reported } = openRounds();
    for (let failure = 0; failure < 200; failure++) await run(0, new Error(`of ${failure}`));
    await run(0, new Error('of 199'));
    await run(0, new Error('of 100'));
    assert.equal(reported.length, 200);
    await run(0, new Error('of 0'));
    assert.equal(reported.length, 201);
  });

  it('report another failure in the midst of an outage', async () => {
    const { run, reported } = openRounds();
    await run(0, new Error('away'));
    await run(1, new Error('a bug'));
    await run(0, new TypeError('away'));
    assert.deepEqual(reported, ['Error: away', 'Error: a bug', 'TypeError: away']);
  });
});
