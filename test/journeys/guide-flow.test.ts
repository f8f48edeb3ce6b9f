import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { testCards } from '../../vault/index.ts';
import { type Client, codeOf, openClient, type Shown } from './open-client.ts';
import { readDatabase } from './read-books.ts';
import { runCommand } from './run-command.ts';
import { type RunningStrongroom, startStrongroom } from './start-strongroom.ts';
import { until } from './until.ts';

const approvedCard = '5200000000001005';
const cardOutOfDateAtIssuer = '4000000000540007';
const cardThatWantsAuthentication = '4000000030000006';

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

const readSetupIntent = async (id: string): Promise<Shown> => {
  const reply = await client.api('GET', `/setup-intents/${id}`);
  assert.equal(reply.status, 200);
  return reply.shown;
};

const eventTypes = ({ setupEvents }: Shown): readonly string[] => setupEvents.map(({ eventType }) => eventType);

const authorized = async (): Promise<Shown> => {
  const reply = await client.tokenise(approvedCard);
  assert.deepEqual([reply.status, reply.shown.status], [200, 'Authorized']);
  return reply.shown;
};

describe('the guide', () => {
  for (const version of ['2022-04-07', '2024-02-05', '2025-09-10', '2026-02-27']) {
    it(`is walked from card to Completed in version ${version}`, async () => {
      const speaking = { version };
      const setupIntent = (await client.tokenise(approvedCard, {}, speaking)).shown;
      assert.equal(setupIntent.status, 'Authorized');
      assert.deepEqual(eventTypes(setupIntent), ['Authorized']);

      const paymentIntent = (await client.createPaymentIntent({ setupIntentId: setupIntent.id }, speaking)).shown;
      assert.equal(paymentIntent.status, 'Created');
      assert.equal((await readSetupIntent(setupIntent.id)).status, 'Authorized');

      const charged = await client.charge(paymentIntent.id, speaking);
      assert.equal(charged.status, 200);
      assert.deepEqual(charged.shown, {
        paymentIntentId: paymentIntent.id,
        status: 'Successful',
        message: 'DEPOSITED',
      });

      const paid = (await client.api('GET', `/payment-intents/${paymentIntent.id}`, speaking)).shown;
      assert.equal(paid.status, 'Captured');
      const shownCard =
        version === '2022-04-07' ? paid.paymentDetails : (paid.paymentDetails['card'] as Record<string, unknown>);
      assert.equal(shownCard['cardNumber'], '52000000****1005');
      assert.equal(shownCard['expiryDate'], '2029-12-31');
      const showsAddressCheck = version === '2025-09-10' || version === '2026-02-27';
      assert.equal(paid.paymentDetails['avsResult'], showsAddressCheck ? 'ADDRESS_MATCH_POSTCODE_MATCH' : undefined);
      assert.equal((await client.api('GET', `/setup-intents/${setupIntent.id}`, speaking)).shown.status, 'Completed');
    });
  }

  it('charges one of several payment intents that name the same setup intent, and no other', async () => {
    const { id: setupIntentId } = await authorized();
    const created = await Promise.all([1, 2, 3].map(() => client.createPaymentIntent({ setupIntentId })));
    const [first, second, third] = created.map(({ shown }) => shown.id);
    assert.equal((await client.charge(second ?? '')).shown.status, 'Successful');
    for (const other of [first, third]) {
      const refused = await client.charge(other ?? '');
      assert.deepEqual([refused.status, codeOf(refused)], [400, 'card-already-charged']);
      assert.equal((await client.api('GET', `/payment-intents/${other}`)).shown.status, 'Created');
    }
    const again = await client.charge(second ?? '');
    assert.deepEqual([again.status, codeOf(again)], [400, 'payment-intent-already-paid']);
    const late = await client.createPaymentIntent({ setupIntentId });
    assert.deepEqual([late.status, codeOf(late)], [400, 'setup-intent-not-authorized']);
  });

  it('charges all that comes on top with the amount, in one go', async () => {
    const { id: setupIntentId } = await authorized();
    const order = {
      setupIntentId,
      amount: { value: '1000', currencyCode: 'EUR' },
      tipsAmount: { value: 150, currencyCode: 'EUR' },
      serviceChargeAmount: { value: 20, currencyCode: 'EUR' },
      cashbackAmount: { value: 3, currencyCode: 'EUR' },
    };
    const paymentIntent = (await client.createPaymentIntent(order)).shown;
    await client.charge(paymentIntent.id);
    const [row] = readDatabase(
      strongroom.dataDir,
      'select doc from charge_attempts where payment_intent_id = ?',
      paymentIntent.id,
    );
    assert.deepEqual((JSON.parse(String(row?.['doc'])) as { amount: unknown }).amount, {
      amountMinor: 1173,
      currency: 'EUR',
    });
  });
});

describe('a setup intent without a card', () => {
  it('stays Created, is read by its customer without its history, and gets a new session secret', async () => {
    const created = (await client.createSetupIntent()).shown;
    assert.deepEqual([created.status, eventTypes(created)], ['Created', []]);
    const asCustomer = { key: null };
    const seen = (await client.api('GET', `/setup-intents/public/${created.id}`, asCustomer)).shown;
    assert.deepEqual([seen.id, seen.status, seen.setupEvents], [created.id, 'Created', undefined]);
    const secrets = new Set([created.clientSessionSecret, seen.clientSessionSecret]);
    assert.equal(secrets.size, 1);
    for (const [path, caller] of [
      ['', {}],
      ['public/', asCustomer],
    ] as const) {
      const refreshed = await client.api(
        'POST',
        `/setup-intents/${path}${created.id}/refresh-client-session-secret`,
        caller,
      );
      assert.equal(refreshed.status, 200);
      secrets.add(refreshed.shown.clientSessionSecret);
    }
    assert.equal(secrets.size, 3);
  });

  it('is Canceled by deleting it, once', async () => {
    const { id } = (await client.createSetupIntent()).shown;
    assert.equal((await client.api('DELETE', `/setup-intents/${id}`)).shown.status, 'Canceled');
    const again = await client.api('DELETE', `/setup-intents/${id}`);
    assert.deepEqual([again.status, codeOf(again)], [400, 'setup-intent-ended']);
  });

  it('is Expired by the worker within a second of expireAt, with nobody reading it', async () => {
    const expireAt = new Date(Date.now() + 1_000).toISOString();
    const { id, expireAt: shown } = (await client.createSetupIntent({ expireAt })).shown;
    assert.equal(shown, expireAt);
    const movedAt = await until('the expiry', () => {
      const [row] = readDatabase(strongroom.dataDir, 'select status from setup_intents where id = ?', id);
      return row?.['status'] === 'Expired' ? Date.now() : undefined;
    });
    assert.ok(movedAt - Date.parse(expireAt) < 1_000, `late by ${movedAt - Date.parse(expireAt)} ms`);
    assert.equal((await readSetupIntent(id)).status, 'Expired');
  });
});

describe('an authorized setup intent', () => {
  it('is not deleted by a slip, and Closed by one who says so', async () => {
    const { id } = await authorized();
    const slip = await client.api('DELETE', `/setup-intents/${id}`);
    assert.deepEqual([slip.status, codeOf(slip)], [400, 'setup-intent-authorized']);
    assert.equal((await client.api('DELETE', `/setup-intents/${id}?includeAuthorized=true`)).shown.status, 'Closed');
    assert.equal((await client.api('GET', `/setup-intents/${id}`, { version: '2022-04-07' })).shown.status, 'Canceled');
  });

  it('is CardExpired when the date of its card has passed, with nobody reading it', async () => {
    const accountId = (await runCommand(['accounts', 'create', 'Later'], strongroom.dataDir)).stdout.trim();
    const key = (await runCommand(['keys', 'create', accountId], strongroom.dataDir)).stdout.trim();
    const { id } = (await client.tokenise(approvedCard, {}, { key })).shown;
    const moved = await client.api('PUT', '/sandbox/clock', { key, body: { now: '2030-01-02T00:00:00Z' } });
    assert.equal(moved.status, 200, moved.text);
    const [row] = readDatabase(strongroom.dataDir, 'select status from setup_intents where id = ?', id);
    assert.equal(row?.['status'], 'CardExpired');
    const named = await client.createPaymentIntent({ setupIntentId: id }, { key });
    assert.deepEqual([named.status, codeOf(named)], [400, 'setup-intent-not-authorized']);
  });

  it('loses its card in the vault once it has ended', async () => {
    const { id } = await authorized();
    const reference = (): unknown =>
      readDatabase(strongroom.dataDir, 'select card_reference from setup_intents where id = ?', id)[0]?.[
        'card_reference'
      ];
    const kept = String(reference());
    assert.match(kept, /^card_/);
    await client.api('DELETE', `/setup-intents/${id}?includeAuthorized=true`);
    await until('the forgetting', () => (reference() === null ? true : undefined));
    await until('the deletion', () =>
      readDatabase(strongroom.dataDir, 'select reference from vault_cards where reference = ?', kept).length === 0
        ? true
        : undefined,
    );
  });
});

describe('a card', () => {
  it('that is out of date makes the setup intent CardExpired, by the calendar and by its issuer', async () => {
    for (const card of [{ cardNumber: approvedCard, expiryDate: '01 / 20' }, { cardNumber: cardOutOfDateAtIssuer }]) {
      const { shown, status } = await client.tokenise(card);
      assert.deepEqual([status, shown.status, eventTypes(shown)], [200, 'CardExpired', ['Declined']]);
    }
  });

  const declined = testCards.filter(
    ({ verify }) => verify.answer.outcome === 'declined' && verify.answer.responseCode !== '54',
  );
  for (const { number, title, cvv } of declined)
    it(`is ${title}: the setup intent stays Created and tells of it`, async () => {
      const { shown, status } = await client.tokenise({ cardNumber: number, cV2: cvv });
      assert.deepEqual([status, shown.status, eventTypes(shown)], [200, 'Created', ['Declined']]);
      assert.equal((await readSetupIntent(shown.id)).status, 'Created');
    });

  it('with a wrong CVV is declined', async () => {
    const { shown } = await client.tokenise({ cardNumber: approvedCard, cV2: '999' });
    assert.deepEqual([shown.status, eventTypes(shown)], ['Created', ['Declined']]);
  });

  it('whose issuer wants 3-D Secure first is challenged, and not kept', async () => {
    const { shown } = await client.tokenise(cardThatWantsAuthentication);
    assert.deepEqual([shown.status, eventTypes(shown)], ['Created', ['AuthChallenged']]);
    const named = await client.createPaymentIntent({ setupIntentId: shown.id });
    assert.deepEqual([named.status, codeOf(named)], [400, 'setup-intent-not-authorized']);
  });

  it('of each scheme is approved and named by its scheme', async () => {
    const approved = testCards.filter(({ title }) => title === 'approved');
    assert.ok(new Set(approved.map(({ scheme }) => scheme)).size === 6);
    for (const { number, scheme, cvv } of approved) {
      const { shown } = await client.tokenise({ cardNumber: number, cV2: cvv });
      assert.equal(shown.status, 'Authorized');
      assert.equal((shown.paymentDetails['card'] as Record<string, unknown>)['cardType'], scheme);
    }
  });

  it('that is declined when charged leaves both intents as they were', async () => {
    const setupIntent = (await client.tokenise('4000000010050005')).shown;
    const paymentIntent = (await client.createPaymentIntent({ setupIntentId: setupIntent.id })).shown;
    assert.equal((await client.charge(paymentIntent.id)).shown.status, 'Declined');
    assert.equal((await client.api('GET', `/payment-intents/${paymentIntent.id}`)).shown.status, 'Created');
    const after = await readSetupIntent(setupIntent.id);
    assert.deepEqual([after.status, eventTypes(after)], ['Authorized', ['Authorized', 'Declined']]);
  });
});

describe('a payment intent', () => {
  it('is Canceled by deleting it, and then only shown to who asks for canceled ones', async () => {
    const { id } = (await client.createPaymentIntent()).shown;
    assert.equal((await client.api('DELETE', `/payment-intents/${id}`)).shown.status, 'Canceled');
    assert.equal((await client.api('GET', `/payment-intents/${id}`)).status, 404);
    assert.equal((await client.api('GET', `/payment-intents/${id}?returnCanceled=true`)).shown.status, 'Canceled');
    const again = await client.api('DELETE', `/payment-intents/${id}`);
    assert.deepEqual([again.status, codeOf(again)], [400, 'payment-intent-ended']);
  });

  it('is voided when expireAt passes', async () => {
    const expireAt = new Date(Date.now() + 600).toISOString();
    const { id } = (await client.createPaymentIntent({ expireAt })).shown;
    await until('the expiry', () =>
      readDatabase(strongroom.dataDir, 'select status from payment_intents where id = ?', id)[0]?.['status'] ===
      'Canceled'
        ? true
        : undefined,
    );
  });

  it('is read by its customer, who can refresh the session secret', async () => {
    const created = (await client.createPaymentIntent()).shown;
    const asCustomer = { key: null };
    assert.equal(
      (await client.api('GET', `/payment-intents/public/${created.id}`, asCustomer)).shown.clientSessionSecret,
      created.clientSessionSecret,
    );
    for (const [path, caller] of [
      ['', {}],
      ['public/', asCustomer],
    ] as const) {
      const refreshed = await client.api(
        'POST',
        `/payment-intents/${path}${created.id}/refresh-client-session-secret`,
        caller,
      );
      assert.equal(refreshed.status, 200);
      assert.notEqual(refreshed.shown.clientSessionSecret, created.clientSessionSecret);
    }
  });

  it('that names no setup intent cannot be charged, and one that names a missing one cannot be made', async () => {
    const unnamed = await client.charge((await client.createPaymentIntent()).shown.id);
    assert.deepEqual([unnamed.status, codeOf(unnamed)], [400, 'payment-intent-not-chargeable']);
    const missing = await client.createPaymentIntent({ setupIntentId: 'si_sandbox_AAAAAAAAAAAAAAAAAAAAAA' });
    assert.deepEqual([missing.status, codeOf(missing)], [400, 'setup-intent-unknown']);
    const cardless = (await client.createSetupIntent()).shown;
    const early = await client.createPaymentIntent({ setupIntentId: cardless.id });
    assert.deepEqual([early.status, codeOf(early)], [400, 'setup-intent-not-authorized']);
  });
});
