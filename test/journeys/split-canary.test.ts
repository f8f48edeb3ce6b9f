import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { addLinkCall } from '../../src/http/link-listener.ts';
import { listenOnLink } from '../link/open-link.ts';
import { freePort } from './free-port.ts';
import { type Client, codeOf, openClient } from './open-client.ts';
import { cardNumberForms, cvvForms, filesUnder, searchFor } from './secret-forms.ts';
import { type RunningPart, startPart } from './start-strongroom.ts';
import { linkFiles, makeCertificates, startSplit } from './start-split.ts';

const card = '5200000000001005';
const cvv = '020';
const forms = [...cardNumberForms(card), ...cvvForms(cvv)];

describe('what a vault sends to the API', () => {
  /** Each call as it came out of the TLS connection: its line, headers and body. */
  const received: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-split-canary-'));
  let platform: { readonly url: string; close(): Promise<void> };
  let vault: RunningPart;
  let client: Client;

  before(async () => {
    makeCertificates(folder, ['strongroom-api', 'strongroom-vault']);
    const read = (file: string): Buffer => readFileSync(join(folder, file));
    const identity = {
      cert: read('strongroom-api.pem'),
      key: read('strongroom-api-key.pem'),
      ca: read('authority.pem'),
      peers: ['strongroom-vault'],
    };
    const account = { id: 'acc_one', name: 'Guest House', createdAt: 0, clockAheadMs: 0 };
    const take = Type.Object({});
    const note = (body: object, { url, headers }: FastifyRequest): void =>
      void received.push(JSON.stringify({ url, headers, body }));
    platform = await listenOnLink(identity, (listener) => {
      addLinkCall(listener, '/authentications', take, async (body, request) => {
        note(body, request);
        return { account };
      });
      addLinkCall(listener, '/setup-intents', take, async (body, request) => {
        note(body, request);
        return { status: 200, headers: {}, body: '{}' };
      });
    });
    vault = await startPart('vault', {
      dataDir: join(folder, 'data'),
      env: {
        STRONGROOM_PCI_PORT: '0',
        STRONGROOM_LINK_PORT: '0',
        STRONGROOM_PLATFORM_URL: platform.url,
        ...linkFiles(folder, 'strongroom-vault'),
      },
    });
    client = openClient({ apiUrl: 'http://unused', pciUrl: vault.pciUrl });
  });
  after(async () => {
    client.close();
    await vault.stop();
    await platform.close();
    rmSync(folder, { recursive: true });
  });

  const tokenise = (fields: object = {}, headers: Readonly<Record<string, string>> = {}, more: object = {}) =>
    client.tokenise({ cardNumber: card, cV2: cvv }, fields, { headers, ...more });

  it('is everything about a setup intent but its card', async () => {
    const reply = await tokenise({ metadata: { table: '4' } }, { 'idempotency-key': 'once' });
    assert.equal(reply.status, 200, reply.text);
    const sent = received.join('\n');
    // The search below finds nothing; this shows that there is something to find it in.
    for (const words of ['Booking 234', 'table', 'once', '52000000****1005', '/setup-intents'])
      assert.ok(sent.includes(words), words);
    assert.deepEqual(searchFor(forms, { folders: [], texts: { sent } }), []);
    assert.notDeepEqual(searchFor(forms, { folders: [], texts: { sent: `${sent}${card}` } }), []);
  });

  it('holds no card number wherever a careless caller puts one', async () => {
    received.length = 0;
    const escaped = card.replaceAll('5', '\\u0035');
    await tokenise({ reference: card });
    await tokenise({ metadata: { [card]: 'x' } });
    await tokenise({ metadata: { note: `card ${card}` } });
    await tokenise({ metadata: { cV2: cvv } });
    await tokenise({ cV2: cvv, cardNumber: card });
    await tokenise({ unknown: { deep: [{ er: Number(card) }] } });
    await tokenise({}, { 'idempotency-key': card });
    await tokenise({}, { idempotencykey: card.replaceAll(/(.{4})/g, '$1 ').trim() });
    await tokenise({}, { authorization: `Basic sk_sandbox_${card}AAAAAAAAAAAAAAAAAAAA` });
    await tokenise(
      {},
      { authorization: `Basic ${Buffer.from(`sk_sandbox_${card}_AAAAAAAAAAAAAAA:`).toString('base64')}` },
    );
    await tokenise({}, { authorization: `Basic sk_sandbox_9999${card}9999999999` });
    await tokenise({}, { traceparent: `00-${card}${card}-00f067aa0ba902b7-01` });
    await tokenise({}, { 'user-agent': card, cookie: `card=${card}`, 'x-card': card });
    await tokenise({}, {}, { version: card });
    await client.pci('POST', `/setup-intents?card=${card}`, { body: { reference: 'x' } });
    await client.pci('POST', `/setup-intents?card=${card}`, {
      body: { reference: 'x', cardDetails: { cardNumber: card, expiryDate: '12/29', cV2: cvv } },
    });
    await client.pci('POST', `/setup-intents/${card}`, { body: {} });
    await client.pci('POST', '/setup-intents', {
      raw: `{"reference":"${escaped}","cardDetails":{"cardNumber":"${escaped}","expiryDate":"12/29","cV2":"${cvv}"}}`,
    });
    await client.pci('POST', '/setup-intents', { raw: `{"cardDetails":{"cardNumber":"${card}","cV2":"${cvv}"` });
    await tokenise({ cardName: card });
    await client.tokenise({ cardNumber: card, cV2: cvv, cardName: card });
    await client.tokenise({ cardNumber: card, cV2: cvv, expiryDate: card });
    assert.deepEqual(searchFor(forms, { folders: [], texts: { sent: received.join('\n') } }), []);
    assert.ok(received.length > 10);
  });

  it('is nothing but the question whose key it is, for a caller who has none', async () => {
    received.length = 0;
    const refused = await client.tokenise({ cardNumber: card }, {}, { key: null });
    assert.deepEqual([refused.status, codeOf(refused)], [401, 'key-missing']);
    assert.deepEqual(received, []);
  });

  it('is left in no log line and no file of the vault either', async () => {
    assert.deepEqual(
      searchFor(forms, { folders: [join(folder, 'data')], texts: { output: printedByVault(vault) } }),
      [],
    );
  });
});

/** The sample call that a sandbox prints shows the test card on purpose. */
const printedByVault = (vault: RunningPart): string =>
  vault
    .output()
    .split('\n')
    .filter((line) => !line.startsWith('curl '))
    .join('\n');

describe('a server in three processes', () => {
  it('leaves no card number and no CVV in a log, an answer or a file, of any of them', async () => {
    const split = await startSplit({
      apiLinkPort: await freePort(),
      vaultLinkPort: await freePort(),
      env: { STRONGROOM_LOG_LEVEL: 'debug' },
    });
    const client = openClient(split);
    try {
      const answers: string[] = [];
      for (const reference of ['Booking 1', card]) {
        const setupIntent = await client.tokenise({ cardNumber: card, cV2: cvv }, { reference });
        answers.push(setupIntent.text);
        if (setupIntent.status !== 200) continue;
        const paymentIntent = await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id });
        const charged = await client.charge(paymentIntent.shown.id);
        assert.equal(charged.shown.status, 'Successful');
        answers.push(paymentIntent.text, charged.text);
        answers.push((await client.api('GET', '/sandbox/acquirer/ledger')).text);
      }
      await Promise.all([split.api.kill(), split.worker.kill(), split.vault.kill()]);
      const texts = {
        answers: answers.join('\n'),
        api: split.api.output(),
        worker: split.worker.output(),
        vault: printedByVault(split.vault),
      };
      const folders = [split.platformDir, split.vaultDir];
      assert.ok(filesUnder(split.platformDir).some((file) => file.endsWith('strongroom.db')));
      assert.deepEqual(searchFor(forms, { folders, texts }), []);
      assert.ok(!filesUnder(split.platformDir).some((file) => /keyring|simulator|vault/.test(file)));
    } finally {
      client.close();
      await split.stop();
    }
  });
});
