import type { SeededRandom } from '../sim/seeded-random.ts';
import { markedCards } from './nasty.ts';

/** Bytes for a connection of their own. */
export type RawBytes = { readonly bytes: Buffer; readonly halfClose: boolean };

const get = (target: string, ...headers: readonly string[]): string =>
  [`GET ${target} HTTP/1.1`, 'host: 127.0.0.1', ...headers, '', ''].join('\r\n');

const post = (headers: readonly string[], body: string): string =>
  [
    'POST /payment-intents HTTP/1.1',
    'host: 127.0.0.1',
    'version: 2026-02-27',
    'content-type: application/json',
    ...headers,
    '',
    body,
  ].join('\r\n');

/** Bytes that break HTTP in one way each; `key` lets some of them come far. */
const broken = (key: string): readonly string[] => {
  const auth = `authorization: Basic ${key}`;
  return [
    'GET / HTTP/1.1\r\n\r\n',
    'GET /health/live HTTP/1.0\r\n\r\n',
    'GET / HTTP/9.9\r\nhost: a\r\n\r\n',
    'GET /\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'get / http/1.1\r\nhost: a\r\n\r\n',
    'GET  /  HTTP/1.1\r\nhost: a\r\n\r\n',
    'GET / HTTP/1.1\nhost: a\n\n',
    '\r\n\r\n\r\n',
    '\0\0\0\0',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: a\r\n\r\n',
    'NONSENSE / HTTP/1.1\r\nhost: a\r\n\r\n',
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`,
    get('/', `x: ${'y'.repeat(20_000)}`),
    get('/', ...Array.from({ length: 3_000 }, (_, index) => `h${index}: 1`)),
    get('/', 'no colon here'),
    get('/', ': no name'),
    get('/', 'bad name: 1'),
    get('/', 'x: \0'),
    get('/', ' folded: 1'),
    get('/', 'host: second'),
    get('/', 'transfer-encoding: gzip'),
    get('/', 'expect: nothing', 'connection: close'),
    get('/', 'connection: upgrade', 'upgrade: websocket'),
    get('/health/live', 'connection: close') + get('/health/live'),
    post([auth, 'content-length: 5', 'content-length: 6'], '{"a":1}'),
    post([auth, 'content-length: -1'], ''),
    post([auth, 'content-length: abc'], '{}'),
    post([auth, 'content-length: 99999999999999999999'], '{}'),
    post([auth, 'content-length: 1000'], '{"amount":'),
    post([auth, 'content-length: 2', 'transfer-encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n'),
    post([auth, 'transfer-encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n'),
    post([auth, 'transfer-encoding: chunked'], '-2\r\n{}\r\n0\r\n\r\n'),
    post([auth, 'transfer-encoding: chunked'], 'fffffffffffffffff\r\n{}\r\n'),
    post([auth, 'transfer-encoding: chunked'], `2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`),
    post([auth, 'transfer-encoding: chunked'], '2\r\n{}\r\n0\r\ntrailer: 1\r\nbad trailer\r\n\r\n'),
    post(
      [auth, 'transfer-encoding: chunked', 'connection: close'],
      `${(70_000).toString(16)}\r\n${' '.repeat(70_000)}\r\n0\r\n\r\n`,
    ),
    post([auth, 'transfer-encoding: chunked, chunked'], '0\r\n\r\n'),
    post([auth, 'transfer-encoding: identity'], '{}'),
  ];
};

/** Well-formed requests behind each other in one packet. The last one ends the connection. */
const pipelined = (random: SeededRandom, key: string): RawBytes => {
  const auth = [`authorization: Basic ${key}`, 'version: 2026-02-27'];
  const body = JSON.stringify({ amount: { value: 100, currencyCode: 'GBP' }, reference: 'piped' });
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const requests = Array.from({ length: 1 + random.int(6) }, () =>
    random.pick([
      get('/health/live'),
      get('/setup-intents/si_sandbox_AAAAAAAAAAAAAAAAAAAAAA', ...auth),
      get(`/${random.pick(markedCards)}`),
      post([auth[0] ?? '', `content-length: ${body.length}`], body),
      post([auth[0] ?? '', 'transfer-encoding: chunked'], chunked),
      post([auth[0] ?? '', 'expect: 100-continue', `content-length: ${body.length}`], body),
    ]),
  );
  return { bytes: Buffer.from([...requests, get('/health/live', 'connection: close')].join('')), halfClose: false };
};

/** Flips, drops, repeats or adds a few bytes. */
const spoil = (random: SeededRandom, bytes: Buffer): Buffer => {
  const at = random.int(bytes.length);
  const length = 1 + random.int(6);
  const head = bytes.subarray(0, at);
  const rest = bytes.subarray(at);
  switch (random.int(4)) {
    case 0:
      return Buffer.concat([head, random.bytes(length), rest]);
    case 1:
      return Buffer.concat([head, rest.subarray(length)]);
    case 2:
      return Buffer.concat([head, random.bytes(length), rest.subarray(length)]);
    default:
      return Buffer.concat([head, rest.subarray(0, length), rest]);
  }
};

export const newRawBytes = (random: SeededRandom, key: string): RawBytes => {
  const choice = random.int(3);
  if (choice === 0) return pipelined(random, key);
  const bytes = Buffer.from(random.pick(broken(key)), 'latin1');
  return { bytes: choice === 1 ? bytes : spoil(random, bytes), halfClose: true };
};
