import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { expiryText, parseExpiry } from './expiry.ts';

const now = Date.UTC(2026, 5, 1);

test('reads every written form of a month', () => {
  for (const text of ['12 / 29', '12/29', '1229', '12/2029', '2029-12', '12 /29'])
    assert.deepEqual(parseExpiry(text, now), { year: 2029, month: 12 }, text);
  assert.deepEqual(parseExpiry('01/30', now), { year: 2030, month: 1 });
});

test('reads a month that has passed: its card is out of date, its text is not wrong', () => {
  assert.deepEqual(parseExpiry('01/20', now), { year: 2020, month: 1 });
});

test('refuses months and years that no card has, and other forms', () => {
  for (const text of [
    '13/29',
    '00/29',
    '1/29',
    '12/9',
    '122029',
    '202912',
    '2029-13',
    '2029/12',
    '12-29',
    '12/99',
    '12/1999',
    '2047-01',
    '12  /  29',
    '',
    '12/29x',
    '１２/29',
  ])
    assert.equal(parseExpiry(text, now), undefined, text);
  assert.deepEqual(parseExpiry('2046-12', now), { year: 2046, month: 12 });
});

test('writes a month so that texts sort as months do', () => {
  assert.equal(expiryText({ year: 2029, month: 3 }), '2029-03');
});

test('reads back every month that it can write, in all forms', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2000, max: 2046 }), fc.integer({ min: 1, max: 12 }), (year, month) => {
      const two = (value: number): string => String(value % 100).padStart(2, '0');
      const forms = [
        expiryText({ year, month }),
        `${two(month)}/${year}`,
        `${two(month)}/${two(year)}`,
        `${two(month)} / ${two(year)}`,
        `${two(month)}${two(year)}`,
      ];
      for (const text of forms) assert.deepEqual(parseExpiry(text, now), { year, month }, text);
    }),
  );
});

test('makes of any text a month that exists, or nothing', () => {
  const almost = fc.string({ unit: fc.constantFrom(...'0123456789/- '), maxLength: 9 });
  fc.assert(
    fc.property(fc.oneof(almost, fc.string({ unit: 'binary' })), (text) => {
      const expiry = parseExpiry(text, now);
      if (expiry === undefined) return;
      assert.ok(expiry.month >= 1 && expiry.month <= 12 && expiry.year >= 2000 && expiry.year <= 2046, text);
      assert.deepEqual(parseExpiry(expiryText(expiry), now), expiry);
    }),
    { numRuns: 1_000 },
  );
});
