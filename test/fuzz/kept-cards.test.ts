import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { filesWithCards } from './kept-cards.ts';

const folder = mkdtempSync(join(tmpdir(), 'strongroom-kept-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('finds a card number in any file, also where two pieces of a large one meet', () => {
  mkdirSync(join(folder, 'inner'));
  writeFileSync(join(folder, 'clean'), `5200000000001006 52000000****1005 ${'x'.repeat(5_000_000)}`);
  writeFileSync(join(folder, 'inner', 'grouped'), '\0\u00ff{"reference":"4111-1111-1111-1111"}');
  writeFileSync(join(folder, 'large'), `${' '.repeat(4 * 1024 * 1024 - 8)}5200000000001005`);
  // Digits written together are one number: a longer one is not a card number.
  writeFileSync(join(folder, 'longer'), '95200000000001005 52000000000010059');
  const names = filesWithCards(folder).map((file) => file.slice(folder.length + 1));
  assert.deepEqual(names.sort(), ['inner/grouped', 'large']);
});
