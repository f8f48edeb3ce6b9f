import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isNestedDeeper } from './json-depth.ts';

const depthOf = (value: unknown): number =>
  typeof value !== 'object' || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(depthOf));

test('tells the depth of any JSON as walking the parsed value does', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), fc.nat(9), (json, levels) => {
      assert.equal(isNestedDeeper(json, levels), depthOf(JSON.parse(json)) > levels);
    }),
    { numRuns: 2_000 },
  );
});

test('passes over brackets in texts, whatever escapes stand before their ends', () => {
  for (const text of ['[[[[[[[[[[', '"[[[[[[[[', '\\', '\\"[[[[[[[', '\\\\', '{"a":['])
    assert.equal(isNestedDeeper(JSON.stringify([text, text]), 1), false, text);
});

test('finds depth in text that is no JSON, and stops at its end', () => {
  assert.equal(isNestedDeeper('['.repeat(65_536), 32), true);
  assert.equal(isNestedDeeper(`"${'['.repeat(65_535)}`, 32), false);
  assert.equal(isNestedDeeper('\\'.repeat(65_536), 32), false);
});
