import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSyncs } from './commit-count.ts';
import type { Latency } from './driver/drive.ts';
import { readRssBytes } from './product-process.ts';
import { commitsPerFlow, renderResults } from './results-page.ts';
import type { BenchReport } from './results-page.ts';
import { ratioToBareHttp } from './rounds.ts';
import type { Level } from './rounds.ts';

const latency = (p99Ms: number): Latency => ({ count: 1000, p50Ms: 1.5, p99Ms, maxMs: p99Ms * 2 });
const summary = (flowsPerSecond: number, p99Ms: number): Level['product'] => ({
  flowsPerSecond,
  calls: {
    tokenise: latency(p99Ms),
    'create payment intent': latency(p99Ms),
    charge: latency(p99Ms),
    'read setup intent': latency(p99Ms),
  },
  overall: latency(p99Ms),
  driverLoad: 0.3,
  errors: 0,
  firstError: null,
});
const level = (inFlight: number, flows: number, floor: number, p99Ms = 20): Level => ({
  inFlight,
  product: summary(flows, p99Ms),
  bareHttp: summary(floor, 2),
  stackAlone: summary(floor / 3, 5),
  commitFlowsPerSecond: 9000,
  ratioToBareHttp: flows / floor,
  ratioToCommits: flows / 9000,
  ratioToStackAlone: (flows * 3) / floor,
  rssBytes: 120e6,
});

const report = (levels: readonly Level[]): BenchReport => ({
  machine: { cores: 2, processor: 'A processor', kernel: '6.1', node: '24.0.0', memoryBytes: 8e9, date: '2026-01-31' },
  rounds: 3,
  ratioToBareHttp: ratioToBareHttp(levels),
  levels,
  commits: { flows: 200, syncs: { 'strongroom.db-wal': 800, 'ledger.db-wal': 200 } },
  memory: {
    flows: 1000,
    inFlight: 64,
    points: [{ flows: 0, rssBytes: 1e8 }],
    maxRssBytes: 1.5e8,
    growthBytesPerThousandFlows: 0,
    errors: 0,
    firstError: null,
  },
  profile: null,
  errors: 0,
  firstError: null,
});

test('the ratio is the worse of 16 and 64 in flight; one in flight does not count beside them', () => {
  assert.equal(ratioToBareHttp([level(1, 100, 5000), level(16, 2000, 5000), level(64, 1500, 5000)]), 0.3);
  assert.equal(ratioToBareHttp([level(1, 100, 5000)]), 0.02);
});

test('the page says of each target whether it is held', () => {
  const held = renderResults(report([level(16, 2000, 5000), level(64, 2000, 5000)]));
  assert.equal(held.match(/\| held \|/g)?.length, 4);
  assert.ok(!held.includes('missed'));
  const missed = renderResults(report([level(16, 500, 5000), level(64, 2000, 5000, 151)]));
  assert.equal(missed.match(/\| \*\*missed\*\* \|/g)?.length, 2);
});

test('every row of a table has as many cells as its head', () => {
  const page = renderResults(report([level(1, 100, 5000), level(16, 2000, 5000)]));
  let head = 0;
  for (const line of page.split('\n')) {
    const cells = line.startsWith('|') ? line.split('|').length : 0;
    if (cells > 0 && head > 0) assert.equal(cells, head, line);
    head = cells;
  }
});

test('commits are counted by file, from the calls that force one to disk', () => {
  const trace = [
    '811   fdatasync(23</tmp/x/data/strongroom.db-wal>) = 0',
    '811   fdatasync(23</tmp/x/data/strongroom.db-wal>) = 0',
    '812   fsync(24</tmp/x/data/ledger.db-wal> <unfinished ...>',
    '812   <... fsync resumed>)              = 0',
    '--- SIGTERM ---',
  ].join('\n');
  const syncs = readSyncs(trace);
  assert.deepEqual(syncs, { 'strongroom.db-wal': 2, 'ledger.db-wal': 1 });
  assert.equal(commitsPerFlow({ flows: 2, syncs }), 1);
});

test('resident memory is read in bytes', () => {
  assert.equal(readRssBytes('Name:\tnode\nVmHWM:\t  200 kB\nVmRSS:\t  100 kB\n'), 102_400);
  assert.throws(() => readRssBytes('Name:\tnode\n'), /VmRSS/);
});
