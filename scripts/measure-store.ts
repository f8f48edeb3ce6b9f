// Measures the store over SQLite, without HTTP: `node scripts/measure-store.ts [flows] [in flight]`.
// A flow is what the four calls of the guide write and read: 4 commits of 3, 2, 3 and 5 statements, and 5 reads.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { migrate } from '../src/store/migrations/migrate.ts';
import { platformMigrations } from '../src/store/migrations/platform-migrations.ts';
import { openStore } from '../src/store/open-store.ts';
import { openSqliteEngine } from '../src/store/sqlite/sqlite-engine.ts';
import { noon } from '../test/contracts/store/sample-objects.ts';
import { flowToken, measureFlows } from './measured-flow.ts';

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

const turns = monitorEventLoopDelay({ resolution: 1 });
let walBytesMax = 0;

const microsecondsEach = async (act: () => Promise<unknown>): Promise<number> => {
  const times = 20_000;
  const begun = performance.now();
  for (let n = 0; n < times; n += 1) await act();
  return ((performance.now() - begun) / times) * 1000;
};

turns.enable();
const measured = await measureFlows(store, {
  flows,
  inFlight,
  afterEach: (begun) => {
    if (begun % 50 === 0) walBytesMax = Math.max(walBytesMax, statSync(`${path}-wal`).size);
  },
});
turns.disable();
const closing = {
  flows,
  inFlight,
  ...measured,
  eventLoopTurnMsMax: turns.max / 1e6,
  walMegabytesMax: walBytesMax / 1e6,
  readByIdMicroseconds: await microsecondsEach(() => store.setupIntent(`si_sandbox_${flowToken(1)}`)),
  noneDueMicroseconds: await microsecondsEach(() => store.dueSetupIntentIds(noon, 100)),
  walMegabytesAtEnd: statSync(`${path}-wal`).size / 1e6,
};
for (const [name, value] of Object.entries(closing))
  process.stdout.write(`${name.padEnd(24)}${Number(value.toFixed(2))}\n`);
await store.close();
rmSync(folder, { recursive: true });
