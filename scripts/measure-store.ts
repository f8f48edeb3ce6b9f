// Measures the store over SQLite, without HTTP: `node scripts/measure-store.ts [flows] [in flight]`.
// A flow is what the four calls of the guide write and read: 4 commits of 3, 2, 3 and 5 statements, and 5 reads.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Change } from '../src/ports/store.ts';
import { migrate } from '../src/store/migrations/migrate.ts';
import { platformMigrations } from '../src/store/migrations/platform-migrations.ts';
import { openStore } from '../src/store/open-store.ts';
import { openSqliteEngine } from '../src/store/sqlite/sqlite-engine.ts';
import {
  append,
  insertAccount,
  insertAttempt,
  insertPayment,
  insertSetup,
  noon,
  sampleAttempt,
  samplePaymentIntent,
  sampleSetupIntent,
} from '../test/contracts/store/sample-objects.ts';

const [flows = 6000, inFlight = 64] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'strongroom-measure-'));
const path = join(folder, 'a.db');
const engine = openSqliteEngine({
  path,
  onCheckpointFailure: (error) => {
    throw error;
  },
});
await migrate(engine, platformMigrations);
const store = openStore(engine);
await store.commit([insertAccount()]);

const commitMs: number[] = [];
const commit = async (...changes: Change[]): Promise<void> => {
  const begun = performance.now();
  const result = await store.commit(changes);
  commitMs.push(performance.now() - begun);
  if (!result.ok) throw new Error(result.error);
};

const flow = async (token: string): Promise<void> => {
  const si = { id: `si_sandbox_${token}` };
  const pi = { id: `pi_sandbox_${token}`, setupIntentId: si.id, payment: null };
  const attempt = { id: `att_${token}`, paymentIntentId: pi.id, setupIntentId: si.id };
  const live = { version: 2, liveAttemptId: attempt.id };
  await commit(insertSetup(si), append({ sequence: 1 }, si.id), append({ sequence: 2 }, si.id));
  await store.setupIntent(si.id);
  await commit(insertPayment(pi), append({ sequence: 1 }, pi.id));
  await store.paymentIntent(pi.id);
  await store.setupIntent(si.id);
  await commit(
    insertAttempt(attempt),
    { kind: 'save-setup-intent', setupIntent: sampleSetupIntent({ ...si, ...live }) },
    { kind: 'save-payment-intent', paymentIntent: samplePaymentIntent({ ...pi, ...live }) },
  );
  await commit(
    { kind: 'save-charge-attempt', chargeAttempt: sampleAttempt({ ...attempt, version: 2, state: 'approved' }) },
    { kind: 'save-setup-intent', setupIntent: sampleSetupIntent({ ...si, version: 3, status: 'Completed' }) },
    { kind: 'save-payment-intent', paymentIntent: samplePaymentIntent({ ...pi, version: 3, status: 'Captured' }) },
    append({ sequence: 3 }, si.id),
    append({ sequence: 2 }, pi.id),
  );
  await store.setupIntent(si.id);
  await store.intentEvents(si.id);
};

const token = (n: number): string => String(n).padStart(22, '0');
const turns = monitorEventLoopDelay({ resolution: 1 });
let next = 0;
let walBytesMax = 0;
const run = async (): Promise<void> => {
  while (next < flows) {
    next += 1;
    const n = next;
    await flow(token(n));
    if (n % 50 === 0) walBytesMax = Math.max(walBytesMax, statSync(`${path}-wal`).size);
  }
};

const microsecondsEach = async (act: () => Promise<unknown>): Promise<number> => {
  const times = 20_000;
  const begun = performance.now();
  for (let n = 0; n < times; n += 1) await act();
  return ((performance.now() - begun) / times) * 1000;
};

turns.enable();
const begun = performance.now();
await Promise.all(Array.from({ length: inFlight }, run));
const seconds = (performance.now() - begun) / 1000;
turns.disable();
commitMs.sort((a, b) => a - b);
const percentile = (share: number): number => commitMs[Math.floor((commitMs.length - 1) * share)] ?? 0;
const closing = {
  flows,
  inFlight,
  flowsPerSecond: flows / seconds,
  commitsPerSecond: (4 * flows) / seconds,
  commitMsP50: percentile(0.5),
  commitMsP99: percentile(0.99),
  commitMsMax: percentile(1),
  eventLoopTurnMsMax: turns.max / 1e6,
  walMegabytesMax: walBytesMax / 1e6,
  readByIdMicroseconds: await microsecondsEach(() => store.setupIntent(`si_sandbox_${token(1)}`)),
  noneDueMicroseconds: await microsecondsEach(() => store.dueSetupIntentIds(noon, 100)),
  walMegabytesAtEnd: statSync(`${path}-wal`).size / 1e6,
};
for (const [name, value] of Object.entries(closing))
  process.stdout.write(`${name.padEnd(24)}${Number(value.toFixed(2))}\n`);
await store.close();
rmSync(folder, { recursive: true });
