import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  EventUnreadableError,
  SignatureMismatchError,
  SignatureMissingError,
  TimestampOutsideToleranceError,
  WebhookVerificationError,
} from './webhook-errors.ts';
import { webhooks } from './webhooks.ts';

/** The vectors of the API. */
const body =
  '{"id":"evt_hnnHxIKR_Uy6bhZCusCltw","event":"payment_intent.created","accountId":"acc_test","createdAt":"2022-02-01T13:07:41.8667859Z","data":{"paymentIntentId":"pi_vpwd4ooAPEqyNAQe4z89WQ","paymentStatus":"Created","captureMode":"Auto"}}';
const vectors = [
  [
    'PDYkJQq6sESYHp_zJuTTBQ',
    'sha256=4B-49-F8-FE-25-A7-E6-7D-00-4F-A7-9C-F8-0B-63-00-C7-77-B4-F2-2D-E5-E1-22-84-FA-04-18-50-A1-76-FD',
  ],
  [
    'ws_OYsyzcrH70GpJfs8MMkKpg',
    'sha256=94-AC-93-67-D6-8B-69-6D-15-A2-C2-45-40-98-B5-E7-64-72-38-C5-1F-6D-32-D0-5F-CB-91-20-A9-20-64-F4',
  ],
] as const;

const secret = 'the-secret';
const id = 'evt_hnnHxIKR_Uy6bhZCusCltw';
const at = Date.UTC(2026, 10, 22, 12);
const seconds = at / 1000;
const standardOver = (key: string, text: string, time = seconds): string =>
  `v1,${createHmac('sha256', key).update(`${id}.${time}.${text}`).digest('base64')}`;
const standard = (signature: string, time = seconds) => ({
  'webhook-id': id,
  'webhook-timestamp': String(time),
  'webhook-signature': signature,
});
const signed = standard(standardOver(secret, body));
const now = { now: at };

describe('a delivery with dojo-signature', () => {
  for (const [key, header] of vectors)
    it(`is believed under ${key}`, async () => {
      const event = await webhooks.verify(body, { 'Dojo-Signature': header }, key);
      assert.equal(event.event, 'payment_intent.created');
    });

  it('is refused when one bit of it, or of the body, differs, and when it has another form', async () => {
    const [key, header] = vectors[0];
    for (const wrong of [header.replace('4B-', '4A-'), header.replaceAll('-', ''), 'sha256=', header.slice(0, -3)])
      await assert.rejects(webhooks.verify(body, { 'dojo-signature': wrong }, key), SignatureMismatchError);
    const tampered = body.replace('Created', 'created');
    await assert.rejects(webhooks.verify(tampered, { 'dojo-signature': header }, key), SignatureMismatchError);
  });

  it('is refused where a time is required', async () => {
    const [key, header] = vectors[0];
    const required = { requireTimestamp: true };
    await assert.rejects(webhooks.verify(body, { 'dojo-signature': header }, key, required), SignatureMissingError);
  });
});

describe('a delivery with Standard Webhooks headers', () => {
  it('is believed from any kind of headers, and from any form of its bytes', async () => {
    const upper = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name.toUpperCase(), value]));
    for (const headers of [signed, upper, new Headers(signed)])
      assert.equal((await webhooks.verify(body, headers, secret, now)).id, id);
    const bytes = Buffer.from(body);
    for (const form of [bytes, new Uint8Array(bytes), new Uint8Array(bytes).buffer])
      assert.equal((await webhooks.verify(form, signed, secret, now)).id, id);
  });

  it('is believed under the whsec_ form of the secret', async () => {
    const form = `whsec_${Buffer.from(secret).toString('base64')}`;
    assert.equal((await webhooks.verify(body, signed, form, now)).id, id);
  });

  it('is believed while a secret is rotated, on either side', async () => {
    assert.equal((await webhooks.verify(body, signed, ['new', secret], now)).id, id);
    const both = standard(`${standardOver('new', body)} ${standardOver('old', body)}`);
    for (const known of ['new', 'old']) assert.equal((await webhooks.verify(body, both, known, now)).id, id);
    await assert.rejects(webhooks.verify(body, both, ['other', 'another'], now), SignatureMismatchError);
  });

  it('is refused when its body, id, time or signature is not the signed one', async () => {
    for (const [text, headers] of [
      [`${body} `, signed],
      [body, { ...signed, 'webhook-id': 'evt_other' }],
      [body, { ...signed, 'webhook-timestamp': String(seconds + 1) }],
      [body, { ...signed, 'webhook-signature': 'v1,AAAA' }],
      [body, { ...signed, 'webhook-signature': 'v1,%%%' }],
      [body, { ...signed, 'webhook-signature': signed['webhook-signature'].replace('v1,', 'v2,') }],
    ] as const)
      await assert.rejects(webhooks.verify(text, headers, secret, now), SignatureMismatchError);
  });

  it('is refused outside the tolerance, on both sides, and believed on its edge', async () => {
    for (const [ageSeconds, options] of [
      [301, {}],
      [-301, {}],
      [11, { tolerance: 10 }],
      [1, { tolerance: 0 }],
    ] as const) {
      const later = { ...options, now: at + ageSeconds * 1000 };
      await assert.rejects(
        webhooks.verify(body, signed, secret, later),
        (error) => error instanceof TimestampOutsideToleranceError && error.ageSeconds === ageSeconds,
      );
    }
    for (const ageSeconds of [300, -300]) await webhooks.verify(body, signed, secret, { now: at + ageSeconds * 1000 });
  });

  it('is never saved by a right dojo-signature: neither a wrong one, nor an old one, nor one without its time', async () => {
    const weaker = await webhooks.sign(body, secret, { id, now: at });
    const dojo = { 'dojo-signature': weaker['dojo-signature'] };
    const wrong = { ...dojo, ...standard(standardOver('other', body)) };
    await assert.rejects(webhooks.verify(body, wrong, secret, now), SignatureMismatchError);
    const old = { now: at + 3_600_000 };
    await assert.rejects(webhooks.verify(body, { ...dojo, ...signed }, secret, old), TimestampOutsideToleranceError);
    const halved = { ...dojo, 'webhook-signature': signed['webhook-signature'] };
    await assert.rejects(webhooks.verify(body, halved, secret, now), SignatureMissingError);
  });
});

describe('verify', () => {
  it('refuses what is not signed, and what is signed twice', async () => {
    await assert.rejects(webhooks.verify(body, {}, secret), SignatureMissingError);
    const [key, header] = vectors[0];
    for (const headers of [{ 'dojo-signature': [header, header] }, { 'dojo-signature': header, 'Dojo-Signature': 'x' }])
      await assert.rejects(webhooks.verify(body, headers, key), SignatureMissingError);
  });

  it('refuses a signed body that is no notification', async () => {
    for (const text of ['{', 'null', '[]', '{}', '{"id":1,"event":"a","accountId":"b","createdAt":"c","data":{}}']) {
      const headers = await webhooks.sign(text, secret, { id, now: at });
      await assert.rejects(webhooks.verify(text, headers, secret, now), EventUnreadableError);
    }
  });

  it('calls a mistake of the caller a mistake, and never a bad delivery', async () => {
    const parsed = JSON.parse(body) as string;
    for (const attempt of [
      webhooks.verify(parsed, signed, secret),
      webhooks.verify(body, signed, ''),
      webhooks.verify(body, signed, []),
      webhooks.verify(body, signed, ['good', 'whsec_%']),
      webhooks.verify(body, signed, secret, { tolerance: Number.NaN }),
    ])
      await assert.rejects(
        attempt,
        (error) => error instanceof TypeError && !(error instanceof WebhookVerificationError),
      );
  });

  it('does not hash a body of megabytes', async () => {
    const huge = 'x'.repeat(2 * 1024 * 1024);
    const headers = await webhooks.sign(huge, secret, { id, now: at });
    await assert.rejects(webhooks.verify(huge, headers, secret, now), SignatureMismatchError);
  });

  it('accepts what sign made', async () => {
    const headers = await webhooks.sign(body, secret, { id });
    assert.equal((await webhooks.verify(body, headers, secret, { requireTimestamp: true })).id, id);
    const [key, header] = vectors[1];
    assert.equal((await webhooks.sign(body, key, { id }))['dojo-signature'], header);
  });
});
