import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { testCards } from '../acquirers/simulator/test-cards.ts';
import { parseCardDetails } from './card-details.ts';

const now = Date.UTC(2026, 5, 1);
const good = { cardNumber: '5200 0000 0000 1005', cardName: 'Ada Lovelace', expiryDate: '12 / 29', cV2: '020' };
const errorsOf = (details: unknown): Readonly<Record<string, readonly string[]>> => {
  const parsed = parseCardDetails(details, now);
  assert.ok(!parsed.ok);
  return parsed.error;
};
const messages = (details: unknown): string => Object.values(errorsOf(details)).flat().join(' ');

test('reads the fields in any case, with separators in the number and either name of the CVV', () => {
  for (const details of [
    good,
    { CardNumber: '5200-0000-0000-1005', CARDNAME: 'Ada Lovelace', expirydate: '1229', CVV: '020' },
    { ...good, cV2: undefined, cvv: '020' },
  ]) {
    const parsed = parseCardDetails(JSON.parse(JSON.stringify(details)), now);
    assert.ok(parsed.ok);
    assert.equal(parsed.value.pan.reveal(), '5200000000001005');
    assert.equal(parsed.value.cvv.reveal(), '020');
    assert.equal(parsed.value.cardholderName, 'Ada Lovelace');
    assert.equal(parsed.value.scheme, 'MASTERCARD');
    assert.deepEqual(parsed.value.expiry, { year: 2029, month: 12 });
  }
});

test('reads every test card', () => {
  for (const card of testCards) {
    const parsed = parseCardDetails({ cardNumber: card.number, expiryDate: card.expiry, cvv: card.cvv }, now);
    assert.ok(parsed.ok, card.title);
    assert.equal(parsed.value.scheme, card.scheme);
    assert.equal(parsed.value.cardholderName, null);
  }
});

test('names every field that is missing, and does not ask for a name', () => {
  assert.deepEqual(errorsOf({}), {
    'CardDetails.CardNumber': ['The CardNumber field is required.'],
    'CardDetails.ExpiryDate': ['The ExpiryDate field is required.'],
    'CardDetails.CV2': ['The CV2 field is required.'],
  });
  for (const nothing of [undefined, null])
    assert.deepEqual(errorsOf(nothing), { CardDetails: ['The CardDetails field is required.'] });
  for (const other of ['x', 1, true, []])
    assert.deepEqual(errorsOf(other), { CardDetails: ['The CardDetails field must be an object.'] });
});

test('refuses wrong types, unknown fields and a field sent twice, by name', () => {
  assert.deepEqual(errorsOf({ ...good, cardNumber: 5200000000001005 }), {
    'CardDetails.CardNumber': ['The CardNumber field must be a string.'],
  });
  assert.deepEqual(errorsOf({ ...good, issueNumber: '1' }), {
    'CardDetails.IssueNumber': ['The field is not known here.'],
  });
  assert.deepEqual(errorsOf({ ...good, cvv: '020' }), {
    'CardDetails.CV2': ['The CV2 field was sent more than once.'],
  });
  assert.deepEqual(errorsOf({ ...good, cardnumber: null }), {
    'CardDetails.CardNumber': ['The CardNumber field was sent more than once.'],
  });
});

test('an unknown field name that could hold a number is not repeated, and a thousand of them are not listed', () => {
  assert.deepEqual(errorsOf({ ...good, '4000000000000002': 'x' }), { CardDetails: ['The field is not known here.'] });
  assert.deepEqual(
    errorsOf(JSON.parse('{"__proto__":{"a":1},"cardNumber":"5200000000001005","expiryDate":"12/29","cvv":"020"}')),
    {
      CardDetails: ['The field is not known here.'],
    },
  );
  const many = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [`x${'y'.repeat(index % 30)}${'z'.repeat(index / 30)}`, 1]),
  );
  assert.ok(Object.keys(errorsOf({ ...good, ...many })).length <= 10);
});

test('refuses numbers that fail Luhn, have a length of no scheme or a form of no number', () => {
  for (const cardNumber of [
    '5200000000001006',
    '52000000000010',
    '40000000000000006',
    '5200.0000.0000.1005',
    '0'.repeat(16),
    'x',
    '',
    ' '.repeat(100),
    '5'.repeat(5000),
    '５200000000001005',
  ])
    assert.deepEqual(errorsOf({ ...good, cardNumber }), {
      'CardDetails.CardNumber': ['The CardNumber field is not a valid card number.'],
    });
});

test('refuses other brands by their name', () => {
  assert.match(messages({ ...good, cardNumber: '3528000000000007' }), /JCB.*VISA/);
  assert.match(messages({ ...good, cardNumber: '6200000000000005' }), /UnionPay/);
});

test('asks for four digits of CVV from AMEX, three from all others', () => {
  const amex = { ...good, cardNumber: '370000000000002' };
  assert.match(messages(amex), /4 digits/);
  assert.ok(parseCardDetails({ ...amex, cV2: '0200' }, now).ok);
  assert.match(messages({ ...good, cV2: '0200' }), /3 digits/);
  for (const cV2 of ['', '12', '12345', 'abc', ' 020']) assert.ok('CardDetails.CV2' in errorsOf({ ...good, cV2 }));
});

test('refuses a card number in the name, and a name that is long or holds control characters', () => {
  const numbers = ['4000 0000 0000 0002', 'Ada 4000000000000002'];
  for (const cardName of [...numbers, 'x'.repeat(101), 'Ada\nLovelace', 'Ada\u0085', '\ud800da', 'Ada\u202e'])
    assert.deepEqual(Object.keys(errorsOf({ ...good, cardName })), ['CardDetails.CardName'], cardName);
  for (const cardName of ["Ada O'Lovelace-Zo\u00eb", '\u{20bb7}\u91ce', '\u0645\u062d\u0645\u062f'])
    assert.ok(parseCardDetails({ ...good, cardName }, now).ok);
});

test('an empty name is no name', () => {
  for (const cardName of ['', '  ']) {
    const read = parseCardDetails({ ...good, cardName }, now);
    assert.ok(read.ok);
    assert.equal(read.value.cardholderName, null);
  }
});

test('no error repeats what was sent', () => {
  const anyText = fc.oneof(fc.string({ minLength: 3 }), fc.stringMatching(/^[0-9 -]{3,25}$/));
  fc.assert(
    fc.property(anyText, anyText, anyText, anyText, (cardNumber, expiryDate, cV2, key) => {
      const marked = { cardNumber: `${cardNumber}#`, expiryDate: `${expiryDate}#`, cV2: `${cV2}#`, [`${key}#`]: 'x#' };
      assert.ok(!JSON.stringify(errorsOf(marked)).includes('#'));
    }),
  );
});
