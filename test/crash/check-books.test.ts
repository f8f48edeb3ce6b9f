import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openClient } from '../journeys/open-client.ts';
import { startStrongroom } from '../journeys/start-strongroom.ts';
import { type Acknowledged, openAcknowledged } from './acknowledged.ts';
import { readBooks } from './books.ts';
import { checkBooks } from './check-books.ts';
import { settle } from './run-crash.ts';
import { sabotage, type SabotageName, sabotageNames } from './sabotage.ts';

const folder = mkdtempSync(join(tmpdir(), 'strongroom-books-'));
const place = { dataDir: join(folder, 'data'), postgresUrl: null };
const acknowledged: Acknowledged = openAcknowledged();
after(() => rmSync(folder, { recursive: true, force: true }));

/** One story of each kind: paid and given back in part or in full, charged and taken back, declined at verification, kept for later. */
before(async () => {
  const strongroom = await startStrongroom({ dataDir: place.dataDir, env: { STRONGROOM_ACQUIRER_TIMEOUT_MS: '150' } });
  const client = openClient(strongroom);
  const tokenise = async (card: string): Promise<string> => {
    const { id, status } = (await client.tokenise(card)).shown;
    acknowledged.noteStatus(id, status);
    return id;
  };
  const charge = async (card: string, idempotencyKey: string): Promise<string> => {
    const setupIntentId = await tokenise(card);
    const { id, status } = (await client.createPaymentIntent({ setupIntentId })).shown;
    acknowledged.noteStatus(id, status);
    const charged = await client.charge(id, { headers: { idempotencyKey } });
    acknowledged.noteTold(id, charged.shown.status);
    if (charged.shown.status === 'Successful') acknowledged.noteStatus(id, 'Captured');
    return id;
  };
  const refund = async (paymentIntentId: string, amountMinor: number, reason: string): Promise<void> => {
    const body = { amount: amountMinor, refundReason: reason };
    const path = `/payment-intents/${paymentIntentId}/refunds`;
    const { text } = await client.api('POST', path, { body, headers: { idempotencyKey: reason } });
    const { refundId = null } = JSON.parse(text) as { readonly refundId?: string };
    acknowledged.noteRefund(reason, { paymentIntentId, amountMinor, refundId });
  };
  await refund(await charge('5200000000001005', 'paid'), 400, 'a part');
  const returned = await charge('5200000000001005', 'given back');
  await refund(returned, 300, 'the first part');
  await refund(returned, 700, 'the rest');
  await charge('4000000021000007', 'taken back');
  await tokenise('4000000000510000');
  await tokenise('4000000000000002');
  await settle(place, acknowledged);
  client.close();
  assert.equal(await strongroom.stop(), 0);
});

const seenIn: Readonly<Record<SabotageName, RegExp>> = {
  'add-approval': /approved att_never_sent, which our books do not know/,
  'drop-reversal': /the acquirer approved \S+, our books say reversed/,
  'drop-approval': /our books say that \S+ is approved, the acquirer does not/,
  'change-amount': /paid 1001 of 1000/,
  'add-refund': /received refund rfnd_never_sent, our books did not send it/,
  'drop-refund': /our books say that refund \S+ was made, the acquirer does not/,
  'change-refund': /refund \S+ gave back 401 of 400/,
  'forget-refund': /the acquirer made refund \S+, our books say declined/,
  'lose-refund': /the refund “[^”]+” was told to be made as \S+ and is not/,
  'leave-refund-unsettled': /refund \S+ is still unknown/,
  'take-status-back': /was answered as Captured and is Created/,
  'leave-unsettled': /is still unknown/,
  'forget-outcome': /our books say declined/,
  'lose-event': /the events of pi_\S+ are not 1 to/,
  'lose-intent': /was answered as Created and is lost/,
  'keep-orphan-card': /card_of_nobody is kept for no intent/,
  'lose-card': /the card of si_\S+ is lost/,
  'leave-answer-open': /is taken and has no answer/,
  'scribble-on-file': /strongroom\.db: /,
};

describe('the comparison of the books', () => {
  it('finds nothing wrong with the books of a server that was left alone', async () => {
    assert.deepEqual(checkBooks(await readBooks(place), acknowledged), []);
  });

  for (const name of sabotageNames) {
    it(`sees what “${name}” did to them`, async () => {
      const damaged = { ...place, dataDir: join(folder, name) };
      cpSync(place.dataDir, damaged.dataDir, { recursive: true });
      await sabotage(damaged, name);
      const violations = checkBooks(await readBooks(damaged), acknowledged);
      assert.ok(
        violations.some((violation) => seenIn[name].test(violation)),
        violations.join('\n') || 'nothing seen',
      );
    });
  }

  it('is not held against books that a damage left as they were', async () => {
    const damaged = { ...place, dataDir: join(folder, 'nothing-to-damage') };
    cpSync(place.dataDir, damaged.dataDir, { recursive: true });
    await sabotage(damaged, 'drop-reversal');
    await assert.rejects(sabotage(damaged, 'drop-reversal'), /found nothing to damage: run more cycles/);
  });
});
