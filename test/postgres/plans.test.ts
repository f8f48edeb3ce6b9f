import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { openEngineAt } from './open-engine.ts';
import { type StartedPostgres, startPostgres } from './start-postgres.ts';
import { everyStatement, fillTables, genericPlan, type NamedStatement, renderPlans } from './statement-plans.ts';

/** Tables that grow with every flow. Accounts, keys and subscriptions are as many as there are customers. */
const bigTables = [
  'setup_intents',
  'payment_intents',
  'charge_attempts',
  'refunds',
  'intent_events',
  'answers',
  'webhook_deliveries',
  'webhook_log',
  'vault_cards',
];

const ofSandbox = 'empties a sandbox account, or lists all of it; production has no such call';
/** Why a statement may read the whole of a big table. */
const reasons: Readonly<Record<string, string>> = {
  cardReferencesOf: ofSandbox,
  'deleteOfAccount answers': ofSandbox,
  'deleteOfAccount refunds': ofSandbox,
  'deleteOfAccount charge-attempts': ofSandbox,
  'deleteOfAccount payment-intents': ofSandbox,
  'deleteOfAccount setup-intents': ofSandbox,
  deleteDeliveryPages: 'SQLite only: here, days are dropped whole',
};

const scannedWhole = (plan: string): readonly string[] =>
  [...plan.matchAll(/Seq Scan on (\w+)/g)]
    .map(([, table = '']) => bigTables.find((big) => table === big || table.startsWith(`${big}_`)) ?? '')
    .filter((table) => table !== '');

describe('the plan of every statement on PostgreSQL', () => {
  let postgres: StartedPostgres;
  let client: pg.Client;
  let statements: readonly NamedStatement[];

  before(async () => {
    // A server of our own: plans depend on its release and its settings.
    postgres = await startPostgres({ settings: { fsync: 'off' } });
    await fillTables(postgres.url());
    client = new pg.Client({ connectionString: postgres.url() });
    await client.connect();
    statements = everyStatement();
  });
  after(async () => {
    await client.end();
    await postgres.stop();
  });

  it('is what plans.postgres.txt says (else run scripts/generate-plans.ts, and read the difference)', async () => {
    const kept = readFileSync(new URL('../../src/store/plans.postgres.txt', import.meta.url), 'utf8');
    assert.equal(await renderPlans(postgres.url()), kept);
  });

  it('reads no big table from end to end, but for the reasons given here', async () => {
    const found: string[] = [];
    for (const [name, text] of statements)
      if (scannedWhole(await genericPlan(client, text)).length > 0) found.push(name);
    assert.deepEqual(found.toSorted(), Object.keys(reasons).toSorted());
  });

  it('is the one that a node’s sessions run, those that read and the one that writes', async () => {
    const engine = openEngineAt(postgres.url());
    const mode = "select current_setting('plan_cache_mode') as mode";
    await engine.write([{ sql: `create table modes as ${mode}`, params: [] }]);
    const found = [await engine.all(mode, []), await engine.all('select mode from modes', [])];
    assert.deepEqual(found, [[{ mode: 'force_generic_plan' }], [{ mode: 'force_generic_plan' }]]);
    await engine.write([{ sql: 'drop table modes', params: [] }]);
    await engine.close();
  });

  it('would be seen to read one: a condition without an index, or an index that has gone', async () => {
    const plan = await genericPlan(client, 'select id from setup_intents where version = $1');
    assert.deepEqual(scannedWhole(plan), ['setup_intents']);
    await client.query('begin; drop index setup_intents_due');
    const due = statements.find(([name]) => name === 'dueSetupIntentIds')?.[1] ?? '';
    assert.deepEqual(scannedWhole(await genericPlan(client, due)), ['setup_intents']);
    await client.query('rollback');
  });

  it('is known of the vault’s statements too', () => {
    const names = statements.filter(([, text]) => text.includes('vault_')).map(([name]) => name);
    assert.deepEqual(names.toSorted(), [
      'deleteCard',
      'findDataKey',
      'findKeptCards',
      'findSealedCard',
      'findWrappingKeyIds',
      'insertCard',
      'insertDataKey',
    ]);
  });
});
