import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { runCommits } from './commits.ts';

test('flows in step share each commit, and every flow leaves its rows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-commits-'));
  try {
    const databaseFile = join(folder, 'floor.db');
    const result = runCommits({ databaseFile, inFlight: 8, seconds: 0.05, intentBytes: 100 });
    assert.ok(result.flows >= 8);
    assert.equal(result.commits, (result.flows / 8) * 4);
    const database = new DatabaseSync(databaseFile);
    const rows = database
      .prepare(`select count(*) as count from object where id like 'si_%' and status = 'Completed'`)
      .get();
    database.close();
    assert.equal(rows?.['count'], result.flows);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
