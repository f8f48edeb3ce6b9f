import type { SeededRandom } from '../sim/seeded-random.ts';
import { mutateText, mutateTree, textOf, treeOf } from './mutate.ts';
import { cardText, nastyTexts } from './nasty.ts';
import type { FuzzOperation } from './operations.ts';
import { type KnownIds, sampleOf, someId } from './sample.ts';

export type FuzzRequest = {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | null;
};

export type Caller = { readonly keys: readonly string[]; readonly known: KnownIds };

const prefixOf: Readonly<Record<string, string>> = {
  setupIntentId: 'si_sandbox',
  paymentIntentId: 'pi_sandbox',
  subscriptionId: 'ws_sandbox',
  secretId: 'sc',
  eventId: 'evt',
  deliveryId: 'dlv',
};

/** How often each part of a request is spoilt. Low, so that most requests are wrong in one place only and reach it. */
const shares = { body: 0.5, text: 0.05, header: 0.12, target: 0.08, method: 0.04, noBody: 0.05, strayBody: 0.05 };

const visibleAscii = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').trim();

/** One mutated request. All chances come from `random`. */
export const newFuzzRequest = (random: SeededRandom, operation: FuzzOperation, caller: Caller): FuzzRequest => {
  const body = bodyOf(random, operation, caller);
  const headers = headersOf(random, operation, caller, body !== null);
  return {
    method: random.chance(shares.method) ? random.pick(otherMethods) : operation.method,
    target: targetOf(random, operation, caller),
    headers: random.chance(shares.header) ? mutateHeaders(random, headers) : headers,
    body,
  };
};

const otherMethods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'SEARCH',
  'QUERY',
  'MKCOL',
];

const bodyOf = (random: SeededRandom, { body }: FuzzOperation, { known }: Caller): Buffer | null => {
  if (body === null)
    return random.chance(shares.strayBody)
      ? Buffer.from(random.pick(['{}', '{"a":1}', ' ', '[]', cardText(random)]))
      : null;
  if (random.chance(shares.noBody)) return null;
  const tree = treeOf(sampleOf(random, known, body));
  if (random.chance(shares.body)) mutateTree(random, tree);
  return random.chance(shares.text) ? mutateText(random, textOf(tree)) : Buffer.from(textOf(tree));
};

const queryOf = (random: SeededRandom, { query }: FuzzOperation, { known }: Caller): string => {
  const pairs = query
    .filter(() => random.chance(0.4))
    .map(({ name, schema }) => `${name}=${encodeURIComponent(String(sampleOf(random, known, schema, name)))}`);
  if (random.chance(0.06)) {
    const name = random.pick(['includeAuthorized', 'returnCanceled', 'limit', 'after', '__proto__', 'q[]', '', 'a']);
    const value = random.pick([
      'true',
      'TRUE',
      '1',
      '',
      '%',
      '%00',
      '%ff',
      'x'.repeat(3_000),
      encodeURIComponent(cardText(random)),
    ]);
    pairs.push(`${name}=${value}`);
  }
  return pairs.length > 0 ? `?${pairs.join(random.chance(0.05) ? ';' : '&')}` : '';
};

const targetOf = (random: SeededRandom, operation: FuzzOperation, caller: Caller): string => {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    someId(random, caller.known, prefixOf[name] ?? 'si_sandbox', name === 'paymentIntentId' ? 'chargeable' : undefined),
  );
  const target = path + queryOf(random, operation, caller);
  return random.chance(shares.target) ? mutateTarget(random, target) : target;
};

const mutateTarget = (random: SeededRandom, target: string): string => {
  const parts = target.split('/');
  const at = random.int(parts.length - 1) + 1;
  const odd = [
    encodeURIComponent(random.pick(nastyTexts).toWellFormed()),
    ...['%00', '%ff', '%2f', '%', '..', '.', '', '%2e%2e', 'a'.repeat(1_100), 'a'.repeat(7_000)],
    encodeURIComponent(cardText(random)),
    `si_sandbox_${'é'.repeat(11)}`.replaceAll('é', '%c3%a9'),
    'si_prod_AAAAAAAAAAAAAAAAAAAAAA',
    'pi_sandbox_AAAAAAAAAAAAAAAAAAAAAAA',
  ];
  switch (random.int(5)) {
    case 0:
      parts[at] = random.pick(odd);
      return parts.join('/');
    case 1:
      parts.splice(at, 0, random.pick(odd));
      return parts.join('/');
    case 2:
      return `${target}/`;
    case 3:
      return target.toUpperCase();
    default:
      return random.pick([
        `/${target}`,
        `${target}#x`,
        `http://other.invalid${target}`,
        '*',
        `${target}%20`,
        `${target}?a=?b&&=`,
      ]);
  }
};

type Headers = (readonly [name: string, value: string])[];

const versions = ['2022-04-07', '2024-02-05', '2025-09-10', '2026-02-27', '2026-02-27', '2022-01-03', '2025-01-01'];

const headersOf = (random: SeededRandom, operation: FuzzOperation, { keys }: Caller, hasBody: boolean): Headers => {
  const headers: Headers = [['host', '127.0.0.1']];
  if (operation.takesKey) headers.push(['authorization', authorization(random, random.pick(keys))]);
  if (operation.takesVersion) headers.push(['version', random.pick(versions)]);
  if (hasBody) headers.push(['content-type', random.pick(['application/json', 'application/json; charset=utf-8'])]);
  // From a small pool, so that keys meet again, with the same content and with another.
  if (random.chance(0.25)) headers.push([random.pick(['idempotencyKey', 'Idempotency-Key']), `key-${random.int(60)}`]);
  return headers;
};

const authorization = (random: SeededRandom, key: string): string =>
  random.chance(0.9) ? `Basic ${key}` : `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

const headerValues: Readonly<Record<string, readonly string[]>> = {
  authorization: [
    '',
    'Basic',
    'Basic ',
    'Bearer x',
    'basic sk_sandbox_',
    `Basic sk_sandbox_${'x'.repeat(90)}`,
    'Basic OjpXOg==',
    `Basic ${'A'.repeat(5_000)}`,
    'Basic sk_prod_AAAA',
  ],
  version: [
    '',
    '2026',
    '2026-13-40',
    '0000-00-00',
    '9999-99-99',
    '2026-02-27T00:00:00Z',
    '-1',
    '٢٠٢٦',
    'latest',
    '2026-02-27, 2022-04-07',
  ],
  'content-type': [
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/json;',
    'application/problem+json',
    'multipart/form-data; boundary=',
    'a/b/c',
    ';',
    'application/JSON',
    'application/json, application/json',
  ],
  idempotencyKey: ['', ' ', 'x'.repeat(100), 'x'.repeat(101), 'ü', 'a b', '\t', '0'],
  traceparent: [
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-0-0-0',
    `00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`,
    'x'.repeat(2_000),
    '00-41111111111111110000000000000000-4111111111111111-01',
  ],
  accept: ['', 'text/html', '*/*', 'application/xml;q=1.5'],
  'content-encoding': ['gzip', 'br', 'identity', 'nonsense'],
  'accept-encoding': ['gzip', '*;q=0'],
  expect: ['100-continue', '200-ok', ''],
  connection: ['close', 'upgrade', 'keep-alive, x'],
  upgrade: ['websocket', 'h2c'],
  'x-forwarded-for': ['10.0.0.1', '::1, bad', 'x'.repeat(500)],
  'x-http-method-override': ['DELETE'],
  range: ['bytes=0-1'],
  'if-none-match': ['*'],
  host: ['', 'other.invalid', 'a b', '127.0.0.1:99999', '[::1'],
  origin: ['https://shop.invalid', 'null'],
  cookie: [`a=${'b'.repeat(4_000)}`],
};

const mutateHeaders = (random: SeededRandom, headers: Headers): Headers => {
  const name = random.pick(Object.keys(headerValues).concat('__proto__', 'constructor'));
  const without = headers.filter(([known]) => known.toLowerCase() !== name.toLowerCase());
  const value = random.chance(0.12)
    ? visibleAscii(cardText(random))
    : random.pick(Object.hasOwn(headerValues, name) ? (headerValues[name] ?? ['x']) : ['x']);
  switch (random.int(4)) {
    case 0:
      return without;
    case 1:
      return [...headers, [name, value]];
    default:
      return [...without, [name, value]];
  }
};
