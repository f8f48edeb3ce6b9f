import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import pg from 'pg';
import { plainId, timeOrderedToken } from '../../src/domain/ids.ts';
import type { Store } from '../../src/ports/store.ts';
import { migrate } from '../../src/store/migrations/migrate.ts';
import { platformMigrations } from '../../src/store/migrations/platform-migrations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { followingOf } from '../../src/use-cases/follow-notifications.ts';
import { insertAccount, noon, sampleAccount, sampleEvent } from '../contracts/store/sample-objects.ts';
import { openEngineAt } from './open-engine.ts';
import { type PostgresForTests, postgresForTests } from './start-postgres.ts';

const eventId = (number: number): string => plainId('evt', timeOrderedToken(noon, new Uint8Array(10).fill(number)));

describe('the stream of events on PostgreSQL', () => {
  let postgres: PostgresForTests;
  let database: Awaited<ReturnType<PostgresForTests['createDatabase']>>;
  let store: Store;
  let beside: pg.Client;
  let now: number;
  const account = sampleAccount();

  /** Follows from the first event, and calls back where it waits for more. */
  const follow = async (looksMax: number, onWait: (wait: number) => Promise<unknown>): Promise<string[]> => {
    let waits = 0;
    const goOn = async (): Promise<boolean> => {
      waits += 1;
      now += 1_000;
      await onWait(waits);
      return true;
    };
    const following = followingOf({ store, clock: { now: () => now } });
    const page = await following({ account, after: 0, limit: 10, names: [], looksMax, goOn });
    return page.notifications.map(({ event }) => event.id);
  };
  const commit = (number: number): Promise<unknown> =>
    store.commit([
      {
        kind: 'append-event',
        eventId: eventId(number),
        accountId: account.id,
        intentId: `pi_${number}`,
        event: sampleEvent(),
        notice: { names: ['payment_intent.created'], captureMode: 'Auto', data: null },
      },
    ]);
  /** Begins a transaction that has taken a position and is not committed. */
  const begin = async (number: number): Promise<void> => {
    await beside.query('begin');
    await beside.query(
      `insert into intent_events (id, account_id, intent_id, sequence, type, status, at, doc, notification, intent_made_at)
         values ($1, $2, $3, 1, 'Created', 'Created', $4, $5, 'payment_intent.created', strongroom_made_at($3))`,
      [eventId(number), account.id, `pi_${number}`, noon, JSON.stringify({})],
    );
  };

  before(async () => {
    postgres = await postgresForTests();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    database = await postgres.createDatabase();
    const engine = openEngineAt(database.url);
    await migrate(engine, platformMigrations);
    store = openStore(engine);
    await store.commit([insertAccount()]);
    beside = new pg.Client({ connectionString: database.url });
    await beside.connect();
    now = noon;
  });
  afterEach(async () => {
    await beside.end();
    await store.close();
    await database.drop();
  });

  it('passes over no event whose transaction is open for seconds after a later one was committed', async () => {
    await begin(1);
    await commit(2);
    assert.deepEqual(await follow(20, async (wait) => wait === 5 && (await beside.query('commit'))), [
      eventId(1),
      eventId(2),
    ]);
  });

  it('gives out what stands behind a position that was rolled back, also to whoever would not wait', async () => {
    await begin(1);
    await commit(2);
    assert.deepEqual(await follow(0, async (wait) => wait === 2 && (await beside.query('rollback'))), [eventId(2)]);
  });

  it('is not held up by a transaction that writes something else', async () => {
    await beside.query('begin; create table others (n int)');
    await commit(1);
    await commit(2);
    assert.deepEqual(await follow(0, () => assert.fail('nothing is missing')), [eventId(1), eventId(2)]);
  });

  it('waits for no transaction that nobody ends', async () => {
    await begin(1);
    await commit(2);
    let waited = 0;
    const seen = await follow(20, async (wait) => (waited = wait));
    assert.deepEqual([seen, waited], [[eventId(2)], 11]);
  });
});
