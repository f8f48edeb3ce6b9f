import assert from 'node:assert/strict';
import { test } from 'node:test';
import creditCardType from 'credit-card-type';
import fc from 'fast-check';
import { brandOf, fundingTypeOf } from './brand.ts';

const digitsOf = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength, maxLength }).map((digits) => digits.join(''));

/** Prefixes at and around every border of the library's table, where a mistake would be. */
const borders = Object.values(creditCardType.types).flatMap((type) =>
  creditCardType
    .getTypeInfo(type)
    .patterns.flat()
    .flatMap((prefix) => [prefix - 1, prefix, prefix + 1].map(String)),
);

test('says the same brand as the library, at the borders of every range too', () => {
  const number = fc
    .tuple(fc.oneof(fc.constant(''), fc.constantFrom(...borders)), digitsOf(19, 19), fc.integer({ min: 12, max: 19 }))
    .map(([prefix, rest, length]) => `${prefix}${rest}`.slice(0, length));
  fc.assert(
    fc.property(number, (digits) => {
      assert.equal(brandOf(digits)?.name, creditCardType(digits)[0]?.niceType);
    }),
    { numRuns: 2000 },
  );
});

test('names the schemes as the API does, and no scheme for other brands', () => {
  const schemes = [
    '4000000000000002',
    '5200000000001005',
    '6759000000000000',
    '6011000000000004',
    '36000000000008',
    '370000000000002',
    '3528000000000007',
    '6200000000000005',
  ];
  assert.deepEqual(
    schemes.map((digits) => brandOf(digits)?.scheme),
    ['VISA', 'MASTERCARD', 'MAESTRO', 'DISCOVER', 'DCI', 'AMEX', null, null],
  );
  assert.equal(brandOf('1000000000000008'), undefined);
});

test('claims to know the funding of Maestro only', () => {
  assert.equal(fundingTypeOf('MAESTRO'), 'Debit');
  assert.equal(fundingTypeOf('VISA'), 'Unknown');
});
