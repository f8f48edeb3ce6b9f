import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { Cvv } from './cvv.ts';
import { Pan } from './pan.ts';

const digits = '5200000000001005';
const code = '738';

/** Every way in which a value turns into text by accident. */
const printings = (value: Pan | Cvv): readonly string[] => [
  String(value),
  `${value}`,
  '' + value,
  JSON.stringify({ value }),
  inspect(value, { showHidden: true, depth: null }),
  inspect({ deep: [value] }, { showHidden: true }),
  format('%s %j %o %O', value, value, value, value),
  new Error(`refused ${value}`).message,
  inspect(new Error('refused', { cause: value })),
  inspect(structuredClone(value), { showHidden: true }),
  JSON.stringify(structuredClone({ value })),
  JSON.stringify(Object.entries(value)),
  [value].join(),
  String(value.valueOf()),
];

test('no printing of a Pan shows more than the last four digits', () => {
  for (const text of printings(new Pan(digits))) assert.ok(!/[0-9]{5}/.test(text), text);
  assert.match(String(new Pan(digits)), /1005/);
});

test('no printing of a Cvv shows a digit of it', () => {
  for (const text of printings(new Cvv(code))) assert.ok(!text.includes(code), text);
});

test('reveals the whole number, and only when asked', () => {
  assert.equal(new Pan(digits).reveal(), digits);
  assert.equal(new Pan(digits).last4, '1005');
  assert.equal(new Cvv(code).reveal(), code);
});

test('a dropped Cvv cannot be read again', () => {
  const cvv = new Cvv(code);
  cvv.drop();
  assert.throws(() => cvv.reveal(), /dropped/);
});

test('refuses what is not a number without repeating it', () => {
  for (const text of ['4111-1111-1111-1111', '41111111111', '']) {
    assert.throws(
      () => new Pan(text),
      (error: Error) => text === '' || !error.message.includes(text),
    );
  }
  for (const text of ['12', '12345', '12a'])
    assert.throws(
      () => new Cvv(text),
      (error: Error) => !error.message.includes(text),
    );
});
