import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openSystemScheduler } from './system-scheduler.ts';

const failOnError = (error: unknown): void => assert.fail(String(error));
/** Keeps the process alive meanwhile: the scheduler's own timers do not. */
const awaitable = (): { promise: Promise<void>; resolve: () => void } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const keepAlive = setInterval(() => {}, 1_000);
  return { promise: promise.finally(() => clearInterval(keepAlive)), resolve };
};

describe('the system scheduler', () => {
  it('repeats work, never two runs at once', async () => {
    const done = awaitable();
    let running = 0;
    let runs = 0;
    const repeated = openSystemScheduler(failOnError).every(1, async () => {
      assert.equal(++running, 1);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (++runs === 3) done.resolve();
    });
    await done.promise;
    await repeated.stop();
    assert.ok(runs >= 3);
  });

  it('reports a run that throws, and goes on', async () => {
    const done = awaitable();
    const reported: unknown[] = [];
    let runs = 0;
    const repeated = openSystemScheduler((error) => reported.push(error)).every(1, async () => {
      if (++runs === 1) throw new Error('first');
      done.resolve();
    });
    await done.promise;
    await repeated.stop();
    assert.deepEqual(reported.map(String), ['Error: first']);
  });

  it('waits in stop for the run under way, and begins none afterwards', async () => {
    const begun = awaitable();
    const release = awaitable();
    const order: string[] = [];
    const repeated = openSystemScheduler(failOnError).every(1, async () => {
      begun.resolve();
      await release.promise;
      order.push('run ended');
    });
    await begun.promise;
    const stopped = repeated.stop().then(() => order.push('stopped'));
    release.resolve();
    await stopped;
    assert.deepEqual(order, ['run ended', 'stopped']);
  });

  it('runs nothing when it is stopped before the first interval has passed', async () => {
    const repeated = openSystemScheduler(failOnError).every(0, () => assert.fail('ran'));
    await repeated.stop();
    await new Promise((resolve) => setImmediate(resolve));
  });
});
