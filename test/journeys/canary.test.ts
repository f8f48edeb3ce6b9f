import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { type Client, openClient, type Reply, type SentCard } from './open-client.ts';
import { allSettled, chargesInLedger } from './read-books.ts';
import { cardNumberForms, cvvForms, filesUnder, searchFor } from './secret-forms.ts';
import { publicSandboxKey, type RunningStrongroom, startStrongroom } from './start-strongroom.ts';
import { until } from './until.ts';

/** The card of the printed sample call is left out: its number stands in the output on purpose. */
const cards = {
  approved: '5200000000001096',
  approvedAmex: '370000000000002',
  declined: '4000000000050007',
  outOfDate: '4000000000540007',
  declinedWhenCharged: '4000000010050005',
  lostBefore: '4000000020000008',
  lostAfter: '4000000021000007',
  answeredTwice: '4000000022000006',
  challenged: '4000000030000006',
  /** Valid, and known to nobody. */
  unlisted: '4929135268377144',
} as const;
/** Unlike anything else that a server writes: four digits for AMEX, three for the others. */
const cvvs = { amex: '7391', others: '853' } as const;

const folder = mkdtempSync(join(tmpdir(), 'strongroom-canary-'));
const dataDir = join(folder, 'data');
const temporary = join(folder, 'temporary');
const startedAt = Date.now();

const answers: string[] = [];
/** Headers and bodies, as a merchant's server receives them. */
const webhooks: string[] = [];
const receiver = createServer((call, response) => {
  void text(call).then((body) => {
    webhooks.push(`${call.url} ${JSON.stringify(call.headers)} ${body}`);
    response.end();
  });
});
let output = '';
let strongroom: RunningStrongroom;
let client: Client;

const start = async (): Promise<void> => {
  mkdirSync(temporary, { recursive: true });
  strongroom = await startStrongroom({
    dataDir,
    env: { STRONGROOM_ACQUIRER_TIMEOUT_MS: '300', STRONGROOM_LOG_LEVEL: 'debug', TMPDIR: temporary },
  });
  client = openClient(strongroom);
};

const heard = async (sent: Promise<Reply>): Promise<Reply> => {
  const reply = await sent;
  answers.push(`${reply.status} ${JSON.stringify(reply.headers)} ${reply.text}`);
  return reply;
};

before(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  await start();
});
after(() => {
  receiver.close();
  receiver.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

const cardOf = (cardNumber: string): SentCard => ({
  cardNumber,
  cV2: cardNumber === cards.approvedAmex ? cvvs.amex : cvvs.others,
});

const subscribe = async (): Promise<void> => {
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/notify`;
  const subscribed = await heard(
    client.api('POST', '/webhooks', {
      body: { url, events: ['setup_intent.status_updated', 'payment_intent.status_updated'] },
    }),
  );
  assert.ok(subscribed.status < 300, subscribed.text);
  await heard(
    client.api('POST', '/webhooks', {
      body: { url: `${url}?card=${cards.approved}`, events: ['payment_intent.created'] },
    }),
  );
};

/** Takes a card through every call that its outcome allows. */
const useCard = async (cardNumber: string): Promise<void> => {
  const setupIntent = await heard(
    client.tokenise(cardOf(cardNumber), {}, { headers: { idempotencyKey: `canary ${answers.length}` } }),
  );
  const { id } = setupIntent.shown;
  await heard(client.api('GET', `/setup-intents/${id}`));
  await heard(client.api('GET', `/setup-intents/public/${id}`, { key: null }));
  const paymentIntent = await heard(client.createPaymentIntent({ setupIntentId: id }));
  if (paymentIntent.status !== 200) return;
  await heard(client.charge(paymentIntent.shown.id, { headers: { idempotencyKey: 'charge' } }));
  await heard(client.charge(paymentIntent.shown.id));
  await heard(client.api('GET', `/payment-intents/${paymentIntent.shown.id}`, { version: '2022-04-07' }));
  await heard(client.api('DELETE', `/setup-intents/${id}?includeAuthorized=true`));
};

/** Sends card data where and how it must not be sent. */
const misuse = async (number: string): Promise<void> => {
  const cvv = cvvs.others;
  const spaced = number.match(/.{1,4}/g)?.join(' ') ?? '';
  const wholeBody = { cardDetails: { cardNumber: number, cV2: cvv, expiryDate: '12 / 29' }, reference: number };
  await heard(client.createSetupIntent(wholeBody));
  await heard(client.createPaymentIntent({ reference: spaced, metadata: { cvv, [number]: number } }));
  for (const send of [client.api, client.pci]) {
    const raw = JSON.stringify(wholeBody);
    await heard(send('POST', '/setup-intents', { raw: raw.slice(0, -1) }));
    await heard(send('POST', '/setup-intents', { raw, headers: { 'content-type': 'text/plain' } }));
    await heard(send('POST', '/setup-intents', { raw: `${raw}${' '.repeat(70_000)}` }));
    await heard(send('POST', '/setup-intents', { raw, key: number }));
    await heard(send('POST', '/setup-intents', { raw, version: number }));
    await heard(send('PUT', `/setup-intents/${number}?card=${number}&cvv=${cvv}`, { raw }));
    await heard(send('GET', `/${encodeURIComponent(spaced)}`));
    const headers = {
      'user-agent': number,
      cookie: `card=${number}`,
      referer: `https://x/${number}`,
      traceparent: `00-${number}${'a'.repeat(16)}-b7ad6b7169203331-01`,
      idempotencyKey: number,
    };
    await heard(send('POST', '/setup-intents', { raw, headers }));
  }
  await heard(client.tokenise({ ...cardOf(number), cV2: '12345' }));
  await heard(client.tokenise({ ...cardOf(number), expiryDate: number }));
  await heard(client.tokenise({ ...cardOf(number), cardName: number }));
  await heard(client.tokenise({ ...cardOf(number), [number]: cvv } as never));
  await heard(client.tokenise(cardOf(number), { terms: number }));
  await heard(client.tokenise(cardOf(number), { metadata: { cvv } }));
  await breakOff(number);
};

/** A request that ends in its midst, and bytes that are no request at all. */
const breakOff = async (number: string): Promise<void> => {
  const headers = {
    authorization: `Basic ${publicSandboxKey}`,
    version: '2026-02-27',
    'content-type': 'application/json',
    'content-length': 5_000,
  };
  const half = request(`${strongroom.pciUrl}/setup-intents`, { method: 'POST', headers });
  half.on('error', () => undefined);
  await new Promise<void>((sent) =>
    half.write(`{"cardDetails":{"cardNumber":"${number}","cV2":"${cvvs.others}"`, () => sent()),
  );
  half.destroy();
  const socket = connect(Number(new URL(strongroom.pciUrl).port), '127.0.0.1');
  socket.end(`${number} ${number}\r\n${number}\r\n\r\n`);
  socket.setEncoding('utf8').on('data', (text: string) => answers.push(text));
  await once(socket, 'close');
};

/** Takes the acquirer's book away while cards are verified and charged, so that the server has errors to tell of. */
const breakTheAcquirer = async (): Promise<void> => {
  const kept = await heard(client.tokenise(cardOf(cards.approved)));
  const paymentIntent = await heard(client.createPaymentIntent({ setupIntentId: kept.shown.id }));
  const rename = (from: string, to: string): void => {
    const ledger = new DatabaseSync(join(dataDir, 'acquirer-simulator.db'), { timeout: 2_000 });
    ledger.exec(`alter table ${from} rename to ${to}`);
    ledger.close();
  };
  rename('ledger', 'gone');
  await heard(client.tokenise(cardOf(cards.approved)));
  await heard(client.tokenise(cardOf(cards.unlisted)));
  await heard(client.charge(paymentIntent.shown.id));
  rename('gone', 'ledger');
};

const stopAndListen = async (end: 'stop' | 'kill'): Promise<void> => {
  client.close();
  if (end === 'kill') await strongroom.kill();
  else assert.equal(await strongroom.stop(), 0);
  output += strongroom.output();
};

const leftBehindInWorkingFolder = (): readonly string[] =>
  readdirSync('.').filter(
    (name) => /^core|\.heapsnapshot$|^report\..*\.json$/.test(name) && statSync(name).mtimeMs >= startedAt,
  );

const places = () => ({
  folders: [dataDir, temporary],
  texts: { 'the log': output + strongroom.output(), 'an answer': answers.join('\n'), 'a webhook': webhooks.join('\n') },
});

describe('card data', () => {
  it('is used, misused, lost and broken off without a trace outside the memory of the vault', async () => {
    await subscribe();
    for (const number of Object.values(cards)) await useCard(number);
    await until('the settling', () => allSettled(dataDir));
    await heard(client.api('GET', '/health/ready'));
    await misuse(cards.unlisted);
    await misuse(cards.approved);
    await breakTheAcquirer();

    const interrupted = await heard(client.tokenise(cardOf(cards.lostAfter)));
    const paymentIntent = await heard(client.createPaymentIntent({ setupIntentId: interrupted.shown.id }));
    const cutOff = client.charge(paymentIntent.shown.id).catch(() => undefined);
    await until('the approval', () =>
      chargesInLedger(dataDir).some(({ intentId }) => intentId === paymentIntent.shown.id) ? true : undefined,
    );
    await stopAndListen('kill');
    await cutOff;
    await assertNothingLeft('after a power cut');

    await start();
    await until('the settling', () => allSettled(dataDir));
    for (const path of ['/events', '/sandbox/acquirer/ledger', '/sandbox/acquirer', '/webhooks', '/openapi.json'])
      await heard(client.api('GET', path));
    await assertNothingLeft('while it runs');
    await stopAndListen('stop');
    await assertNothingLeft('after it stopped');
  });

  const assertNothingLeft = async (when: string): Promise<void> => {
    for (const number of Object.values(cards)) assert.deepEqual(searchFor(cardNumberForms(number), places()), [], when);
    for (const cvv of Object.values(cvvs)) assert.deepEqual(searchFor(cvvForms(cvv), places()), [], when);
    assert.deepEqual(leftBehindInWorkingFolder(), [], when);
  };

  it('was looked for where it would have been', () => {
    const names = filesUnder(dataDir).map((file) => file.slice(dataDir.length + 1));
    for (const name of ['strongroom.db', 'keyring.json', 'acquirer-simulator.db'])
      assert.ok(names.includes(name), names.join());
    assert.ok(answers.length > 100, String(answers.length));
    assert.ok(
      webhooks.some((webhook) => webhook.includes('"Completed"')),
      'webhooks arrived',
    );
    for (const what of ['verification', 'charge'])
      assert.match(output, new RegExp(`"level":"error".*"msg":"${what}: the card processor broke down"`));
    assert.match(output, /"level":"debug"/);
    const seen = answers.join('\n');
    for (const text of [
      '"status":"Authorized"',
      '"status":"Successful"',
      '"status":"Declined"',
      '"status":"Failed"',
      'AuthChallenged',
      'CardExpired',
      'card-number-refused',
      'body-too-large',
      '"eventType":"Error"',
      '52000000****1096',
    ])
      assert.ok(seen.includes(text), text);
  });
});

describe('the search', () => {
  const plantedIn = join(folder, 'planted');
  const plant = (bytes: Buffer): void => {
    mkdirSync(plantedIn, { recursive: true });
    writeFileSync(join(plantedIn, 'page'), Buffer.concat([Buffer.from([0, 255, 10]), bytes, Buffer.from([0, 254])]));
  };
  const search = (forms: ReturnType<typeof cardNumberForms>, texts: Record<string, string> = {}) =>
    searchFor(forms, { folders: texts === nothing ? [plantedIn] : [], texts });
  const nothing: Record<string, string> = {};

  it('finds a card number and a CVV in each of their forms', () => {
    for (const forms of [
      cardNumberForms(cards.unlisted),
      cardNumberForms(cards.approvedAmex),
      cvvForms(cvvs.amex),
      cvvForms(cvvs.others),
    ])
      for (const form of forms) {
        plant(form.bytes);
        assert.ok(
          search(forms, nothing).some((finding) => finding.form === form.name),
          form.name,
        );
      }
    plant(Buffer.from('nothing of interest'));
    assert.deepEqual(search(cardNumberForms(cards.unlisted), nothing), []);
  });

  it('finds a card number in base64 wherever it begins in what was encoded', () => {
    for (const before of ['', 'a', 'ab', 'abc', 'a long text before it: '])
      for (const encoding of ['base64', 'base64url'] as const) {
        const leaked = Buffer.from(`${before}${cards.unlisted} and more`).toString(encoding);
        assert.notDeepEqual(search(cardNumberForms(cards.unlisted), { log: `{"msg":"${leaked}"}` }), [], before);
      }
  });

  it('finds what a careless line would log, answer or name a file after', () => {
    const careless = [
      JSON.stringify({ level: 'info', card: cards.approved }),
      JSON.stringify({ level: 'info', body: JSON.stringify({ cardDetails: { cardNumber: cards.approved } }) }),
      `Error: declined ${cards.approved.match(/.{4}/g)?.join('-')}`,
      Buffer.from(JSON.stringify({ cardNumber: cards.approved })).toString('hex'),
    ];
    for (const line of careless) assert.notDeepEqual(search(cardNumberForms(cards.approved), { log: line }), [], line);
    const withCvv = JSON.stringify({ level: 'debug', body: { cV2: cvvs.others } });
    assert.notDeepEqual(search(cvvForms(cvvs.others), { log: withCvv }), []);
    assert.deepEqual(
      search(cvvForms(cvvs.others), { log: '{"durationMs":853,"id":"a853b"}' }),
      [],
      'a duration is no CVV',
    );
    writeFileSync(join(plantedIn, cards.approved), '');
    assert.notDeepEqual(search(cardNumberForms(cards.approved), nothing), []);
  });
});
