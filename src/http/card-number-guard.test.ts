import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyRequest } from 'fastify';
import { misplacedCardField, refusalOfCardData } from './card-number-guard.ts';

const number = '4000000000000002';
/** Stands for the vault's detector, which has tests of its own: it finds this one number. */
let asked = 0;
const containsCardNumber = (text: string): boolean => {
  asked += 1;
  return text.replaceAll(/[ -]/g, '').includes(number);
};
const requestWith = (url: string, headers: object): FastifyRequest => ({ url, headers }) as FastifyRequest;
const refusalOf = (body: unknown, url = '/setup-intents', headers: object = {}) =>
  refusalOfCardData(
    requestWith(url, headers),
    body,
    body === undefined ? '' : JSON.stringify(body),
    containsCardNumber,
  );
const fieldOf = (body: unknown): string => Object.keys(refusalOf(body)?.errors ?? {}).join();

test('finds a card number in every value, unknown fields and numbers too, and names the field', () => {
  assert.equal(fieldOf({ reference: `Order ${number}` }), 'Reference');
  assert.equal(fieldOf({ metadata: { note: '4000 0000-0000 0002' } }), 'Metadata.Note');
  assert.equal(fieldOf({ itemLines: [{ name: 'x' }, { name: number }] }), 'ItemLines[1].Name');
  assert.equal(fieldOf({ anything: { else: [[Number(number)]] } }), 'Anything.Else[0][0]');
  assert.equal(fieldOf(number), 'Body');
});

test('finds one in a key, and names only what holds it', () => {
  assert.equal(fieldOf({ metadata: { [number]: 'x' } }), 'Metadata');
  assert.equal(fieldOf({ [number]: 'x' }), 'Body');
});

test('finds one behind escapes and exponents', () => {
  for (const text of [
    `{"reference":"\\u0034000000000000002"}`,
    '{"x":4.000000000000002e15}',
    '{"x":4000000000000002E0}',
  ]) {
    const refusal = refusalOfCardData(requestWith('/', {}), JSON.parse(text), text, containsCardNumber);
    assert.equal(refusal?.code, 'card-number-refused', text);
  }
});

test('finds one in a field that was sent twice, of which the parsed body holds the last', () => {
  for (const text of [
    `{"reference":"${number}","reference":"x"}`,
    `{"metadata":{"a":"4000 0000 0000 0002","a":"ok"}}`,
    `{"reference":"\\u0034000000000000002","reference":"x"}`,
    `{"reference":"4000 0000\\u00200000 0002","reference":"x"}`,
    `{"${number}":1,"reference":"x"}`,
  ]) {
    const refusal = refusalOfCardData(requestWith('/', {}), JSON.parse(text), text, containsCardNumber);
    assert.equal(refusal?.code, 'card-number-refused', text);
  }
});

test('finds one in the query, and in the idempotency key', () => {
  for (const url of [`/x?a=${number}`, `/x?${number}`]) {
    assert.equal(refusalOf(undefined, url)?.code, 'card-number-refused', url);
  }
  for (const name of ['idempotencykey', 'idempotency-key']) {
    assert.equal(refusalOf(undefined, '/x', { [name]: number })?.code, 'card-number-refused', name);
  }
});

test('never repeats the number', () => {
  for (const body of [{ a: number }, { [number]: 1 }, { metadata: { [`x${number}`]: number } }]) {
    assert.ok(!JSON.stringify(refusalOf(body)).includes(number));
  }
});

test('an ordinary body costs one look', () => {
  asked = 0;
  assert.equal(refusalOf({ reference: 'Order 234', amount: { value: 1000 }, metadata: { a: 'b', c: 'd' } }), undefined);
  assert.equal(asked, 1);
});

test('refuses text that no database can keep, and bodies that are too deep', () => {
  for (const body of ['{"a":"\\u0000"}', '{"a":"\\ud800"}', '{"\\u0000":1}']) {
    const refusal = refusalOfCardData(requestWith('/', {}), JSON.parse(body), body, containsCardNumber);
    assert.equal(refusal?.code, 'request-invalid', body);
  }
  const deep = `{"a":"\\n","b":${'['.repeat(5000)}${']'.repeat(5000)}}`;
  assert.equal(
    refusalOfCardData(requestWith('/', {}), JSON.parse(deep), deep, containsCardNumber)?.code,
    'request-invalid',
  );
});

test('finds card fields outside cardDetails, in any case, and in metadata', () => {
  assert.equal(misplacedCardField({ CARDDETAILS: {} }), 'CARDDETAILS');
  assert.equal(misplacedCardField({ reference: 'x', cV2: '020' }), 'CV2');
  assert.equal(misplacedCardField({ cardNumber: '1' }), 'CardNumber');
  assert.equal(misplacedCardField({ metadata: { cvv: '020' } }), 'Metadata.Cvv');
  for (const name of [
    'card_cvv',
    'Card CVV',
    'CVV code',
    'csc',
    'cvn',
    'security_code',
    'cardSecurityCode',
    '\uff43\uff56\uff56',
  ]) {
    assert.ok(misplacedCardField({ metadata: { [name]: '020' } })?.startsWith('Metadata'), name);
    assert.ok(misplacedCardField({ [name]: '020' }), name);
  }
  for (const name of ['room', 'security', 'card', 'keycard', 'cards', 'number', 'promo code', 'security deposit'])
    assert.equal(misplacedCardField({ metadata: { [name]: '020' } }), undefined, name);
  assert.equal(misplacedCardField({ card: { number: 'x', cvc: '123' } }), 'Card.Cvc');
  assert.equal(misplacedCardField({ itemLines: [{ name: 'x' }, { cvv: '123' }] }), 'ItemLines[1].Cvv');
  assert.equal(misplacedCardField({ metadata: { room: '4' }, reference: 'cvv', cardDetails: null }), undefined);
  assert.equal(misplacedCardField([]), undefined);
});
