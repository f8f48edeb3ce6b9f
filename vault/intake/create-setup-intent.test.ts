import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  approvedCard,
  cardDetails,
  declinedCard,
  openListeners,
  send,
  setupRequest,
} from '../../test/contracts/openapi/listeners.fixture.ts';

const create = (url: string, body: unknown, headers = {}) => send('POST', `${url}/setup-intents`, { headers, body });
const withCard = (card: unknown = cardDetails(approvedCard), more: object = {}) => ({
  ...setupRequest,
  ...more,
  cardDetails: card,
});
const codeOf = (body: Record<string, unknown>): string => String(body['type']).replace('urn:strongroom:problem:', '');

test('200 Authorized for a good card, shown truncated', async (t) => {
  const { pciUrl, apiUrl } = await openListeners(t);
  const reply = await create(pciUrl, withCard());
  assert.equal(reply.status, 200);
  assert.equal(reply.body['status'], 'Authorized');
  assert.ok(reply.text.includes('40000000****0002'));
  assert.ok(!reply.text.includes(approvedCard));
  const read = await send('GET', `${apiUrl}/setup-intents/${String(reply.body['id'])}`);
  assert.deepEqual(read.body, reply.body);
});

test('200 Created with a Declined event for a declined card', async (t) => {
  const { pciUrl } = await openListeners(t);
  const reply = await create(pciUrl, withCard(cardDetails(declinedCard)));
  assert.equal(reply.status, 200);
  assert.equal(reply.body['status'], 'Created');
  assert.deepEqual(
    (reply.body['setupEvents'] as { eventType: string }[]).map(({ eventType }) => eventType),
    ['Declined'],
  );
});

test('200 for names in another case', async (t) => {
  const { pciUrl } = await openListeners(t);
  const body = {
    Reference: 'r',
    MerchantInitiatedTransactionType: 'NoShow',
    Terms: 't',
    CardDetails: { CardNumber: approvedCard, ExpiryDate: '12/29', Cvv: '341' },
  };
  assert.equal((await create(pciUrl, body)).body['status'], 'Authorized');
});

test('400 where the card is missing, no object, or sent twice', async (t) => {
  const { pciUrl } = await openListeners(t);
  for (const body of [
    undefined,
    {},
    setupRequest,
    withCard(null),
    { ...withCard(), CARDDETAILS: cardDetails(approvedCard) },
  ]) {
    const reply = await create(pciUrl, body);
    assert.equal(codeOf(reply.body), 'request-invalid');
    assert.deepEqual(Object.keys(reply.body['errors'] as object), ['CardDetails']);
  }
  for (const body of ['[]', '"x"', '1', 'null']) assert.equal((await create(pciUrl, body)).status, 400, body);
});

/** Without the trace id, whose random digits may be any. */
const said = ({ traceId: _ofOurs, ...rest }: Readonly<Record<string, unknown>>): string => JSON.stringify(rest);

test('400 names the field of a bad card and never repeats it', async (t) => {
  const { pciUrl, logged } = await openListeners(t);
  const bad: Record<string, [object, string]> = {
    number: [{ cardNumber: '4000000000000003' }, 'CardDetails.CardNumber'],
    expiry: [{ expiryDate: '13/29' }, 'CardDetails.ExpiryDate'],
    name: [{ cardName: approvedCard }, 'CardDetails.CardName'],
  };
  for (const [what, [change, field]] of Object.entries(bad)) {
    const reply = await create(pciUrl, withCard({ ...cardDetails(approvedCard), ...change }));
    assert.equal(reply.status, 400, what);
    assert.ok(field in (reply.body['errors'] as object), `${what}: ${reply.text}`);
    for (const secret of ['4000000000000003', approvedCard, '341']) assert.ok(!said(reply.body).includes(secret), what);
  }
  assert.ok(!JSON.stringify(logged).includes('400000000000000'));
});

test('400 for a bad field beside the card, before the card is taken', async (t) => {
  const { pciUrl } = await openListeners(t);
  const reply = await create(pciUrl, withCard(cardDetails(approvedCard), { terms: '' }));
  assert.deepEqual(reply.body['errors'], { Terms: ['The Terms field is required.'] });
});

test('400 for a card number or a CVV outside cardDetails', async (t) => {
  const { pciUrl } = await openListeners(t);
  for (const more of [
    { reference: approvedCard },
    { metadata: { a: '4000-0000-0000-0002' } },
    { cardNumber: approvedCard },
    { unread: [Number(approvedCard)] },
  ]) {
    const reply = await create(pciUrl, withCard(cardDetails(approvedCard), more));
    assert.equal(codeOf(reply.body), 'card-number-refused');
    assert.ok(!reply.text.includes(approvedCard));
  }
  for (const more of [{ cvv: '341' }, { metadata: { cvv: '341' } }]) {
    assert.equal(
      codeOf((await create(pciUrl, withCard(cardDetails(approvedCard), more))).body),
      'card-details-misplaced',
    );
  }
});

test('400 for malformed JSON without a trace of its content', async (t) => {
  const { pciUrl, logged } = await openListeners(t);
  const reply = await create(pciUrl, `{"cardDetails":{"cardNumber":"${approvedCard}"`);
  assert.equal(codeOf(reply.body), 'body-malformed');
  assert.ok(!said(reply.body).includes('4000'));
  assert.ok(!JSON.stringify(logged).includes('40000000'));
});

test('401 without a key', async (t) => {
  const { pciUrl } = await openListeners(t);
  assert.equal((await create(pciUrl, withCard(), { authorization: '' })).status, 401);
});

test('404 for everything else', async (t) => {
  const { pciUrl } = await openListeners(t);
  for (const [method, path] of [
    ['GET', '/setup-intents'],
    ['PUT', '/setup-intents'],
    ['POST', '/payment-intents'],
    ['GET', '/setup-intents/si_sandbox_Oh69aQaQMUuNIPJcPrcRwQ'],
    ['DELETE', '/'],
    ['POST', '/setup-intents/public'],
  ] as const) {
    const reply = await send(method, pciUrl + path);
    assert.equal(codeOf(reply.body), 'route-unknown', `${method} ${path}`);
  }
});

test('openapi.json of this listener describes cardDetails', async (t) => {
  const { pciUrl } = await openListeners(t);
  const document = (await send('GET', `${pciUrl}/openapi.json`)).text;
  for (const word of ['cardDetails', 'cardNumber', 'expiryDate', 'cV2', '/setup-intents'])
    assert.ok(document.includes(word), word);
});
