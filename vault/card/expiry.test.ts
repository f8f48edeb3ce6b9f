import assert from 'node:assert/strict';
import { test } from 'node:test';
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
