import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StoreUnavailable } from '../ports/store.ts';
import type { Engine, WriteRefusal } from './engine.ts';
import { openHeartbeat } from './heartbeat.ts';

/** Counts writes, and answers them with what it is given. */
const engineThat = (answers: () => Promise<WriteRefusal | undefined>) => {
  const counted = { writes: 0 };
  const write: Engine['write'] = () => {
    counted.writes += 1;
    return answers();
  };
  return { counted, write };
};

describe('a heartbeat', () => {
  it('costs a crowd of health checks one write, and the next crowd another', async () => {
    const { counted, write } = engineThat(() => Promise.resolve(undefined));
    const beat = openHeartbeat({ write }, '');
    await Promise.all(Array.from({ length: 100 }, beat));
    assert.equal(counted.writes, 1);
    await beat();
    assert.equal(counted.writes, 2);
  });

  it('fails where the write fails or changes nothing, and beats again', async () => {
    const answers = [
      () => Promise.reject(new StoreUnavailable('locked')),
      () => Promise.resolve({ refused: 'stale' } as const),
      () => Promise.resolve(undefined),
    ];
    const { write } = engineThat(() => answers.shift()?.() ?? Promise.reject(new Error('asked too often')));
    const beat = openHeartbeat({ write }, '');
    await assert.rejects(beat(), StoreUnavailable);
    await assert.rejects(beat(), StoreUnavailable);
    await beat();
  });
});
