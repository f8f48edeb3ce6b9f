import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { samplePaymentIntent, sampleSetupIntent } from '../../test/contracts/store/sample-objects.ts';
import { statementFor } from './changes.ts';
import type { SqlRow } from './engine.ts';
import { apiKeyFrom, chargeAttemptFrom, intentEventFrom, paymentIntentFrom, setupIntentFrom } from './rows.ts';

const [, , , , , , doc = null] = statementFor(
  { kind: 'insert-setup-intent', setupIntent: sampleSetupIntent() },
  'sqlite',
).params;
const row: SqlRow = {
  id: 'si_1',
  account_id: 'acc_1',
  version: 1,
  status: 'Authorized',
  card_reference: 'card_1',
  doc,
};

describe('rows', () => {
  it('become the object that was written', () => {
    assert.deepEqual(setupIntentFrom(row), sampleSetupIntent());
  });

  const damage: Readonly<Record<string, Partial<Record<string, string | number | null>>>> = {
    'an unknown status': { status: 'Half' },
    'a status in other case': { status: 'authorized' },
    'a missing account': { account_id: null },
    'a version that is no whole number': { version: 1.5 },
    'a version that is text': { version: '1' },
    'a number for a card reference': { card_reference: 7 },
    'a document that is no JSON': { doc: '{' },
    'a document that is no object': { doc: 'null' },
    'a document without a field': { doc: '{"eventCount":1}' },
  };
  for (const [name, values] of Object.entries(damage)) {
    it(`are refused with ${name}`, () => {
      assert.throws(() => setupIntentFrom({ ...row, ...values } as SqlRow));
    });
  }

  it('are refused in every other table too', () => {
    assert.throws(() => chargeAttemptFrom({ ...row, state: 'live' }), /impossible/);
    assert.throws(() => intentEventFrom({ ...row, type: 'Exploded' }), /impossible/);
    assert.throws(() => apiKeyFrom({ ...row, environment: 'test' }), /impossible/);
  });

  it('are read with nothing on top of the amount where they were written before anything but a tip was', () => {
    const { terms, ...intent } = samplePaymentIntent();
    const { serviceChargeAmount: _, cashbackAmount: _none, ...then } = terms;
    const written = { ...row, status: intent.status, doc: JSON.stringify({ ...intent, terms: then }) };
    assert.deepEqual(paymentIntentFrom(written).terms, { ...terms, serviceChargeAmount: null, cashbackAmount: null });
  });

  it('hold nothing in the document that a column holds, so that the two cannot disagree', () => {
    const { params } = statementFor({ kind: 'insert-payment-intent', paymentIntent: samplePaymentIntent() }, 'sqlite');
    const stored = JSON.parse(String(params[5])) as object;
    assert.deepEqual(
      Object.keys(samplePaymentIntent()).filter((field) => !(field in stored)),
      ['id', 'accountId', 'version', 'status'],
    );
  });
});
