import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { environmentId, plainId, timeOrderedToken } from '../../src/domain/ids.ts';
import { migrationLists } from '../../src/main.ts';
import type { Change, PartitionTimes, Store } from '../../src/ports/store.ts';
import type { Engine } from '../../src/store/engine.ts';
import { migrate } from '../../src/store/migrations/migrate.ts';
import { platformMigrations } from '../../src/store/migrations/platform-migrations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { addPartitions } from '../../src/store/postgres/keep-partitions.ts';
import { append } from '../contracts/store/sample-objects.ts';
import { openEngineAt } from './open-engine.ts';
import { administer, type PostgresForTests, postgresForTests } from './start-postgres.ts';

const dayMs = 86_400_000;
let made = 0;
const token = (at: number): string => {
  made += 1;
  const random = Buffer.alloc(10);
  random.writeUInt32BE(made, 6);
  return timeOrderedToken(at, random);
};
const intentMadeOn = (at: number): string => environmentId('pi', 'sandbox', token(at));
const eventAt = (at: number, intentId: string, sequence: number): Change => {
  const change = append({ sequence }, intentId);
  assert.ok(change.kind === 'append-event');
  return { ...change, eventId: plainId('evt', token(at)) };
};
const note = (at: number): Change => ({ kind: 'note-deliveries', subscriptionId: 'ws_1', at, records: [] });

describe('partitions by time on PostgreSQL', () => {
  let postgres: PostgresForTests;
  let database: Awaited<ReturnType<PostgresForTests['createDatabase']>>;
  let engine: Engine;
  let store: Store;
  let now: number;

  before(async () => {
    postgres = await postgresForTests();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    database = await postgres.createDatabase();
    engine = openEngineAt(database.url);
    await migrate(engine, platformMigrations);
    await addPartitions(engine);
    store = openStore(engine);
    const [row] = await engine.all('select (extract(epoch from clock_timestamp()) * 1000)::bigint as now', []);
    now = Number(row?.['now']);
  });
  afterEach(async () => {
    await engine.close();
    await database.drop();
  });

  const keep = (times: Partial<PartitionTimes> = {}, of = store) => {
    assert.ok(of.keepPartitions !== undefined);
    return of.keepPartitions({ now, notesBefore: now - 3 * dayMs, eventsBefore: null, ...times });
  };
  const applied = async (...changes: Change[]): Promise<void> => {
    assert.deepEqual(await store.commit(changes), { ok: true, value: undefined });
  };
  const rowsIn = async (table: string): Promise<number> =>
    Number((await administer(database.url, `select count(*)::int as rows from ${table}`))[0]?.['rows']);
  const partitionsOf = async (table: string): Promise<string[]> =>
    (
      await administer(
        database.url,
        `select inhrelid::regclass as name from pg_inherits where inhparent = '${table}'::regclass order by 1`,
      )
    ).map((row) => String(row['name']));
  const sequences = async (intentId: string): Promise<number[]> =>
    (await openStore(engine).intentEvents(intentId)).map(({ sequence }) => sequence);

  it('are there ahead of time, and making them again makes none', async () => {
    assert.equal((await partitionsOf('intent_events')).length, 5, 'earlier, default, this month and two more');
    assert.equal((await partitionsOf('webhook_log')).length, 6, 'earlier, default, today and three more');
    assert.deepEqual(await keep(), { added: [], strays: 0 });
    assert.deepEqual((await keep({ now: now + 32 * dayMs, notesBefore: 0 })).strays, 0);
  });

  it('take no row into the default one in two years of ordinary running', async () => {
    for (let day = 0; day < 730; day += 15) {
      const at = now + day * dayMs;
      await keep({ now: at, notesBefore: at - 3 * dayMs });
      await applied(eventAt(at, intentMadeOn(at), 1), note(at), note(at + 3 * dayMs));
    }
    assert.deepEqual([await rowsIn('intent_events_default'), await rowsIn('webhook_log_default')], [0, 0]);
    assert.equal(await rowsIn('intent_events'), 49);
  });

  it('keep one event for each place in an intent’s order, whenever the events come', async () => {
    const intentId = intentMadeOn(now - 40 * dayMs);
    await applied(eventAt(now - 40 * dayMs, intentId, 1));
    await applied(eventAt(now, intentId, 2));
    assert.deepEqual(await store.commit([eventAt(now + dayMs, intentId, 1)]), { ok: false, error: 'stale' });
    assert.deepEqual(await store.commit([eventAt(now + dayMs, intentId, 2)]), { ok: false, error: 'stale' });
    assert.deepEqual(await sequences(intentId), [1, 2]);
  });

  it('let no event be written under another moment than its intent’s id says', async () => {
    const intentId = intentMadeOn(now);
    await assert.rejects(
      administer(
        database.url,
        `insert into intent_events (id, account_id, intent_id, sequence, type, status, at, doc, intent_made_at)
           values ('evt_1', 'acc_1', '${intentId}', 1, 'x', 'y', 0, '{}', ${now + 40 * dayMs})`,
      ),
      /intent_events_made_at/,
    );
  });

  it('have one partition read for the events of an intent', async () => {
    const plan = await administer(
      database.url,
      `explain select sequence from intent_events where intent_id = 'x' and intent_made_at = ${now} order by sequence`,
    );
    const scanned = plan.map((row) => String(row['QUERY PLAN'])).filter((line) => line.includes('Scan'));
    assert.equal(scanned.filter((line) => / on intent_events_/.test(line)).length, 1, scanned.join('\n'));
  });

  it('say so when a row found none, make one for it, and lose nothing', async () => {
    const future = now + 400 * dayMs;
    const intentId = intentMadeOn(future);
    await applied(eventAt(now, intentId, 1), note(future));
    assert.equal(await rowsIn('intent_events_default'), 1);
    const kept = await keep();
    assert.equal(kept.strays, 2);
    assert.equal(kept.added.length, 2);
    assert.deepEqual([await rowsIn('intent_events_default'), await rowsIn('webhook_log_default')], [0, 0]);
    assert.deepEqual(await sequences(intentId), [1]);
    assert.equal(await rowsIn('webhook_log'), 1);
    await applied(eventAt(now, intentId, 2));
    assert.deepEqual(await store.commit([eventAt(now, intentId, 1)]), { ok: false, error: 'stale' });
    assert.deepEqual(await keep(), { added: [], strays: 0 });
  });

  it('of notes are dropped when their whole day has passed its time, and not before', async () => {
    await applied(note(now), note(now + dayMs));
    const all = await partitionsOf('webhook_log');
    await keep({ notesBefore: now - dayMs });
    assert.deepEqual(await partitionsOf('webhook_log'), all);
    const midnight = (Math.floor(now / dayMs) + 1) * dayMs;
    await keep({ notesBefore: midnight });
    assert.equal((await partitionsOf('webhook_log')).length, all.length - 2, 'what was there before, and today');
    assert.equal(await rowsIn('webhook_log'), 1);
    assert.equal((await store.deliveryPages('ws_1', Number.MAX_SAFE_INTEGER, 10)).length, 1);
  });

  it('of events are kept for good unless somebody says otherwise', async () => {
    await applied(eventAt(now - 3000 * dayMs, intentMadeOn(now - 3000 * dayMs), 1));
    await keep({ now: now + 3000 * dayMs, notesBefore: 0, eventsBefore: null });
    assert.equal(await rowsIn('intent_events'), 1);
  });

  it('of events are emptied when all that happened to the intents of a month is past, and go on taking what comes late', async () => {
    const old = intentMadeOn(now);
    await applied(eventAt(now, old, 1));
    const later = now + 100 * dayMs;
    const refunded = intentMadeOn(now + 40 * dayMs);
    await keep({ now: later, notesBefore: 0 });
    await applied(eventAt(now + 40 * dayMs, refunded, 1), eventAt(later, refunded, 2));
    await keep({ now: later, notesBefore: 0, eventsBefore: later - 10 * dayMs });
    assert.deepEqual(await sequences(old), []);
    assert.deepEqual(await sequences(refunded), [1, 2], 'told ten days ago or less');
    await applied(eventAt(later, old, 2));
    assert.deepEqual(await sequences(old), [2]);
    assert.equal(await rowsIn('intent_events_default'), 0);
  });

  it('are made by two nodes at once without either failing', async () => {
    const other = openEngineAt(database.url);
    const both = [store, openStore(other)];
    for (let month = 0; month < 12; month += 1)
      await Promise.all(both.map((of) => keep({ now: now + month * 31 * dayMs, notesBefore: 0 }, of)));
    assert.ok((await partitionsOf('intent_events')).length >= 15);
    await other.close();
  });

  it('are made by a role that may not make a table, and not by one that may not delete the rows', async () => {
    await administer(
      database.url,
      `create role node login; create role reader login;
       grant select, insert, update, delete on intent_events, webhook_log to node; grant select on intent_events, webhook_log to reader`,
    );
    const as = (name: string): Engine => {
      const url = new URL(database.url);
      url.username = name;
      return openEngineAt(url.href);
    };
    const [node, reader] = [as('node'), as('reader')];
    const later = now + 100 * dayMs;
    await openStore(node).commit([note(now + 300 * dayMs)]);
    const old = await partitionsOf('webhook_log');
    const kept = await keep({ now: later, notesBefore: later }, openStore(node));
    assert.ok(kept.added.length > 2 && kept.strays === 1, JSON.stringify(kept));
    const left = await partitionsOf('webhook_log');
    assert.ok(old.filter((name) => !left.includes(name)).length > 2);
    assert.equal(await rowsIn('webhook_log'), 1);
    await assert.rejects(keep({ now: later + 900 * dayMs }, openStore(reader)), /not yours/);
    await assert.rejects(
      reader.all('select strongroom_retire_partition($1, $2)', ['intent_events', 'intent_events_earlier']),
      /not yours/,
    );
    await assert.rejects(node.all('drop table webhook_log_default', []), /must be owner/);
    await Promise.all([node.close(), reader.close()]);
    await administer(database.url, 'drop owned by node, reader; drop role node, reader');
  });

  it('drop no table but a partition of their own, whatever they are asked', async () => {
    for (const name of ['accounts', 'intent_events', 'webhook_log_default', 'nothing'])
      await engine.all('select strongroom_retire_partition($1, $2)', ['webhook_log', name]);
    await assert.rejects(engine.all('select strongroom_add_partition($1, $2, $3)', ['accounts', 0, 1]));
    assert.equal(await rowsIn('accounts'), 0);
    assert.ok((await partitionsOf('webhook_log')).includes('webhook_log_default'));
  });

  it('take over rows, positions and rights of an installation that had none', async () => {
    const before = await postgres.createDatabase();
    const old = openEngineAt(before.url);
    const migrations = platformMigrations.migrations.filter(({ id }) => id < '0007');
    await migrate(old, { owner: 'platform', migrations });
    await administer(before.url, 'create role node login; grant select, insert on intent_events to node');
    const intents = [intentMadeOn(now - 60 * dayMs), intentMadeOn(now), 'pi_of_another_shape'];
    for (const [index, intentId] of intents.entries())
      await old.write([
        {
          sql: `insert into intent_events (id, account_id, intent_id, sequence, type, status, at, doc) values ($1, 'acc_1', $2, 1, 'Created', 'Created', 0, '{}')`,
          params: [`evt_${index}`, intentId],
        },
      ]);
    await old.write([
      { sql: "insert into webhook_log (subscription_id, at, doc) values ('ws_1', $1, '[]')", params: [now] },
    ]);
    for (const list of migrationLists) assert.ok((await migrate(old, list)).ok);
    await addPartitions(old);
    assert.deepEqual(
      await old.all('select position, id, intent_made_at > 0 as dated from intent_events order by position', []),
      [
        { position: 1, id: 'evt_0', dated: true },
        { position: 2, id: 'evt_1', dated: true },
        { position: 3, id: 'evt_2', dated: false },
      ],
    );
    assert.ok((await openStore(old).commit([eventAt(now, intents[0] ?? '', 2), note(now)])).ok);
    assert.equal(await openStore(old).lastEventPosition(), 4);
    assert.equal((await openStore(old).deliveryPages('ws_1', 9, 9)).length, 2);
    const rights = await administer(
      before.url,
      "select privilege_type from information_schema.role_table_grants where grantee = 'node' and table_name = 'intent_events' order by 1",
    );
    assert.deepEqual(
      rights.map((row) => row['privilege_type']),
      ['INSERT', 'SELECT'],
    );
    await old.close();
    await administer(before.url, 'drop owned by node; drop role node');
    await before.drop();
  });
});
