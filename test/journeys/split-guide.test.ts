import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { freePort } from './free-port.ts';
import { type Client, openClient } from './open-client.ts';
import { chargesInLedger } from './read-books.ts';
import { startSplit, type SplitStrongroom } from './start-split.ts';

const approvedCard = '5200000000001005';

let split: SplitStrongroom;
let client: Client;
before(async () => {
  split = await startSplit({ apiLinkPort: await freePort(), vaultLinkPort: await freePort() });
  client = openClient(split);
});
after(async () => {
  client.close();
  await split.stop();
});

describe('the guide over three processes', () => {
  it('is walked from card to Completed', async () => {
    const setupIntent = await client.tokenise(approvedCard);
    assert.deepEqual([setupIntent.status, setupIntent.shown.status], [200, 'Authorized'], setupIntent.text);
    const paymentIntent = (await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id })).shown;
    const charged = await client.charge(paymentIntent.id);
    assert.deepEqual([charged.status, charged.shown.status], [200, 'Successful'], charged.text);
    assert.equal((await client.api('GET', `/payment-intents/${paymentIntent.id}`)).shown.status, 'Captured');
    assert.equal((await client.api('GET', `/setup-intents/${setupIntent.shown.id}`)).shown.status, 'Completed');
    assert.equal(chargesInLedger(split.vaultDir).length, 1);
  });
});
