import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { passesLuhn } from './luhn.ts';

test('accepts known numbers and refuses their neighbours', () => {
  for (const digits of ['79927398713', '4111111111111111', '370000000000002']) assert.equal(passesLuhn(digits), true);
  for (const digits of ['79927398710', '4111111111111112', '370000000000001']) assert.equal(passesLuhn(digits), false);
});

test('exactly one check digit fits, and one changed digit is always noticed', () => {
  const body = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 11, maxLength: 18 });
  fc.assert(
    fc.property(body, fc.nat(), fc.integer({ min: 1, max: 9 }), (digits, place, shift) => {
      const fitting = Array.from({ length: 10 }, (_, check) => [...digits, check].join('')).filter(passesLuhn);
      assert.equal(fitting.length, 1);
      const changed = [...(fitting[0] ?? '')].map(Number);
      const at = place % changed.length;
      changed[at] = ((changed[at] ?? 0) + shift) % 10;
      assert.equal(passesLuhn(changed.join('')), false);
    }),
  );
});
