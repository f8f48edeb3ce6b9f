import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { dojoSignature, standardSignature } from './signature.ts';

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

for (const [secret, signature] of vectors) {
  test(`signs the reference body under ${secret} as the reference does`, () => {
    assert.equal(dojoSignature(secret, body), signature);
  });
}

test('signs id, time and body as Standard Webhooks says, once for each secret', () => {
  const expected = (secret: string): string =>
    `v1,${createHmac('sha256', Buffer.from(Buffer.from(secret).toString('base64'), 'base64'))
      .update('evt_1.1700000000.{}')
      .digest('base64')}`;
  assert.equal(
    standardSignature(['new', 'old'], 'evt_1', 1_700_000_000, '{}'),
    `${expected('new')} ${expected('old')}`,
  );
});

test('gives another time another signature', () => {
  assert.notEqual(standardSignature(['s'], 'evt_1', 1, '{}'), standardSignature(['s'], 'evt_1', 2, '{}'));
});
