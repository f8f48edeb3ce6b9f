import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupProfile } from './profile.ts';
import type { CpuProfile, ProfileNode } from './profile.ts';

const node = (
  id: number,
  functionName: string,
  url: string,
  children: readonly number[] = [],
  lineNumber = url === '' ? -1 : 1,
): ProfileNode => ({
  id,
  callFrame: { functionName, url, lineNumber },
  children,
});

const nodes: readonly ProfileNode[] = [
  node(1, '(root)', '', [2, 3, 4, 8, 10]),
  node(2, '(idle)', ''),
  node(3, '(garbage collector)', ''),
  node(4, 'commit', 'file:///x/dist/src/store/sqlite/engine.js', [5, 6]),
  node(5, 'run', ''),
  node(6, 'parse', ''),
  node(7, 'unreached', 'file:///x/dist/src/http/a.js'),
  node(8, 'update', 'node:internal/crypto/cipher', [9]),
  node(9, 'update', ''),
  node(10, 'handle', 'file:///x/node_modules/fastify/lib/route.js', [11, 12]),
  node(11, 'anonymous0', '', [], 3),
  node(12, 'writeLatin1String', ''),
];
const profileOf = (samples: readonly number[]): CpuProfile => ({
  nodes,
  startTime: 0,
  endTime: samples.length * 1000,
  samples,
  timeDeltas: samples.map(() => 1000),
});
const sharesOf = (samples: readonly number[]): Record<string, number> =>
  Object.fromEntries(
    groupProfile(profileOf(samples), { fromMs: 0, toMs: 1e9 }).map(({ area, share }) => [area, share]),
  );

test('each function counts for the area of its file, and native ones for what their name and caller tell', () => {
  assert.deepEqual(sharesOf([2, 3, 4, 5, 6, 8, 9, 10, 11, 12]), {
    'waiting (idle)': 0.1,
    'garbage collection': 0.1,
    'SQLite and its disk': 0.2,
    JSON: 0.2,
    cryptography: 0.2,
    fastify: 0.2,
  });
});

test('samples outside the window do not count', () => {
  const areas = groupProfile(profileOf([2, 2, 2, 4, 4, 3]), { fromMs: 3.5, toMs: 5 });
  assert.deepEqual(
    areas.map(({ area, selfMs }) => [area, selfMs]),
    [['SQLite and its disk', 2]],
  );
});

test('the costliest area comes first, with its costliest functions', () => {
  const areas = groupProfile(profileOf([3, 4, 4, 4]), { fromMs: 0, toMs: 1e9 });
  assert.equal(areas[0]?.area, 'SQLite and its disk');
  assert.deepEqual(areas[0].functions, ['commit sqlite/engine.js 75.0 %']);
});
