import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { apiVersions, versionFor } from './versions.ts';

test('a release date names that release', () => {
  for (const version of apiVersions) assert.equal(versionFor(version), version);
});

test('a date between two releases means the newest one on or before it; an older date than the first means the first', () => {
  assert.equal(versionFor('2022-01-03'), '2022-04-07');
  assert.equal(versionFor('2024-02-04'), '2022-04-07');
  assert.equal(versionFor('2025-09-09'), '2024-02-05');
  assert.equal(versionFor('2099-12-31'), '2026-02-27');
});

test('what is not a calendar date is refused', () => {
  for (const text of [
    '',
    '2024-2-5',
    '2024-02-30',
    '2024-13-01',
    '20240205',
    'latest',
    '2024-02-05T00:00:00Z',
    ' 2024-02-05',
  ]) {
    assert.equal(versionFor(text), undefined, text);
  }
});

test('a later date never means an older release', () => {
  const day = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(day, day, (a, b) => {
      const [early, late] = [a, b].map((date) => date.toISOString().slice(0, 10)).sort() as [string, string];
      assert.ok((versionFor(early) ?? '') <= (versionFor(late) ?? ''));
    }),
  );
});

test('any text means a known release or none', () => {
  const almost = fc.string({ unit: fc.constantFrom(...'0123456789-'), minLength: 8, maxLength: 11 });
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), almost), (header) => {
      const version = versionFor(header);
      assert.ok(version === undefined || (apiVersions.includes(version) && /^\d{4}-\d\d-\d\d$/.test(header)));
    }),
  );
});
