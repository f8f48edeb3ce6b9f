import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { drive } from '../driver/drive.ts';
import type { RecordedAnswer } from './bare-http.ts';
import { startStackAlone } from './stack-alone.ts';

const token = 'AZ0aZ9_-AZ0aZ9_-AZ0aZ9';
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': '1' };
const answers: readonly RecordedAnswer[] = [
  { call: 'tokenise', headers, body: `{"id":"si_sandbox_${token}","status":"Authorized"}` },
  { call: 'create payment intent', headers, body: `{"id":"pi_sandbox_${token}","status":"Created"}` },
  { call: 'charge', headers, body: '{"status":"Successful","message":"DEPOSITED"}' },
  { call: 'read setup intent', headers, body: `{"id":"si_sandbox_${token}","status":"Completed"}` },
];

test('the recorded answers are given, and every flow leaves its rows', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-stack-'));
  const databaseFile = join(folder, 'stack.db');
  const stack = await startStackAlone({ answers, databaseFile, intentBytes: 100 });
  try {
    const { apiPort, pciPort } = stack;
    const target = { host: '127.0.0.1', apiPort, pciPort, key: 'sk_sandbox_test' };
    const result = await drive({ target, inFlight: 4, until: { flows: 20 } });
    assert.equal(result.firstError, null);
    assert.equal(result.flows, 20);
  } finally {
    await stack.close();
  }
  const database = new DatabaseSync(databaseFile);
  const rows = database
    .prepare(
      "select (select count(*) from object where id like 'si_%' and status = 'Completed') as ended, (select count(*) from event) as events",
    )
    .get();
  database.close();
  rmSync(folder, { recursive: true });
  assert.deepEqual({ ...rows }, { ended: 20, events: 100 });
});
