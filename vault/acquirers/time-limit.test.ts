import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withinTimeLimit } from './time-limit.ts';

const fakeTimers = () => {
  const armed: { ms: number; run: () => void }[] = [];
  const after = (ms: number, run: () => void): (() => void) => {
    const timer = { ms, run };
    armed.push(timer);
    return () => {
      armed.splice(armed.indexOf(timer), 1);
    };
  };
  return { after, armed };
};

test('passes on an answer that comes in time, and leaves no timer behind', async () => {
  const timers = fakeTimers();
  assert.equal(await withinTimeLimit(timers, 5000, () => Promise.resolve('answer')), 'answer');
  assert.equal(timers.armed.length, 0);
});

test('answers that the outcome is unknown when the time is over, and a later answer changes nothing', async () => {
  const timers = fakeTimers();
  const late = Promise.withResolvers<string>();
  const waiting = withinTimeLimit(timers, 5000, () => late.promise);
  assert.equal(timers.armed[0]?.ms, 5000);
  timers.armed[0].run();
  late.resolve('late');
  assert.deepEqual(await waiting, { outcome: 'unknown', reason: 'timeout' });
});

test('hands on an answer that comes too late, and none that came in time', async () => {
  const timers = fakeTimers();
  const late: string[] = [];
  const note = (answer: string): void => void late.push(answer);
  await withinTimeLimit(timers, 5000, () => Promise.resolve('in time'), note);
  const slow = Promise.withResolvers<string>();
  const waiting = withinTimeLimit(timers, 5000, () => slow.promise, note);
  timers.armed[0]?.run();
  await waiting;
  slow.resolve('too late');
  await slow.promise;
  assert.deepEqual(late, ['too late']);
});

test('passes on a failure, thrown or rejected, and leaves no timer behind', async () => {
  const timers = fakeTimers();
  const failure = new Error('broken');
  await assert.rejects(
    withinTimeLimit(timers, 1, () => Promise.reject(failure)),
    failure,
  );
  await assert.rejects(
    withinTimeLimit(timers, 1, () => {
      throw failure;
    }),
    failure,
  );
  assert.equal(timers.armed.length, 0);
});
