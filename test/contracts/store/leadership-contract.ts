import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Scheduler } from '../../../src/ports/clock.ts';
import type { Leadership } from '../../../src/ports/leadership.ts';
import type { Engine } from '../../../src/store/engine.ts';
import { leaseLeadership } from '../../../src/store/leadership-lease.ts';
import { migrate } from '../../../src/store/migrations/migrate.ts';
import { platformMigrations } from '../../../src/store/migrations/platform-migrations.ts';
import type { DatabaseUnderTest } from './store-contract.ts';

/** A node whose time and rounds the test owns. */
type Node = { readonly leadership: Leadership; readonly round: () => Promise<void> };

/** What the leadership of several nodes must do, whatever database they share. */
export const describeLeadership = (name: string, create: () => Promise<DatabaseUnderTest>): void => {
  describe(`leadership over ${name}`, () => {
    let database: DatabaseUnderTest;
    let engine: Engine;
    let now: number;

    const node = async (holder: string): Promise<Node> => {
      let round = (): Promise<void> => Promise.resolve();
      const scheduler: Scheduler = {
        every: (_intervalMs, run) => {
          round = run;
          return { stop: () => Promise.resolve() };
        },
      };
      const leadership = await leaseLeadership(engine, { name: 'work', holder, clock: { now: () => now }, scheduler });
      return { leadership, round: () => round() };
    };
    const mine = (...nodes: Node[]): boolean[] => nodes.map(({ leadership }) => leadership.isMine());

    beforeEach(async () => {
      now = 1_000_000;
      database = await create();
      engine = await database.open();
      await migrate(engine, platformMigrations);
    });
    afterEach(async () => {
      await engine.close();
      await database.destroy();
    });

    it('is of one node, also when several ask at once', async () => {
      const nodes = await Promise.all(['a', 'b', 'c'].map(node));
      assert.equal(mine(...nodes).filter(Boolean).length, 1);
    });

    it('is kept by renewing it', async () => {
      const [first, second] = [await node('a'), await node('b')];
      for (let round = 0; round < 10; round += 1) {
        now += 1_200;
        await second.round();
        await first.round();
        assert.deepEqual(mine(first, second), [true, false]);
      }
    });

    it('lapses when it is not renewed, before another node can take it', async () => {
      const [first, second] = [await node('a'), await node('b')];
      now += 4_600;
      await second.round();
      assert.deepEqual(mine(first, second), [false, false]);
      now += 400;
      await second.round();
      assert.deepEqual(mine(first, second), [false, true]);
      await first.round();
      assert.deepEqual(mine(first, second), [false, true]);
    });

    it('goes to another node at once when it is given back', async () => {
      const [first, second] = [await node('a'), await node('b')];
      await first.leadership.end();
      await second.round();
      assert.deepEqual(mine(first, second), [false, true]);
    });
  });
};
