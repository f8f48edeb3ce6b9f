import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostLanes } from './host-lanes.ts';

const limits = { inFlightMax: 100, perHostMax: 32, slowMs: 1_000 };
const never = (): void => assert.fail('nobody waits for room');

/** Enters until there is no room. */
const fill = (lanes: HostLanes, host: string, onRoom = (): void => undefined): number => {
  let entered = 0;
  while (lanes.enter(host, onRoom)) entered += 1;
  return entered;
};

/** The lanes of a host that are taken once all of so many answers have come in so much time. */
const lanesAfter = (lanes: HostLanes, answers: number, durationMs: number): number => {
  for (let entered = fill(lanes, 'a'); entered > 0; entered -= 1) lanes.leave('a', true, durationMs);
  for (let left = answers; left > 0; left -= 1) {
    assert.ok(lanes.enter('a', never));
    lanes.leave('a', true, durationMs);
  }
  return fill(lanes, 'a');
};

test('a host that is far away gets more lanes, up to its limit, and one that answers at once what it began with', () => {
  const lanes = new HostLanes(limits);
  assert.equal(lanesAfter(lanes, 100, 80), limits.perHostMax);
  for (let left = limits.perHostMax; left > 0; left -= 1) lanes.leave('a', true, 80);
  assert.equal(lanesAfter(lanes, 100, 2), 8);
});

test('a host that failed and answers at once again gets back what it began with', () => {
  const lanes = new HostLanes(limits);
  for (let entered = fill(lanes, 'a'); entered > 0; entered -= 1) lanes.leave('a', false, 2);
  assert.equal(lanesAfter(lanes, 100, 2), 8);
});

test('a host that fails or is slow ends with one lane', () => {
  for (const [isSuccess, durationMs] of [
    [false, 5],
    [true, 5_000],
  ] as const) {
    const lanes = new HostLanes(limits);
    const entered = fill(lanes, 'a');
    for (let answers = 0; answers < entered; answers += 1) lanes.leave('a', isSuccess, durationMs);
    assert.equal(fill(lanes, 'a'), 1);
  }
});

test('a crowd of slow hosts leaves room for others', () => {
  const lanes = new HostLanes(limits);
  const hosts = Array.from({ length: 40 }, (_, index) => `slow${index}`);
  for (let round = 0; round < 4; round += 1) {
    for (const host of hosts) {
      const entered = fill(lanes, host);
      for (let answers = 0; answers < entered; answers += 1) lanes.leave(host, false, 10_000);
    }
  }
  for (const host of hosts) fill(lanes, host);
  assert.equal(fill(lanes, 'quick'), 8);
});

test('where all places are taken, whoever asked first is called first', () => {
  const lanes = new HostLanes({ ...limits, inFlightMax: 2 });
  const called: string[] = [];
  assert.ok(lanes.enter('a', never) && lanes.enter('b', never));
  for (const name of ['first', 'second', 'first']) assert.equal(lanes.enter('c', callers.get(name, called)), false);
  lanes.leave('a', true, 1);
  lanes.leave('b', true, 1);
  assert.deepEqual(called, ['first', 'second']);
});

test('whoever asks again and again while all places are taken has one turn, and keeps its place in the row', () => {
  const lanes = new HostLanes({ ...limits, inFlightMax: 1 });
  const called: string[] = [];
  const [eager, patient] = [(): void => void called.push('eager'), (): void => void called.push('patient')];
  assert.ok(lanes.enter('a', never));
  for (let asked = 0; asked < 100; asked += 1) assert.equal(lanes.enter('b', eager), false);
  assert.equal(lanes.enter('c', patient), false);
  assert.equal(lanes.enter('b', eager), false);
  for (let round = 0; round < 4; round += 1) {
    lanes.leave('a', true, 1);
    assert.ok(lanes.enter('a', never));
  }
  assert.deepEqual(called, ['eager', 'patient']);
});

/** The same function for the same name, as a courier hands over. */
const callers = {
  known: new Map<string, () => void>(),
  get(name: string, called: string[]): () => void {
    const caller = this.known.get(name) ?? ((): void => void called.push(name));
    this.known.set(name, caller);
    return caller;
  },
};
