import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maskNumber } from './mask.ts';

test('shows first 8 and last 4 of 16 digits or more, else first 6 and last 4', () => {
  assert.equal(maskNumber('4456530000001096'), '44565300****1096');
  assert.equal(maskNumber('6759000000000000018'), '67590000****0018');
  assert.equal(maskNumber('370000000000002'), '370000****0002');
  assert.equal(maskNumber('676770000003'), '676770****0003');
});

test('tells nothing of the digits between, however many there are', () => {
  const digits = (length: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length });
  const cards = fc.integer({ min: 12, max: 19 }).chain((length) => fc.tuple(digits(length), digits(length)));
  fc.assert(
    fc.property(cards, ([number, other]) => {
      const start = number.length >= 16 ? 8 : 6;
      const twin = number.slice(0, start) + other.slice(start, -4) + number.slice(-4);
      assert.equal(maskNumber(number), maskNumber(twin));
      assert.match(maskNumber(number), /^\d{6,8}\*{4}\d{4}$/);
    }),
  );
});
