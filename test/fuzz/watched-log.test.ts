import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWatchedLog } from './watched-log.ts';

const line = (fields: object): string => `${JSON.stringify({ level: 'info', ...fields })}\n`;

test('sees faults and card numbers in lines that come in pieces, and lets the banner pass', () => {
  const log = openWatchedLog();
  log.take('curl … 5200 0000 0000 1005\n');
  const bad = line({ level: 'error', msg: 'request failed' }) + line({ note: '4111111111111111' });
  for (const letter of bad) log.take(letter);
  log.take(line({ msg: 'request' }));
  assert.deepEqual([log.counts.lines, log.counts.errors, log.faults.length], [3, 1, 2]);
});

test('knows which trace ids no line has named, in whichever order they come', () => {
  const log = openWatchedLog();
  const ids = ['a', 'b', 'c'].map((letter) => `00-${letter.repeat(32)}-${letter.repeat(16)}-00`);
  log.take(line({ traceId: ids[0] }));
  for (const id of ids) log.expect(id, `request ${id}`);
  log.take(line({ traceId: ids[1] }));
  assert.deepEqual(log.missing(), [`request ${ids[2]}`]);
});
