import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { testCards } from '../acquirers/simulator/test-cards.ts';
import { containsCardNumber, scrubCardNumbers } from './detect.ts';

const number = fc.constantFrom(...testCards.map((card) => card.number));
const separator = fc.constantFrom(
  '',
  ' ',
  '-',
  ' - ',
  '  ',
  '--',
  '\u00a0',
  '\u2013',
  '\u2212',
  '\u200b',
  '\t',
  '\uff0d',
  '\u3000',
);
/** What may stand beside a number: it neither holds a digit nor joins two runs. */
const prose = fc.string().map((text) => text.replace(/[\p{N}\p{Nd}]/gu, 'x'));
const separated = fc
  .tuple(number, fc.array(separator, { minLength: 20, maxLength: 20 }))
  .map(([digits, separators]) => [...digits].map((digit, index) => digit + (separators[index] ?? '')).join(''));

test('finds a card number with any separators between any of its digits, in any text', () => {
  fc.assert(
    fc.property(prose, separated, prose, (before, written, after) => {
      assert.equal(containsCardNumber(before + written + after), true);
    }),
    { numRuns: 500 },
  );
});

test('finds a card number behind or before other groups of digits', () => {
  const groups = fc.array(fc.integer({ min: 0, max: 99999 }).map(String), { maxLength: 4 });
  fc.assert(
    fc.property(groups, number, groups, (before, digits, after) => {
      assert.equal(containsCardNumber([...before, digits, ...after].join(' ')), true);
    }),
    { numRuns: 500 },
  );
});

test('finds digits of other scripts, wide digits, and digits glued to letters', () => {
  const inScript = (zero: number): string =>
    [...'4000000000000002'].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
  for (const zero of [0x0660, 0x06f0, 0x0966, 0xff10, 0x1d7ce, 0x1d7f6, 0x2080])
    assert.equal(containsCardNumber(`paid with ${inScript(zero)}.`), true, inScript(zero));
  assert.equal(containsCardNumber('card4000000000000002paid'), true);
  assert.equal(containsCardNumber('tel +44 20 7946 0958 4000 0000 0000 0002'), true);
});

test('finds one in the escapes of a URL, also where they are broken, and one that only looks like an escape', () => {
  for (const text of [
    'https://example.com/?c=4000%200000%200000%200002',
    'https://example.com/?c=4000+0000+0000+0002',
    'https://example.com/?c=%34000000000000002',
    'https://example.com/?a=%zz&c=%34000000000000002',
    'https://example.com/?c=%D9%A4000000000000002',
    '%4000000000000002',
  ])
    assert.equal(containsCardNumber(text), true, text);
  for (const text of ['https://example.com/?q=100%&x=%20', '+44 20 7946 0958', '%', 'a+b%20c', '40%00000000000000'])
    assert.equal(containsCardNumber(text), false, text);
});

test('finds brands that are not accepted too: a card number is one whoever issued it', () => {
  assert.equal(containsCardNumber('3528000000000007'), true);
});

test('lets ordinary numbers pass', () => {
  for (const text of [
    '',
    'Booking 2026-11-22 to 2026-11-29',
    '2026-11-22T09:16:08.123Z',
    '1732266968123',
    '+44 20 7946 0958',
    '4000000000000001',
    'order 40000000000000021234567',
    '3fa85f64-5717-4562-b3fc-2c963f66afa6',
    '79927398713',
    '1234 5678 9012',
    '192.168.100.200',
    'si_sandbox_AZNR8p3Xcd6L1g0aYxJ2zQ',
    '4000000000,000002',
  ])
    assert.equal(containsCardNumber(text), false, text);
});

test('lets every UUID pass, and finds the card number beside it', () => {
  for (const id of ['60285242-3691-4fb1-a49d-deba83fadea6', '48cb858e-093d-407b-a586-44241347893f']) {
    for (const text of [id, `booking-${id}`, id.toUpperCase(), `{"reference":"${id}"}`]) {
      assert.equal(containsCardNumber(text), false, text);
      assert.equal(containsCardNumber(`${text} 4000000000000002`), true, text);
      assert.equal(scrubCardNumbers(`${text} 4000000000000002`), `${text} ****0002`);
    }
  }
  fc.assert(
    fc.property(fc.uuid(), (id) => {
      assert.equal(containsCardNumber(id), false);
    }),
    { numRuns: 5000 },
  );
});

test('finds a card number beside hexadecimal digits, whatever id they make with it', () => {
  for (const text of [
    '40000000-0000-0002-4000-000000000000',
    '40000000-0000-0002-abcd-abcdefabcdef',
    '4000000000000002abcdefabcdefabcd',
    'deadbeefdeadbeef4000000000000002',
    'order 5200000000001005cafebabecafebabe',
    `${'a'.repeat(20)}4000000000000002`,
  ]) {
    assert.equal(containsCardNumber(text), true, text);
    assert.notEqual(scrubCardNumbers(text), text);
  }
});

test('a number that fails Luhn, or has a length that its brand does not issue, is no card number', () => {
  fc.assert(
    fc.property(number, fc.integer({ min: 1, max: 9 }), (digits, shift) => {
      const wrong = digits.slice(0, -1) + String((Number(digits.slice(-1)) + shift) % 10);
      assert.equal(containsCardNumber(wrong), false);
    }),
  );
  // Luhn holds, but Visa issues no 17 digits.
  assert.equal(containsCardNumber('40000000000000006'), false);
});

test('scrubs every card number to its last four digits and leaves the rest as it was', () => {
  assert.equal(
    scrubCardNumbers('{"a":"4000 0000 0000 0002","b":"x370000000000002y","c":123}'),
    '{"a":"****0002","b":"x****0002y","c":123}',
  );
  fc.assert(
    fc.property(prose, separated, prose, separated, (first, one, between, other) => {
      const scrubbed = scrubCardNumbers(`${first}|${one}|${between}|${other}`);
      assert.equal(containsCardNumber(scrubbed), false);
      assert.ok(scrubbed.startsWith(`${first}|`));
    }),
  );
});

test('scrubs a card number in the escapes of a URL, and what stands around it stays escaped', () => {
  for (const [text, scrubbed] of [
    ['GET /?c=5200%200000%20000010%2005&d=%2F', 'GET /?c=****10%2005&d=%2F'],
    ['/?c=5200+0000+0000+1005+x', '/?c=****1005+x'],
    ['/?c=%E2%82%AC%35200000000001005', '/?c=%E2%82%AC****1005'],
    ['/?c=%D9%A4000000000000002&d=%F0%9F%92%B3', '/?c=****0002&d=%F0%9F%92%B3'],
    ['/?c=%zz%FF%A0400000000000000%32', '/?c=%zz%FF%A0****000%32'],
  ] as const)
    assert.equal(scrubCardNumbers(text), scrubbed);
});

test('scrubs the number that the last digits of another make with those behind them', () => {
  const scrubbed = scrubCardNumbers('5200000000094000 0000 0000 0002');
  assert.equal(containsCardNumber(scrubbed), false, scrubbed);
});

test('scrubbing changes what contains a card number, and nothing else, and leaves none', () => {
  const escape = (character: string): string => encodeURIComponent(character).replace(/^[^%]$/, escapeByte);
  const escapeByte = (character: string): string => `%${character.charCodeAt(0).toString(16)}`;
  const written = fc.oneof(
    separated,
    separated.map((text) => [...text].map(escape).join('')),
    separated.map((text) => encodeURIComponent(text)),
    separated.map((text) => text.replaceAll(' ', '+')),
  );
  const digits = fc.stringMatching(/^[0-9]{1,16}$/);
  const piece = fc.oneof(written, digits, separator, fc.string(), fc.constantFrom('%', '+', '%20', '%3', '%D9', '%B2'));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join('');
      const scrubbed = scrubCardNumbers(text);
      assert.equal(scrubbed !== text, containsCardNumber(text));
      assert.equal(containsCardNumber(scrubbed), false, scrubbed);
    }),
    { numRuns: 2000 },
  );
});

test('looks at the longest allowed body in a blink, however it is made up', () => {
  for (const text of ['1 '.repeat(32_768), '5200000000001006 '.repeat(3_800), ' '.repeat(65_536)]) {
    const started = process.cpuUsage();
    containsCardNumber(text);
    // Quadratic work over 64 KiB takes tens of seconds; this takes milliseconds.
    assert.ok(process.cpuUsage(started).user < 1_000_000);
  }
});
