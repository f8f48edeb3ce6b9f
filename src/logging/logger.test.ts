import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Logger } from '../ports/logger.ts';
import { systemTimers } from '../platform/system-timers.ts';
import { type LoggerOptions, openLogger } from './logger.ts';

const cardNumber = '5200000000001005';
const maskCards = (text: string): string => text.replace(/5200[ -]?0000[ -]?0000[ -]?1005/g, '52000000****1005');

/** Logs into memory. */
const capture = (options: Partial<LoggerOptions>, act: (logger: Logger) => void): string => {
  let output = '';
  const write = (line: string): void => void (output += line);
  const { logger } = openLogger({
    form: 'json',
    level: 'info',
    scrub: maskCards,
    timers: systemTimers,
    output: { write, push: () => {}, flush: async () => {} },
    colour: false,
    ...options,
  });
  act(logger);
  return output;
};

type Line = Record<string, unknown> & { err: Record<string, unknown> };
const onlyLine = (output: string): Line => {
  assert.equal(output.split('\n').length, 2, 'one line, with its end');
  return JSON.parse(output) as Line;
};

describe('a line', () => {
  it('is JSON with level, time, fields and message', () => {
    const line = onlyLine(
      capture({}, (log) => log.warn({ traceId: 't', status: 200, nested: { a: [1, null, true] } }, 'done')),
    );
    assert.match(String(line['time']), /^\d{4}-\d\d-\d\dT.*Z$/);
    delete line['time'];
    assert.deepEqual(line, { level: 'warn', traceId: 't', status: 200, nested: { a: [1, null, true] }, msg: 'done' });
  });

  it('below the level is not written, and silent writes none', () => {
    assert.equal(
      capture({ level: 'warn' }, (log) => log.info({}, 'quiet')),
      '',
    );
    assert.equal(
      capture({ form: 'silent' }, (log) => log.error({}, 'quiet')),
      '',
    );
  });

  it('takes placeholders in a message literally', () => {
    assert.equal(onlyLine(capture({}, (log) => log.info({ a: 1 }, '%s %o')))['msg'], '%s %o');
  });
});

describe('a card number', () => {
  const places: Record<string, (log: Logger) => void> = {
    'the message': (log) => log.info({}, `charged ${cardNumber}`),
    'a field': (log) => log.info({ reference: cardNumber }, ''),
    'a field of digits with separators': (log) => log.info({ reference: '5200-0000 0000-1005' }, ''),
    'a number': (log) => log.info({ reference: Number(cardNumber) }, ''),
    'a bigint': (log) => log.info({ reference: BigInt(cardNumber) }, ''),
    'the name of a field': (log) => log.info({ [cardNumber]: 1, nested: { [cardNumber]: 1 } }, ''),
    'nested fields': (log) => log.info({ a: { b: { c: [cardNumber] } } }, ''),
    'an error message': (log) => log.error({ err: new Error(`no ${cardNumber}`) }, ''),
    'the name and code of an error': (log) =>
      log.error({ err: Object.assign(new Error('x'), { name: cardNumber, code: cardNumber }) }, ''),
    'the cause of a cause': (log) =>
      log.error({ err: new Error('a', { cause: new Error('b', { cause: cardNumber }) }) }, ''),
    'errors that were joined': (log) => log.error({ err: new AggregateError([new Error(cardNumber)], 'x') }, ''),
    'a text that is cut in the midst of it': (log) =>
      log.info({ body: `${'x'.repeat(1_990)}${cardNumber}${'y'.repeat(9_000)}` }, ''),
  };
  for (const form of ['json', 'pretty'] as const)
    for (const [place, act] of Object.entries(places))
      it(`cannot be printed from ${place} (${form})`, () => {
        const output = capture({ form, level: 'debug' }, act);
        assert.ok(output.length > 20, 'something was printed');
        assert.doesNotMatch(output, /5200[ -]?0000[ -]?0000[ -]?1/);
        if (form === 'json') onlyLine(output);
      });

  it('cannot be printed with separators that JSON escapes', () => {
    const scrub = (text: string): string => text.replaceAll(/5200\s0000\s0000\s1005/g, '****1005');
    const separated = cardNumber.replaceAll(/\d{4}(?=\d)/g, '$&\t');
    const output = capture({ scrub }, (log) => log.error({ reference: separated, err: new Error(separated) }, ''));
    assert.doesNotMatch(output, /5200/);
  });

  it('would be printed if nothing scrubbed it, so the tests above can fail', () => {
    assert.match(
      capture({ scrub: (text) => text }, (log) => log.info({}, cardNumber)),
      /5200000000001005/,
    );
  });
});

describe('a secret', () => {
  it('is cut to its prefix wherever it stands', () => {
    const output = capture({}, (log) =>
      log.info({ url: '/payments/sc_AAAAAAAAAAAAAAAAAAAAAA' }, 'Basic sk_prod_BBBBBBBBBBBBBBBB-_x failed'),
    );
    assert.match(output, /sc_\*\*\*/);
    assert.match(output, /sk_prod_\*\*\*/);
    assert.doesNotMatch(output, /AAAA|BBBB/);
  });
});

describe('an error', () => {
  const failing = Object.assign(new Error('boom', { cause: new TypeError('why') }), {
    code: 'E_X',
    request: { body: 'secret' },
  });

  it('shows type, code, message and causes, and nothing that was attached to it', () => {
    const { err } = onlyLine(capture({}, (log) => log.warn({ err: failing }, 'failed')));
    assert.deepEqual(err, {
      type: 'Error',
      code: 'E_X',
      message: 'boom',
      cause: { type: 'TypeError', message: 'why' },
    });
  });

  it('brings its stack at level error, and at every level while debugging', () => {
    const stackAt = (level: 'info' | 'debug', act: (log: Logger) => void): unknown =>
      onlyLine(capture({ level }, act)).err['stack'];
    assert.match(String(stackAt('info', (log) => log.error({ err: failing }, ''))), /logger\.test/);
    assert.equal(
      stackAt('info', (log) => log.warn({ err: failing }, '')),
      undefined,
    );
    assert.match(String(stackAt('debug', (log) => log.warn({ err: failing }, ''))), /logger\.test/);
  });

  it('that names itself as its cause ends', () => {
    const circular = new Error('round');
    circular.cause = circular;
    assert.ok(capture({}, (log) => log.error({ err: circular }, '')).length < 20_000);
  });
});

describe('a value that is no plain data', () => {
  it('is only named, whatever its own toJSON would tell', () => {
    class Card {
      readonly digits = 'secret-digits';
      toJSON(): string {
        return this.digits;
      }
    }
    const output = capture({}, (log) =>
      log.info({ card: new Card(), buffer: Buffer.from('secret'), map: new Map([['secret', 1]]) }, ''),
    );
    assert.doesNotMatch(output, /secret|digits/);
    assert.equal(onlyLine(output)['card'], '[Card]');
  });

  it('that throws when it is read loses the fields, not the line', () => {
    const fields = Object.defineProperty({}, 'a', { enumerable: true, get: () => assert.fail('read') });
    assert.equal(onlyLine(capture({}, (log) => log.info(fields, 'still here')))['msg'], 'still here');
  });

  it('is bounded in depth, breadth and length', () => {
    const deep: Record<string, unknown> = {};
    deep['again'] = deep;
    const wide = Array.from({ length: 1_000 }, (_, index) => index);
    const output = capture({}, (log) => log.info({ deep, wide, long: 'x'.repeat(1_000_000) }, ''));
    assert.ok(output.length < 4_000, String(output.length));
  });
});

describe('the pretty form', () => {
  it('is one line for people', () => {
    assert.match(
      capture({ form: 'pretty' }, (log) => log.info({ status: 200 }, 'ready')),
      /INFO: ready \{"status":200\}\n$/,
    );
  });

  it('lets nobody write control characters or further lines to the terminal', () => {
    const output = capture({ form: 'pretty' }, (log) =>
      log.info({ a: '\u001b[2J\\u001b' }, 'a\r\nFATAL: forged\u001b[0m\u009b'),
    );
    assert.doesNotMatch(output.trimEnd(), /[\x00-\x1f\x7f-\x9f]/);
  });

  it('keeps the frames of a stack on lines of their own', () => {
    assert.match(
      capture({ form: 'pretty' }, (log) => log.error({ err: new Error('boom') }, 'failed')),
      /boom[^]*\n +at .*logger\.test/,
    );
  });
});
