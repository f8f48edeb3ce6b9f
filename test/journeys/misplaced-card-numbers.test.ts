import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertLogged, collectRefusals } from './assert-problem.ts';
import { type Call, type Client, openClient } from './open-client.ts';
import { readDatabase } from './read-books.ts';
import { type RunningStrongroom, startStrongroom } from './start-strongroom.ts';

/** A card number that stands nowhere in the sources, so that every trace of it is this test's. */
const marked = '4929135268377144';
/** Its middle: in no mask, and in no answer. */
const marker = '526837';

let strongroom: RunningStrongroom;
let client: Client;
before(async () => {
  strongroom = await startStrongroom();
  client = openClient(strongroom);
});
after(async () => {
  client.close();
  assert.equal(await strongroom.stop(), 0);
});

const { refused, seen } = collectRefusals(marker);

const inDigitsFrom = (zero: number): string =>
  [...marked].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
const grouped = (separator: string): string => marked.match(/.{4}/g)?.join(separator) ?? '';

/** One card number as people, forms and attackers write it. */
const writings: Readonly<Record<string, string>> = {
  plain: marked,
  'in a sentence': `pay with ${marked}, thanks`,
  'with spaces': grouped(' '),
  'with hyphens': grouped('-'),
  'with several spaces': grouped('   '),
  'with a space after each digit': [...marked].join(' '),
  'with spaces and hyphens': grouped(' - '),
  'with no-break spaces': grouped('\u00a0'),
  'with dashes': grouped('\u2013'),
  'with invisible characters': grouped('\u200b'),
  'with variation selectors': grouped('\ufe0f'),
  'in a URL': `https://example.com/?c=${grouped('%20')}`,
  'in a URL, with plus signs': `https://example.com/?c=${grouped('+')}`,
  'with tabs and line ends': grouped('\t\n'),
  'after a telephone number': `020 7946 0000 ${grouped(' ')}`,
  'in full-width digits': inDigitsFrom(0xff10),
  'in Arabic digits': inDigitsFrom(0x0660),
  'in mathematical digits': inDigitsFrom(0x1d7ce),
};

/** Requests in which every text field is filled. */
const address = { address1: 'a', address2: 'b', city: 'c', postcode: 'd', countryCode: 'GB' };
const shared = {
  reference: 'Table 4',
  customer: { id: 'c', emailAddress: 'a@example.com', phoneNumber: '1' },
  billingAddress: address,
  shippingDetails: { name: 'n', deliveryNotes: 'd', address },
  config: { title: 't', redirectUrl: 'https://example.com/r', cancelUrl: 'https://example.com/c' },
  metadata: { note: 'n' },
  orderDetails: { id: 'o', externalId: 'e' },
};
const setupIntent = { ...shared, merchantInitiatedTransactionType: 'NoShow', terms: 'Terms.' };
const paymentIntent = {
  ...shared,
  amount: { value: 1000, currencyCode: 'GBP' },
  requestSecurity: { userAgent: 'u', ipAddress: 'i', device: 'd' },
  itemLines: [{ id: 'i', name: 'n', amountTotal: { value: 1, currencyCode: 'GBP' } }],
  taxLines: [{ id: 't', caption: 'c', amountTotal: { value: 1, currencyCode: 'GBP' } }],
  actionLink: { url: 'https://example.com/a', label: 'l' },
};
const cardDetails = { cardNumber: '5200000000001005', cardName: 'A Guest', expiryDate: '12 / 29', cV2: '020' };

type Path = readonly (string | number)[];
const textPaths = (value: unknown, path: Path = []): readonly Path[] => {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => textPaths(child, [...path, key]));
};

const withText = (value: unknown, [head, ...tail]: Path, text: string): unknown => {
  if (head === undefined) return text;
  const copy: Record<string, unknown> = { ...(value as Record<string, unknown>) };
  copy[head] = withText(copy[head], tail, text);
  return Array.isArray(value) ? Object.values(copy) : copy;
};

const doors: readonly {
  readonly name: string;
  readonly body: Record<string, unknown>;
  readonly added: Record<string, unknown>;
  readonly send: (call: Call) => ReturnType<Client['api']>;
}[] = [
  {
    name: 'a setup intent',
    body: setupIntent,
    added: {},
    send: (call) => client.api('POST', '/setup-intents', call),
  },
  {
    name: 'a setup intent with a card',
    body: setupIntent,
    added: { cardDetails },
    send: (call) => client.pci('POST', '/setup-intents', call),
  },
  {
    name: 'a payment intent',
    body: paymentIntent,
    added: {},
    send: (call) => client.api('POST', '/payment-intents', call),
  },
];

describe('a card number', () => {
  for (const { name, body, added, send } of doors) {
    it(`is refused in every text field of ${name}`, async () => {
      const paths = textPaths(body);
      assert.ok(paths.length > 20, 'the request is a full one');
      for (const path of paths)
        await refused(
          send({ body: { ...(withText(body, path, marked) as object), ...added } }),
          400,
          'card-number-refused',
        );
      assert.equal((await send({ body: { ...body, ...added } })).status, 200, 'and the rest of the request is good');
    });

    it(`is refused in ${name} wherever nobody reads it`, async () => {
      const places: readonly object[] = [
        { metadata: { [marked]: 'x' } },
        { metadata: { [`card ${grouped(' ')}`]: 'x' } },
        { metadata: { a: Number(marked) } },
        { unknown: marked },
        { unknown: Number(marked) },
        { [marked]: 1 },
        { unknown: { deep: [{ deeper: [[marked]] }] } },
        { description: marked, reference: 7 },
      ];
      for (const place of places)
        await refused(send({ body: { ...body, ...added, ...place } }), 400, 'card-number-refused');
    });

    it(`is refused in ${name} however it is written`, async () => {
      for (const writing of Object.values(writings))
        await refused(send({ body: { ...body, ...added, metadata: { note: writing } } }), 400, 'card-number-refused');
      const escaped = JSON.stringify({ ...body, ...added, metadata: { note: 'HERE' } }).replace(
        'HERE',
        [...marked].map((digit) => `\\u003${digit}`).join(''),
      );
      await refused(send({ raw: escaped }), 400, 'card-number-refused');
      const exponent = JSON.stringify({ ...body, ...added, unknown: 1 }).replace(
        '"unknown":1',
        '"unknown":4.929135268377144e15',
      );
      await refused(send({ raw: exponent }), 400, 'card-number-refused');
    });

    it(`is refused in the idempotency key of ${name}`, async () => {
      for (const header of ['idempotencyKey', 'Idempotency-Key'])
        await refused(
          send({ body: { ...body, ...added }, headers: { [header]: `k-${grouped('-')}` } }),
          400,
          'card-number-refused',
        );
    });
  }

  it('is refused in a query, in the body of a call that needs none, and as an id', async () => {
    const { id } = (await client.createSetupIntent()).shown;
    const query = `?note=${encodeURIComponent(grouped(' '))}`;
    for (const [method, path] of [
      ['GET', `/setup-intents/${id}`],
      ['DELETE', `/setup-intents/${id}`],
      ['POST', '/payment-intents'],
    ] as const)
      await refused(
        client.api(method, `${path}${query}`, method === 'POST' ? { body: paymentIntent } : {}),
        400,
        'card-number-refused',
      );
    await refused(
      client.pci('POST', `/setup-intents?${marked}`, { body: { ...setupIntent, cardDetails } }),
      400,
      'card-number-refused',
    );
    await refused(
      client.api('DELETE', `/setup-intents/${id}`, { body: { reason: marked } }),
      400,
      'card-number-refused',
    );
    const paymentIntentId = (await client.createPaymentIntent()).shown.id;
    await refused(client.charge(paymentIntentId, { body: { note: grouped('-') } }), 400, 'card-number-refused');
    await refused(client.api('GET', `/setup-intents/${marked}`), 400, 'id-malformed');
    await refused(client.api('GET', `/${marked}`), 404, 'route-unknown');
    await refused(client.api('GET', '/setup-intents', { key: marked }), 405, 'method-not-allowed');
    await refused(client.createSetupIntent({}, { key: marked }), 401, 'key-invalid');
    await refused(client.createSetupIntent({}, { version: marked }), 400, 'version-invalid');
    assert.equal((await client.api('GET', `/setup-intents/${id}`)).shown.status, 'Created');
  });

  it('is refused in the name of the cardholder, and a CVV outside the card', async () => {
    for (const writing of Object.values(writings).filter((text) => text.length < 100)) {
      const reply = await client.tokenise({ cardNumber: '5200000000001005', cardName: writing });
      await refused(Promise.resolve(reply), 400, 'request-invalid');
      assert.deepEqual(Object.keys(reply.shown.errors), ['CardDetails.CardName']);
    }
    for (const metadata of [{ cvv: '341' }, { 'CV-2': '341' }, { security_code: '341' }])
      await refused(client.createPaymentIntent({ metadata }), 400, 'card-details-misplaced');
  });

  it('is not what other long numbers are taken for', async () => {
    const metadata = {
      order: '4929135268377145',
      scheme: '1234567890123452',
      long: '95555000000000008999',
      short: '49291352683',
      iban: 'GB33BUKB20201555555555',
      uuid: '0b8ca1f2-4c35-4b12-9be1-2f6f1e7a4d55',
      phone: '+44 20 7946 0000 / +44 20 7946 0999',
      time: '2026-02-27T12:00:00.000Z 1772193600000',
      halves: `${marked.slice(0, 8)} and ${marked.slice(8)}`,
    };
    for (const { name, body, added, send } of doors) {
      const reply = await send({ body: { ...body, ...added, metadata } });
      assert.equal(reply.status, 200, `${name} ${reply.text}`);
      assert.deepEqual(reply.shown.metadata, metadata);
    }
  });
});

it('nothing of what was refused is kept, and each refusal is in the log', async () => {
  assert.ok(seen.length > 150, String(seen.length));
  await assertLogged(strongroom, seen);
  assert.ok(!strongroom.output().includes(marker));
  for (const table of ['setup_intents', 'payment_intents', 'intent_events'])
    assert.deepEqual(readDatabase(strongroom.dataDir, `select id from ${table} where doc like '%${marked}%'`), []);
  assert.deepEqual(
    readDatabase(strongroom.dataDir, `select key from answers where body like '%${marker}%' or key like '%${marker}%'`),
    [],
  );
});
