import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type ApiVersion, apiVersions } from '../../../src/domain/versions.ts';
import { answerSchemaName, apiDocument, bodyChecker } from './api-documents.ts';
import {
  approvedCard,
  cardDetails,
  declinedCard,
  type Listeners,
  merchantHeaders,
  openListeners,
  type Reply,
  send,
  setupRequest,
} from './listeners.fixture.ts';
import { ownDocuments } from './own-document.ts';

const ownDocument = ownDocuments();
const address = { address1: '1 High Street', city: 'London', postcode: 'N1 1AA', countryCode: 'GB' };
const everything = {
  paymentMethods: ['Card'],
  customer: {
    id: 'cust_sandbox_1',
    emailAddress: 'a@example.com',
    phoneNumber: '+44 20 7946 0000',
    secret: 'not shown',
  },
  billingAddress: address,
  shippingDetails: { name: 'A Guest', deliveryNotes: 'Ring twice', address },
  config: {
    title: 'Guest House',
    redirectUrl: 'https://example.com/done',
    customerEmail: { collectionRequired: true },
    details: { showTotal: true },
    payment: { tipsAllowed: true },
  },
  metadata: { room: '4' },
  description: 'Two nights, breakfast included',
};
const amount = (value: number) => ({ value, currencyCode: 'GBP' });
const fullSetup = {
  ...setupRequest,
  ...everything,
  orderDetails: { id: 'o1', isUpdate: false },
  expireAt: '2026-04-01T12:00:00Z',
};
const fullPayment = {
  ...everything,
  amount: amount(1000),
  tipsAmount: amount(100),
  cashbackAmount: amount(5),
  serviceChargeAmount: amount(7),
  reference: 'Order 234',
  captureMode: 'Manual',
  AutoExpireIn: '00:00:55',
  AutoExpireAction: 'Capture',
  cardHolderNotPresent: true,
  requestSecurity: { userAgent: 'Mozilla/5.0', ipAddress: '192.0.2.1', device: 'phone' },
  itemLines: [
    {
      id: '1',
      quantity: 2,
      name: 'Tea',
      caption: 'Tea',
      category: 'Drinks',
      plu: '44',
      amountTotal: amount(400),
      modifiers: [{ id: 'm', name: 'Milk', quantity: 1, amountPerModifier: amount(0) }],
    },
  ],
  taxLines: [{ id: '1', caption: 'VAT', subCaption: '20 %', amountTotal: amount(80), affectedPlu: '44' }],
  orderDetails: { id: 'o1', externalId: 'o2', isUpdate: true, availabilityDate: '2026-04-01T12:00:00Z' },
  actionLink: { url: 'https://example.com/invoice', action: 'OpenLink', label: 'Invoice' },
  expireAt: '2026-04-01T12:00:00+02:00',
  generateRemoteToken: false,
  isNotOnlineCheckout: false,
};

/** Sends in the words of one release, checks every answer against that release's document and our own, and notes what was covered. */
const conformingClient = (listeners: Listeners, version: ApiVersion) => {
  const document = apiDocument(version);
  const check = bodyChecker(document);
  const covered = new Set<string>();
  const call = async (
    method: string,
    template: string,
    options: {
      id?: string;
      query?: string;
      body?: unknown;
      pci?: boolean;
      headers?: Record<string, string>;
      expect: number;
    },
  ): Promise<Reply> => {
    const path = template.replace(/\{\w+\}/, options.id ?? '');
    const listener = options.pci === true ? 'pci' : 'api';
    const base = listeners[`${listener}Url`];
    const headers = { ...merchantHeaders(version), ...options.headers };
    const reply = await send(method, `${base}${path}${options.query ?? ''}`, { headers, body: options.body });
    assert.equal(reply.status, options.expect, `${method} ${template}: ${reply.text}`);
    covered.add(`${method} ${template} ${reply.status < 400 ? 'success' : 'error'}`);
    (await ownDocument(listener, base)).check(method, template, reply);
    if (reply.status === 204) {
      assert.ok('204' in (document.paths[template]?.[method.toLowerCase()]?.responses ?? {}));
      assert.equal(reply.text, '');
      return reply;
    }
    // The public payment intent calls are in no document; they show the same payment intent.
    const documented = template.replace('/payment-intents/public/', '/payment-intents/');
    const name =
      answerSchemaName(document, documented, method, reply.status) ??
      (reply.status < 400 ? undefined : 'ProblemDetails');
    assert.ok(name !== undefined, `${method} ${template} has no answer ${reply.status} in ${version}`);
    assert.deepEqual(check(name, reply.body), [], `${method} ${template} ${reply.status} in ${version}: ${reply.text}`);
    const mediaType = reply.status < 400 ? 'application/json' : 'application/problem+json';
    assert.equal(reply.headers.get('content-type')?.split(';')[0], mediaType);
    return reply;
  };
  return { call, covered, document };
};

type Client = ReturnType<typeof conformingClient>;
const idOf = (reply: Reply): string => String(reply.body['id']);
const setup = '/setup-intents/{setupIntentId}';
const publicSetup = '/setup-intents/public/{setupIntentId}';
const payment = '/payment-intents/{paymentIntentId}';
const publicPayment = '/payment-intents/public/{paymentIntentId}';
const refresh = '/refresh-client-session-secret';
const unknownSetup = 'si_sandbox_0000000000000000000000';
const unknownPayment = 'pi_sandbox_0000000000000000000000';

const withCard = ({ call }: Client, number: string, body: object = setupRequest): Promise<Reply> =>
  call('POST', '/setup-intents', { pci: true, body: { ...body, cardDetails: cardDetails(number) }, expect: 200 });

const walkSetupIntents = async (client: Client): Promise<void> => {
  const { call } = client;
  const created = await call('POST', '/setup-intents', { body: setupRequest, expect: 200 });
  assert.deepEqual(created.body['setupEvents'], []);
  await call('POST', '/setup-intents', { body: fullSetup, expect: 200 });
  const id = idOf(created);
  for (const template of [setup, publicSetup]) {
    await call('GET', template, { id, expect: 200 });
    await call('GET', template, { id: unknownSetup, expect: 404 });
    await call('POST', template + refresh, { id, expect: 200 });
    await call('POST', template + refresh, { id: unknownSetup, expect: 404 });
  }
  await call('DELETE', setup, { id, expect: 200 });
  await call('DELETE', setup, { id, expect: 400 });
  await call('DELETE', setup, { id: unknownSetup, expect: 404 });
  const declined = await withCard(client, declinedCard);
  assert.equal(declined.body['status'], 'Created');
  assert.equal((declined.body['setupEvents'] as { eventType: string }[])[0]?.eventType, 'Declined');
  const authorized = await withCard(client, approvedCard, fullSetup);
  assert.equal(authorized.body['status'], 'Authorized');
  await call('GET', publicSetup, { id: idOf(authorized), expect: 200 });
  await call('DELETE', setup, { id: idOf(authorized), expect: 400 });
  await call('DELETE', setup, { id: idOf(authorized), query: '?includeAuthorized=true', expect: 200 });
};

const walkPaymentIntents = async (client: Client): Promise<void> => {
  const { call } = client;
  const created = await call('POST', '/payment-intents', {
    body: { amount: amount(1000), reference: 'Order 234' },
    expect: 200,
  });
  await call('POST', '/payment-intents', { body: fullPayment, expect: 200 });
  const id = idOf(created);
  for (const template of [payment, publicPayment]) {
    await call('GET', template, { id, expect: 200 });
    await call('GET', template, { id: unknownPayment, expect: 404 });
    await call('POST', template + refresh, { id, expect: 200 });
    await call('POST', template + refresh, { id: unknownPayment, expect: 404 });
  }
  await call('POST', `${payment}/charge`, { id, expect: 400 });
  await call('DELETE', payment, { id, expect: 200 });
  await call('DELETE', payment, { id, expect: 400 });
  await call('GET', payment, { id, expect: 404 });
  await call('GET', payment, { id, query: '?returnCanceled=true', expect: 200 });

  const setupIntentId = idOf(await withCard(client, approvedCard));
  const payable = await call('POST', '/payment-intents', {
    body: { amount: amount(1000), reference: 'Order 234', setupIntentId },
    expect: 200,
  });
  const charged = await call('POST', `${payment}/charge`, { id: idOf(payable), expect: 200 });
  assert.deepEqual(charged.body, { paymentIntentId: idOf(payable), status: 'Successful', message: 'DEPOSITED' });
  const captured = await call('GET', payment, { id: idOf(payable), expect: 200 });
  assert.equal(captured.body['status'], 'Captured');
  assert.ok(captured.body['paymentDetails']);
  const completed = await call('GET', setup, { id: setupIntentId, expect: 200 });
  assert.equal(completed.body['status'], 'Completed');
  await call('POST', '/payment-intents', {
    body: { amount: amount(1000), reference: 'x', setupIntentId },
    expect: 400,
  });
};

const walkRefunds = async (client: Client): Promise<void> => {
  const { call } = client;
  const setupIntentId = idOf(await withCard(client, approvedCard));
  const body = { amount: amount(1000), reference: 'Order 234', setupIntentId };
  const id = idOf(await call('POST', '/payment-intents', { body, expect: 200 }));
  let key = 0;
  const refund = (sent: object, expect: number): Promise<Reply> => {
    key += 1;
    return call('POST', `${payment}/refunds`, { id, body: sent, headers: { idempotencyKey: `key ${key}` }, expect });
  };
  const emails = ['gabriel@example.com', 'mari@example.com'];
  await refund({ amount: 1000 }, 400);
  await call('POST', `${payment}/receipt`, { id, body: { emails }, expect: 400 });
  await call('POST', `${payment}/charge`, { id, expect: 200 });
  await call('POST', `${payment}/refunds`, { id, body: { amount: 1 }, expect: 400 });
  await refund({ amount: 0 }, 400);
  await refund({ amount: 1001 }, 400);

  const part = await refund({ amount: '400', refundReason: 'Demo refund' }, 200);
  const { refundId, ...shown } = part.body;
  assert.deepEqual(shown, { paymentIntentId: id, refundReason: 'Demo refund', notes: null });
  const read = await call('GET', '/payment-intents/refunds/{refundId}', { id: String(refundId), expect: 200 });
  assert.deepEqual(read.body, part.body);
  await call('GET', '/payment-intents/refunds/{refundId}', { id: 'rfnd_0000000000000000000000', expect: 404 });
  await call('GET', '/payment-intents/refunds/{refundId}', { id: 'rfnd_1', expect: 400 });
  const partly = await call('GET', payment, { id, expect: 200 });
  assert.deepEqual([partly.body['status'], partly.body['refundedAmount']], ['Captured', 400]);

  await refund({ amount: 600, notes: 'The rest' }, 200);
  const whole = await call('GET', payment, { id, expect: 200 });
  assert.deepEqual([whole.body['status'], whole.body['refundedAmount']], ['Refunded', 1000]);
  await refund({ amount: 1 }, 400);
  await call('POST', `${payment}/receipt`, { id, body: { emails }, expect: 204 });
  await call('POST', `${payment}/receipt`, { id, body: { emails: [] }, expect: 400 });
  await call('POST', `${payment}/receipt`, { id: unknownPayment, body: { emails }, expect: 404 });
};

const walkRefusals = async ({ call }: Client): Promise<void> => {
  const stranger = { authorization: '' };
  await call('POST', '/setup-intents', { body: {}, expect: 400 });
  await call('POST', '/payment-intents', { body: {}, expect: 400 });
  await call('POST', '/setup-intents', { body: setupRequest, headers: stranger, expect: 401 });
  await call('POST', '/payment-intents', {
    body: {},
    headers: { authorization: 'Basic sk_prod_0123456789abcdefghijABCDEFGHIJ' },
    expect: 403,
  });
  // A body is read where none is needed, too.
  const text = { 'content-type': 'text/plain' };
  for (const [method, template] of [
    ['POST', `${payment}/charge`],
    ['POST', publicPayment + refresh],
    ['DELETE', payment],
    ['POST', '/setup-intents'],
  ] as const) {
    await call(method, template, { id: unknownPayment, body: 'text', headers: text, expect: 415 });
    await call(method, template, { id: unknownPayment, body: 'x'.repeat(65_537), headers: text, expect: 413 });
  }
  await call('GET', setup, { id: 'si_1', expect: 400 });
  await call('GET', payment, { id: unknownPayment, headers: stranger, expect: 401 });
};

const open = async (t: TestContext, version: ApiVersion) => conformingClient(await openListeners(t), version);

for (const version of apiVersions) {
  test(`every answer, success or refusal, is one that the document of ${version} describes`, async (t) => {
    const client = await open(t, version);
    await walkSetupIntents(client);
    await walkPaymentIntents(client);
    await walkRefunds(client);
    await walkRefusals(client);
    // Webhooks have a walk of their own, in webhooks-conformance.test.ts.
    const called = Object.entries(client.document.paths)
      .filter(([path]) => !path.startsWith('/webhooks'))
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    const missing = called
      .flatMap((name) => [`${name} success`, `${name} error`])
      .filter((name) => !client.covered.has(name));
    assert.deepEqual(missing, []);
    assert.equal(called.length, 14);
  });

  test(`the check against ${version} refuses a body that is wrong`, () => {
    const check = bodyChecker(apiDocument(version));
    const rejects = (name: string, body: unknown): void =>
      assert.notDeepEqual(check(name, body), [], JSON.stringify(body));
    assert.deepEqual(check('SetupIntentResponse', { id: 'si_1', setupEvents: [] }), []);
    rejects('SetupIntentResponse', { id: 'si_1', surplus: true });
    rejects('SetupIntentResponse', { intendedAmount: { value: 'ten', currencyCode: 'GBP' } });
    rejects('SetupIntentResponse', { setupEvents: [{ surplus: true }] });
    rejects('SetupIntentPublicResponse', { setupEvents: [] });
    rejects('PaymentIntent', { amount: 'ten' });
    rejects('PaymentIntent', { customer: { surplus: true } });
    rejects('PaymentIntent', { paymentDetails: { surplus: true } });
    rejects('ChargeResponse', { status: 'Maybe' });
    rejects('Refund', { refundId: 'rfnd_1', status: 'Successful' });
    rejects('ProblemDetails', { status: 'bad' });
  });
}

/** Shown in another form than they were sent. */
const reworded = new Set(['customer', 'expireAt', 'itemLines', 'taxLines', 'requestSecurity']);

for (const version of apiVersions) {
  test(`every field of ${version} that can be sent and shown is given back, and read again`, async (t) => {
    const { call, document } = await open(t, version);
    const shownFields = (name: string): readonly string[] =>
      Object.keys((document.schemas[name]?.['properties'] ?? {}) as object);
    const checkShown = (
      sent: Readonly<Record<string, unknown>>,
      request: string,
      answer: string,
      reply: Reply,
    ): void => {
      const both = shownFields(request).filter((name) => shownFields(answer).includes(name) && name in sent);
      assert.ok(both.includes('description') && both.length > 8, both.join());
      for (const name of both) {
        assert.notEqual(reply.body[name], undefined, name);
        if (!reworded.has(name)) assert.deepEqual(reply.body[name], sent[name], name);
      }
    };
    const intent = await call('POST', '/payment-intents', { body: fullPayment, expect: 200 });
    const readIntent = await call('GET', payment, { id: idOf(intent), expect: 200 });
    for (const reply of [intent, readIntent])
      checkShown(fullPayment, 'CreatePaymentIntentRequest', 'PaymentIntent', reply);
    const onFile = await call('POST', '/setup-intents', { body: fullSetup, expect: 200 });
    const readOnFile = await call('GET', setup, { id: idOf(onFile), expect: 200 });
    for (const reply of [onFile, readOnFile])
      checkShown(fullSetup, 'CreateSetupIntentRequest', 'SetupIntentPublicResponse', reply);
  });
}

test('a deleted Authorized setup intent is Canceled to the first release and Closed to the others', async (t) => {
  const listeners = await openListeners(t);
  const id = idOf(await withCard(conformingClient(listeners, '2024-02-05'), approvedCard));
  await send('DELETE', `${listeners.apiUrl}/setup-intents/${id}?includeAuthorized=true`);
  const statuses: unknown[] = [];
  for (const version of apiVersions) {
    statuses.push(
      (await send('GET', `${listeners.apiUrl}/setup-intents/${id}`, { headers: merchantHeaders(version) })).body[
        'status'
      ],
    );
  }
  assert.deepEqual(statuses, ['Canceled', 'Closed', 'Closed', 'Closed']);
});

test('an object made in the newest release conforms when the first release reads it, and the other way round', async (t) => {
  const listeners = await openListeners(t);
  const made = { oldest: conformingClient(listeners, '2022-04-07'), newest: conformingClient(listeners, '2026-02-27') };
  for (const [maker, reader] of [
    [made.newest, made.oldest],
    [made.oldest, made.newest],
  ] as const) {
    const type = maker === made.newest ? 'Unscheduled' : 'NoShow';
    const setupIntent = await withCard(maker, approvedCard, { ...fullSetup, merchantInitiatedTransactionType: type });
    const paymentIntent = await maker.call('POST', '/payment-intents', {
      body: { ...fullPayment, transactionSource: 'MOTO' },
      expect: 200,
    });
    await reader.call('GET', setup, { id: idOf(setupIntent), expect: 200 });
    await reader.call('GET', payment, { id: idOf(paymentIntent), expect: 200 });
  }
});

test('our own document describes no field of an intent that no answer has', async (t) => {
  const own = await ownDocument('api', (await openListeners(t)).apiUrl);
  const intents = ['SetupIntent', 'PublicSetupIntent', 'PaymentIntent', 'SetupEvent'];
  const parts = ['PaymentDetails', 'Card', 'Money', 'MerchantConfig', 'ChargeResponse', 'Refund', 'Problem'];
  assert.deepEqual(own.neverSent([...intents, ...parts]), []);
});

test('the check against our own document refuses an answer that is wrong', async (t) => {
  const listeners = await openListeners(t);
  const own = await ownDocument('api', listeners.apiUrl);
  const { body } = await withCard(conformingClient(listeners, '2026-02-27'), approvedCard);
  const errorsOf = (answer: object, status = 200) => own.errorsOf({ method: 'GET', template: setup, status }, answer);
  assert.deepEqual(errorsOf(body), []);
  const { reference: _lacked, ...lacking } = body;
  const config = body['merchantConfig'] as object;
  const [event] = body['setupEvents'] as readonly object[];
  for (const wrong of [
    { ...body, surplus: true },
    lacking,
    { ...body, status: 'Maybe' },
    { ...body, merchantConfig: { ...config, surplus: true } },
    { ...body, setupEvents: [{ ...event, surplus: true }] },
    { ...body, setupEvents: [{}] },
  ])
    assert.notDeepEqual(errorsOf(wrong), []);
  assert.equal(errorsOf(body, 418), 'the status is not listed');
  assert.notDeepEqual(errorsOf(body, 404), []);
  assert.notDeepEqual((await ownDocuments()('api', listeners.apiUrl)).neverSent(['Refund']), []);
});
