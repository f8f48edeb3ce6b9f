import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { publicSandboxKey } from '../../src/config/public-sandbox-key.ts';
import { migrationLists } from '../../src/main.ts';
import { migrate } from '../../src/store/migrations/migrate.ts';
import { openStore } from '../../src/store/open-store.ts';
import { openSqliteEngine } from '../../src/store/sqlite/sqlite-engine.ts';
import {
  append,
  insertAccount,
  insertAnswer,
  insertAttempt,
  insertKey,
  insertPayment,
  insertSetup,
} from '../contracts/store/sample-objects.ts';
import { startStrongroom } from '../journeys/start-strongroom.ts';
import { openEngineAt } from './open-engine.ts';
import { administer, type PostgresForTests, postgresForTests, untilOneWaits } from './start-postgres.ts';

const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

describe('strongroom move', () => {
  let postgres: PostgresForTests;
  let target: Awaited<ReturnType<PostgresForTests['createDatabase']>>;
  let folder: string;
  let path: string;

  const start = (from: string): ChildProcess =>
    spawn(process.execPath, [entry, 'move', '--from', `sqlite:${from}`, '--to', target.url], {
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const run = async (from = path): Promise<{ readonly code: number | null; readonly printed: string }> => {
    const child = start(from);
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (printed += text));
    await once(child, 'close');
    return { code: child.exitCode, printed };
  };
  const count = async (table: string): Promise<number> =>
    Number((await administer(target.url, `select count(*) as n from ${table}`))[0]?.['n']);

  /** An installation with every kind of row, and more of some than one batch takes. */
  const fill = async (file: string, account = 'acc_1'): Promise<void> => {
    const engine = openSqliteEngine({ path: file });
    for (const list of migrationLists) assert.ok((await migrate(engine, list)).ok);
    const store = openStore(engine);
    const id = (n: number): string => `si_${String(n).padStart(5, '0')}`;
    const setups = Array.from({ length: 1200 }, (_, n) => [
      insertSetup({ id: id(n), accountId: account }),
      append({}, id(n)),
    ]);
    const changes = [insertAccount({ id: account }), insertKey({ accountId: account }), ...setups.flat()];
    changes.push(insertPayment(), insertAttempt({ setupIntentId: id(7) }), insertAnswer());
    assert.ok((await store.commit(changes)).ok);
    await engine.write([
      {
        sql: 'insert into vault_data_keys (id, wrapping_key_id, nonce, wrapped, created_at) values ($1, $2, $3, $4, $5)',
        params: ['dk_1', 'k_1', Buffer.from([0, 1, 255]), Buffer.alloc(48, 7), 1],
      },
    ]);
    await engine.close();
  };

  before(async () => {
    postgres = await postgresForTests();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    target = await postgres.createDatabase();
    folder = mkdtempSync(join(tmpdir(), 'strongroom-move-'));
    path = join(folder, 'source.db');
  });
  afterEach(async () => {
    await target.drop();
    rmSync(folder, { recursive: true });
  });

  it('carries every row over, and the numbers of events go on behind the last', async () => {
    await fill(path);
    const { code, printed } = await run();
    assert.equal(code, 0, printed);
    assert.match(printed, /setup_intents +1200 rows/);
    assert.deepEqual(
      [await count('setup_intents'), await count('intent_events'), await count('vault_data_keys')],
      [1200, 1200, 1],
    );
    const engine = openEngineAt(target.url);
    const store = openStore(engine);
    assert.ok((await store.commit([append({ sequence: 9 }, 'si_00007')])).ok);
    assert.deepEqual(await engine.all('select max(position) as last from intent_events', []), [{ last: 1201 }]);
    assert.deepEqual(
      (await engine.all('select nonce from vault_data_keys', []))[0]?.['nonce'],
      Buffer.from([0, 1, 255]),
    );
    await engine.close();
  });

  it('goes on where it was killed, and until its end no server starts on the target', async () => {
    await fill(path);
    const engine = openEngineAt(target.url);
    for (const list of migrationLists) await migrate(engine, list);
    await engine.close();
    const holder = new pg.Client({ connectionString: target.url });
    await holder.connect();
    // Setup intents are copied before the attempts that point to them.
    await holder.query('begin; lock table charge_attempts in exclusive mode');
    const child = start(path);
    await untilOneWaits(target.url);
    child.kill('SIGKILL');
    await once(child, 'close');
    await holder.query('rollback');
    await holder.end();
    assert.deepEqual([await count('setup_intents'), await count('charge_attempts')], [1200, 0]);
    await assert.rejects(startStrongroom({ env: { STRONGROOM_DATABASE_URL: target.url } }), /has not finished/);
    const { code, printed } = await run();
    assert.equal(code, 0, printed);
    assert.deepEqual([await count('setup_intents'), await count('charge_attempts')], [1200, 1]);
  });

  it('refuses a target that has other data, and leaves it alone', async () => {
    await fill(path);
    const other = join(folder, 'other.db');
    await fill(other, 'acc_other');
    assert.equal((await run(other)).code, 0);
    const { code, printed } = await run();
    assert.equal(code, 1);
    assert.match(printed, /holds data that no move of this source brought/);
    assert.deepEqual(await administer(target.url, 'select id from accounts'), [{ id: 'acc_other' }]);
  });

  it('refuses to call it done when a row differs', async () => {
    await fill(path);
    const engine = openEngineAt(target.url);
    for (const list of migrationLists) await migrate(engine, list);
    await engine.write([
      {
        sql: "create function meddle() returns trigger language plpgsql as $$ begin new.last4 = '0000'; return new; end $$",
        params: [],
      },
      { sql: 'create trigger meddle before insert on api_keys for each row execute function meddle()', params: [] },
    ]);
    await engine.close();
    const { code, printed } = await run();
    assert.equal(code, 1);
    assert.match(printed, /differ in api_keys/);
  });

  it('refuses a source that is not there or has nothing in it', async () => {
    const missing = await run();
    assert.deepEqual([missing.code, missing.printed], [1, '--from names a file that is not there.\n']);
    await openSqliteEngine({ path }).close();
    const empty = await run();
    assert.equal(empty.code, 1);
    assert.match(empty.printed, /nothing to move/);
  });

  it('brings cards along that the moved server can charge', async () => {
    const dataDir = join(folder, 'data');
    const headers = {
      authorization: `Basic ${publicSandboxKey}`,
      version: '2026-02-27',
      'content-type': 'application/json',
    };
    const post = async (url: string, body: unknown): Promise<Record<string, unknown>> => {
      const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await answer.json()) as Record<string, unknown>;
    };
    const before = await startStrongroom({ dataDir });
    const cardDetails = { cardNumber: '5200000000001005', cardName: 'A Guest', expiryDate: '12 / 29', cV2: '020' };
    const setupIntent = await post(`${before.pciUrl}/setup-intents`, {
      reference: 'Booking 234',
      merchantInitiatedTransactionType: 'NoShow',
      terms: 'No-show fee.',
      cardDetails,
    });
    assert.equal(setupIntent['status'], 'Authorized');
    await before.stop();
    const moved = await run(join(dataDir, 'strongroom.db'));
    assert.equal(moved.code, 0, moved.printed);
    const server = await startStrongroom({ dataDir, env: { STRONGROOM_DATABASE_URL: target.url } });
    const paymentIntent = await post(`${server.apiUrl}/payment-intents`, {
      amount: { value: 1000, currencyCode: 'GBP' },
      reference: 'Booking 234',
      setupIntentId: setupIntent['id'],
    });
    const charge = await post(`${server.apiUrl}/payment-intents/${String(paymentIntent['id'])}/charge`, {});
    assert.equal(charge['status'], 'Successful');
    await server.stop();
  });
});
