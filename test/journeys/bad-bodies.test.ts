import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertLogged, collectRefusals } from './assert-problem.ts';
import { type Call, type Client, openClient, type Reply } from './open-client.ts';
import { readDatabase } from './read-books.ts';
import { type RunningStrongroom, startStrongroom } from './start-strongroom.ts';

/** In what is sent, and never in what is answered. */
const marker = 'zebra';

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

/** The calls that read a body, one of each kind and listener. */
const bodyTakers: Readonly<Record<string, (call: Call) => Promise<Reply>>> = {
  'a setup intent with a card': (call) => client.pci('POST', '/setup-intents', call),
  'a setup intent': (call) => client.api('POST', '/setup-intents', call),
  'a payment intent': (call) => client.api('POST', '/payment-intents', call),
};

describe('a body', () => {
  const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
  for (const [name, send] of Object.entries(bodyTakers)) {
    it(`for ${name} that is not JSON, or could reach a prototype, is refused`, async () => {
      const malformed = [
        '{',
        '{"reference":"zebra"',
        '{"reference":"zebra"}}',
        "{'reference':1}",
        'zebra',
        '{"a":01}',
        '\ufeff{',
        '{"a":"\u0001"}',
      ];
      for (const raw of malformed) await refused(send({ raw }), 400, 'body-malformed');
      for (const raw of ['{"__proto__":{"zebra":1}}', '{"constructor":{"prototype":{"zebra":1}}}'])
        await refused(send({ raw }), 400, 'request-invalid');
      await refused(send({ raw: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }), 400, 'body-malformed');
    });

    it(`for ${name} that is JSON but no object, or nothing at all, is refused`, async () => {
      for (const raw of ['null', '[]', '"zebra"', '7', 'true', ''])
        await refused(send({ raw }), 400, 'request-invalid');
    });

    it(`for ${name} with thousands of levels is refused`, async () => {
      await refused(send({ raw: `{"reference":${deep}}` }), 400, 'request-invalid');
      await refused(send({ raw: `{"unknown":${deep}}` }), 400, 'request-invalid');
    });

    it(`for ${name} of more than 64 KiB is refused, told or untold`, async () => {
      const raw = JSON.stringify({ reference: 'x'.repeat(64 * 1024) });
      await refused(send({ raw }), 413, 'body-too-large');
      await refused(send({ raw, headers: { 'transfer-encoding': 'chunked' } }), 413, 'body-too-large');
    });

    it(`for ${name} of another media type is refused`, async () => {
      for (const type of [
        'text/plain',
        'application/xml',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=zebra',
        'application/jsonx',
      ])
        await refused(send({ raw: '{}', headers: { 'content-type': type } }), 415, 'media-type-unsupported');
    });
  }

  it('in which names differ in case only is read, and one with an unknown field, too', async () => {
    const reply = await client.createPaymentIntent({
      AMOUNT: { VALUE: 5, currencycode: 'GBP' },
      amount: undefined,
      [marker]: 1,
    });
    assert.equal(reply.status, 200, reply.text);
    assert.ok(!reply.text.includes(marker));
  });
});

describe('a field', () => {
  const money = { value: 1, currencyCode: 'GBP' };
  const bad: readonly [field: string, sent: object][] = [
    ['Amount', { amount: 5 }],
    ['Amount', { amount: [money] }],
    ['Amount.Value', { amount: { ...money, value: 1.5 } }],
    ['Amount.Value', { amount: { ...money, value: '1.00' } }],
    ['Amount.Value', { amount: { ...money, value: '0x10' } }],
    ['Amount.Value', { amount: { ...money, value: 0 } }],
    ['Amount.Value', { amount: { ...money, value: -1 } }],
    ['Amount.Value', { amount: { ...money, value: 1e300 } }],
    ['Amount.Value', { amount: { ...money, value: true } }],
    ['Amount.CurrencyCode', { amount: { ...money, currencyCode: marker } }],
    ['Amount.CurrencyCode', { amount: { value: 1 } }],
    ['Reference', { reference: 7 }],
    ['Reference', { reference: { marker } }],
    ['Reference', { reference: '' }],
    ['Reference', { reference: marker.repeat(20) }],
    ['Reference', { reference: 'zebra \u0000' }],
    ['Reference', { reference: 'zebra \ud800' }],
    ['SetupIntentId', { setupIntentId: marker }],
    ['ExpireAt', { expireAt: marker }],
    ['ExpireAt', { expireAt: '2020-01-01T00:00:00Z' }],
    ['ExpireAt', { expireAt: '2999-01-01T00:00:00Z' }],
    ['Metadata', { metadata: [marker] }],
    ['Metadata', { metadata: { a: { b: marker } } }],
    ['Metadata', { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`zebra${n}`, ''])) }],
    ['Config.RedirectUrl', { config: { redirectUrl: 'javascript:zebra' } }],
    ['CaptureMode', { captureMode: 'Sometimes' }],
    ['PaymentMethods', { paymentMethods: ['Card', 'Card'] }],
    ['PaymentMethods', { paymentMethods: ['Card', marker] }],
  ];
  for (const [field, sent] of bad)
    it(`of the wrong type, range or form is named, not repeated: ${field} ${Object.keys(sent)}`, async () => {
      const { shown } = await refused(client.createPaymentIntent(sent), 400, 'request-invalid');
      assert.ok(
        Object.keys(shown.errors).some((name) => name.startsWith(field)),
        JSON.stringify(shown.errors),
      );
      for (const [message] of Object.values(shown.errors)) assert.match(String(message), /^The .*\.$/);
    });

  it('that is required and missing is named, all of them at once', async () => {
    const { shown } = await refused(client.api('POST', '/payment-intents', { body: {} }), 400, 'request-invalid');
    assert.deepEqual(shown.errors, {
      Amount: ['The Amount field is required.'],
      Reference: ['The Reference field is required.'],
    });
  });
});

describe('card details', () => {
  const card = { cardNumber: '5200000000001005' };
  const bad: readonly [field: string, sent: Record<string, unknown>][] = [
    ['CardDetails.Issuer', { issuer: marker }],
    ['CardDetails.Pin', { pin: '1234' }],
    ['CardDetails', { ['5200000000001005']: 'x' }],
    ['CardDetails.CardNumber', { cardNumber: '5200000000001006' }],
    ['CardDetails.CardNumber', { cardNumber: 5200000000001005 }],
    ['CardDetails.CardNumber', { cardNumber: '' }],
    ['CardDetails.CardNumber', { cardNumber: '5200000000001005'.repeat(4) }],
    ['CardDetails.CardNumber', { cardNumber: undefined }],
    ['CardDetails.ExpiryDate', { expiryDate: '13 / 29' }],
    ['CardDetails.ExpiryDate', { expiryDate: '12 / 99' }],
    ['CardDetails.ExpiryDate', { expiryDate: 1229 }],
    ['CardDetails.CV2', { cV2: '12' }],
    ['CardDetails.CV2', { cV2: '1234' }],
    ['CardDetails.CV2', { cV2: 123 }],
    ['CardDetails.CV2', { cvv: '123' }],
    ['CardDetails.CardName', { cardName: '5200 0000 0000 1005' }],
    ['CardDetails.CardName', { cardName: 'a\u001b[2J' }],
    ['CardDetails.CardName', { cardName: 'x'.repeat(101) }],
  ];
  for (const [field, sent] of bad)
    it(
      `with a bad or unknown field are refused: ${field} ${Object.keys(sent)}`.replaceAll(/\d{13,}/g, 'a number'),
      async () => {
        const reply = await refused(client.tokenise({ ...card, ...sent } as never), 400, 'request-invalid');
        assert.deepEqual(
          Object.keys(reply.shown.errors).filter((name) => name !== field),
          [],
          reply.text,
        );
        assert.doesNotMatch(reply.text, /52000000|1005/);
      },
    );

  it('that are missing, no object, or sent twice are refused', async () => {
    const rest = { reference: 'Booking 234', merchantInitiatedTransactionType: 'NoShow', terms: 'x' };
    for (const cardDetails of [undefined, null, 'zebra', [], 7]) {
      const reply = await refused(
        client.pci('POST', '/setup-intents', { body: { ...rest, cardDetails } }),
        400,
        'request-invalid',
      );
      assert.deepEqual(Object.keys(reply.shown.errors)[0]?.startsWith('CardDetails'), true);
    }
    const twice = { ...rest, cardDetails: card, CardDetails: card };
    await refused(client.pci('POST', '/setup-intents', { body: twice }), 400, 'request-invalid');
  });

  it('sent to the API listener are refused with the right address, and nothing of them is kept', async () => {
    const before = readDatabase(strongroom.dataDir, 'select count(*) as n from setup_intents');
    const cardDetails = { ...card, expiryDate: '12 / 29', cV2: '020' };
    const reply = await refused(client.createSetupIntent({ cardDetails }), 400, 'card-details-misplaced');
    assert.ok(reply.shown.detail.includes(`${strongroom.pciUrl}/setup-intents`), reply.text);
    for (const field of ['cardNumber', 'cV2', 'cvv', 'CVV', 'securityCode'])
      await refused(client.createSetupIntent({ [field]: '020' }), 400, 'card-details-misplaced');
    await refused(client.createPaymentIntent({ cardDetails }), 400, 'card-details-misplaced');
    assert.deepEqual(readDatabase(strongroom.dataDir, 'select count(*) as n from setup_intents'), before);
  });
});

it('each of these refusals is in the log under its trace id', () => assertLogged(strongroom, seen));

it('none of this was an error of the server', () => {
  assert.ok(seen.length > 100, String(seen.length));
  const lines = strongroom
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  assert.deepEqual(
    lines.filter((line) => line.includes('"level":"error"')),
    [],
  );
  assert.equal(strongroom.output().includes(marker), false);
});
