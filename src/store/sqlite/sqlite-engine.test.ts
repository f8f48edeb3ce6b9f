import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { StoreUnavailable } from '../../ports/store.ts';
import type { Engine, Statement, WriteRefusal } from '../engine.ts';
import { openSqliteEngine } from './sqlite-engine.ts';

describe('SQLite engine', () => {
  let folder: string;
  let path: string;
  let engine: Engine;

  const create: Statement = { sql: 'create table numbers (n integer primary key, note text) strict', params: [] };
  const insert = (n: number, note: string | null = null): Statement => ({
    sql: 'insert into numbers (n, note) values ($1, $2)',
    params: [n, note],
  });
  const numbers = async (): Promise<unknown[]> =>
    (await engine.all('select n from numbers order by n', [])).map((row) => row['n']);
  /** Runs what is asked without awaiting in between, so that all of it lies in one group. */
  const together = (...writes: Statement[][]): Promise<PromiseSettledResult<WriteRefusal | undefined>[]> =>
    Promise.allSettled(writes.map((statements) => engine.write(statements)));
  const outcomes = (settled: PromiseSettledResult<unknown>[]): string[] =>
    settled.map((one) =>
      one.status === 'fulfilled' ? 'applied' : one.reason instanceof StoreUnavailable ? 'unavailable' : 'bug',
    );

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strongroom-engine-'));
    path = join(folder, 'data', 'strongroom.db');
    engine = openSqliteEngine({ path, busyTimeoutMs: 20 });
    await engine.write([create]);
  });
  afterEach(async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  it('runs with the settings that durability needs', async () => {
    const setting = async (name: string): Promise<unknown> =>
      Object.values((await engine.all(`PRAGMA ${name}`, []))[0] ?? {})[0];
    assert.equal(await setting('journal_mode'), 'wal');
    assert.equal(await setting('synchronous'), 2);
    assert.equal(await setting('foreign_keys'), 1);
    assert.equal(await setting('wal_autocheckpoint'), 0);
    assert.equal(await setting('busy_timeout'), 20);
  });

  it('refuses to open what cannot be made durable, or is no database', () => {
    for (const memory of [':memory:', '', 'file:x?mode=memory'])
      assert.throws(() => openSqliteEngine({ path: memory }), /must be a file/);
    const other = join(folder, 'other');
    writeFileSync(other, 'This is no database. '.repeat(100));
    assert.throws(() => openSqliteEngine({ path: other }), /not a database/);
  });

  it('makes files and folders that only their owner can read', async () => {
    await engine.write([insert(1)]);
    assert.equal(statSync(join(folder, 'data')).mode & 0o777, 0o700);
    for (const end of ['', '-wal', '-shm']) assert.equal(statSync(path + end).mode & 0o777, 0o600);
  });

  it('shows a read what was answered, and nothing of what waits', async () => {
    const writing = engine.write([insert(1)]);
    assert.deepEqual(await numbers(), []);
    await writing;
    assert.deepEqual(await numbers(), [1]);
  });

  it('shares one transaction between writes of one turn, and keeps their refusals apart', async () => {
    await engine.write([insert(1)]);
    const settled = await together(
      [insert(2)],
      [insert(3), insert(1)],
      [insert(4)],
      [insert(5), { sql: 'insert into nowhere values (1)', params: [] }],
      [insert(6)],
    );
    assert.deepEqual(outcomes(settled), ['applied', 'applied', 'applied', 'bug', 'applied']);
    assert.deepEqual(settled[1], { status: 'fulfilled', value: { refused: 'unique', constraint: 'numbers.n' } });
    assert.deepEqual(await numbers(), [1, 2, 4, 6]);
  });

  it('refuses as stale a write whose statement does not change exactly one row', async () => {
    await engine.write([insert(1), insert(2)]);
    const update = (where: string): Statement[] => [
      insert(9),
      { sql: `update numbers set note = $1 where ${where}`, params: ['seen'], mustChange: 'one' },
    ];
    assert.deepEqual(await engine.write(update('n = 3')), { refused: 'stale' });
    assert.deepEqual(await engine.write(update('n < 3')), { refused: 'stale' });
    assert.deepEqual(await numbers(), [1, 2]);
    assert.equal(await engine.write(update('n = 1')), undefined);
  });

  it('fails a write alone whose value has no column type', async () => {
    const settled = await together(
      [insert(1)],
      [{ ...insert(2), params: ['two', null] }],
      [{ ...insert(3), params: [3, {} as never] }],
      [insert(4)],
    );
    assert.deepEqual(outcomes(settled), ['applied', 'bug', 'bug', 'applied']);
    assert.deepEqual(await numbers(), [1, 4]);
  });

  it('refuses statements whose parameters are out of order', async () => {
    await assert.rejects(engine.all('select $2, $1', [1, 2]), /\$2 stands where \$1 must/);
  });

  it('writes all of more than one group', async () => {
    assert.ok(
      outcomes(await together(...Array.from({ length: 1000 }, (_, n) => [insert(n)]))).every(
        (outcome) => outcome === 'applied',
      ),
    );
    assert.equal((await numbers()).length, 1000);
  });

  it('rejects a group and all that waits behind it when the disk is full, and goes on when there is room', async () => {
    const [pages] = await engine.all('PRAGMA page_count', []);
    const limit = (pageCount: number) => engine.write([{ sql: `PRAGMA max_page_count = ${pageCount}`, params: [] }]);
    await limit(Number(pages?.['page_count']));
    const large = insert(500, 'x'.repeat(100_000));
    const settled = await together([insert(1)], [large], ...Array.from({ length: 400 }, (_, n) => [insert(n + 2)]));
    assert.ok(outcomes(settled).every((outcome) => outcome === 'unavailable'));
    assert.deepEqual(await numbers(), []);
    assert.equal(await engine.write([insert(1)]), undefined);
    await limit(100_000);
    assert.equal(await engine.write([large]), undefined);
    assert.deepEqual(await numbers(), [1, 500]);
  });

  it('rejects a group whose COMMIT fails, and all that waits behind it, and goes on', async () => {
    // A deferred reference is looked at by COMMIT alone: a failure at the last step, as a broken disk would make it.
    await engine.write([
      {
        sql: 'create table promises (n integer references numbers (n) deferrable initially deferred) strict',
        params: [],
      },
    ]);
    const broken: Statement = { sql: 'insert into promises (n) values ($1)', params: [7777] };
    const settled = await together([insert(1)], [broken], ...Array.from({ length: 200 }, (_, n) => [insert(n + 2)]));
    assert.ok(outcomes(settled).every((outcome) => outcome === 'unavailable'));
    assert.deepEqual(await numbers(), []);
    assert.equal(await engine.write([insert(3)]), undefined);
    assert.deepEqual(await numbers(), [3]);
  });

  it('rejects writes while another process holds the lock for too long, reads on, and goes on afterwards', async () => {
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    assert.deepEqual(outcomes(await together([insert(1)], [insert(2)])), ['unavailable', 'unavailable']);
    assert.deepEqual(await numbers(), []);
    other.exec('ROLLBACK');
    other.close();
    assert.deepEqual(outcomes(await together([insert(1)], [insert(2)])), ['applied', 'applied']);
  });

  it('leaves no WAL behind when it is closed', async () => {
    await engine.write([insert(1)]);
    assert.ok(existsSync(`${path}-wal`));
    await engine.close();
    assert.ok(!existsSync(`${path}-wal`));
    engine = openSqliteEngine({ path });
    assert.deepEqual(await numbers(), [1]);
  });

  it('keeps the WAL bounded under writes that never pause', async () => {
    const note = 'x'.repeat(6000);
    let walBytesMax = 0;
    let next = 0;
    const writeOn = async (): Promise<void> => {
      while (next < 20_000) {
        next += 1;
        await engine.write([insert(next, note)]);
        if (next % 50 === 0) walBytesMax = Math.max(walBytesMax, statSync(`${path}-wal`).size);
      }
    };
    await Promise.all(Array.from({ length: 64 }, writeOn));
    assert.equal((await numbers()).length, 20_000);
    // All of it is some 160 MB; what is missing is in the WAL, whose bound comes next.
    assert.ok(statSync(path).size > 90_000_000);
    assert.ok(walBytesMax < 64_000_000, `the WAL grew to ${walBytesMax} bytes`);
  });

  it('has everything that was answered after its process was killed', async () => {
    const killed = join(folder, 'killed.db');
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('../../../test/contracts/store/durable-writer.ts', import.meta.url)), killed],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (printed.split('\n').length > 300) child.kill('SIGKILL');
    });
    await once(child, 'close');
    assert.equal(child.signalCode, 'SIGKILL');
    const answered = printed.split('\n').slice(0, -1).map(Number);
    assert.ok(answered.length >= 300);
    const survivor = openSqliteEngine({ path: killed });
    const found = new Set((await survivor.all('select n from numbers', [])).map((row) => row['n']));
    await survivor.close();
    assert.deepEqual(
      answered.filter((n) => !found.has(n)),
      [],
    );
  });
});
