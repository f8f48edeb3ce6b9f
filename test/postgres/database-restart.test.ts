import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Client, openClient, type Reply } from '../journeys/open-client.ts';
import { paidInLedger } from '../journeys/read-books.ts';
import { type RunningStrongroom, startStrongroom } from '../journeys/start-strongroom.ts';
import { until } from '../journeys/until.ts';
import { administer, type StartedPostgres, startPostgres } from './start-postgres.ts';

const approvedCard = '5200000000001005';

describe('a server whose database restarts under load', () => {
  let postgres: StartedPostgres;
  let folder: string;
  let dataDir: string;
  let server: RunningStrongroom;
  let client: Client;

  before(async () => {
    postgres = await startPostgres();
    folder = mkdtempSync(join(tmpdir(), 'strongroom-restart-'));
    dataDir = join(folder, 'data');
    const env = { STRONGROOM_DATABASE_URL: postgres.url(), STRONGROOM_ACQUIRER_TIMEOUT_MS: '400' };
    server = await startStrongroom({ dataDir, env });
    client = openClient(server);
  });
  after(async () => {
    client.close();
    assert.equal(await server.stop(), 0);
    await postgres.stop();
    rmSync(folder, { recursive: true });
  });

  /** Customers that pay one after the other until told to end. Says what was answered as paid, and what else was answered. */
  const load = () => {
    const paid: string[] = [];
    const others: Reply[] = [];
    let ending = false;
    const pay = async (): Promise<void> => {
      const setupIntent = await client.tokenise(approvedCard);
      if (setupIntent.status !== 200) return void others.push(setupIntent);
      const paymentIntent = await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id });
      if (paymentIntent.status !== 200) return void others.push(paymentIntent);
      const charge = await client.charge(paymentIntent.shown.id);
      if (charge.status === 200 && charge.shown.status === 'Successful') paid.push(paymentIntent.shown.id);
      else others.push(charge);
    };
    const lane = async (): Promise<void> => {
      while (!ending) await pay();
    };
    const running = Promise.all(Array.from({ length: 8 }, lane));
    return {
      paid,
      others,
      end: async (): Promise<void> => {
        ending = true;
        await running;
      },
    };
  };

  for (const signal of ['SIGINT', 'SIGQUIT'] as const)
    it(`by ${signal} answers 503 with Retry-After, resumes by itself, and its books agree with the acquirer’s`, async () => {
      const customers = load();
      await until('some payments', () => (customers.paid.length > 30 ? true : undefined));
      await postgres.end(signal);
      await until('a refusal', () => (customers.others.length > 10 ? true : undefined));
      assert.equal((await client.api('GET', '/health/ready')).status, 503);
      assert.equal((await client.api('GET', '/health/live')).status, 200);
      const before = customers.paid.length;
      await postgres.start();
      await until('payments again', () => (customers.paid.length > before + 30 ? true : undefined));
      await customers.end();

      const refusals = customers.others.filter(({ status }) => status !== 200);
      assert.ok(refusals.length > 0);
      for (const { status, headers } of refusals) {
        assert.equal(status, 503);
        assert.ok(headers['retry-after'] !== undefined, 'a refusal does not say when to come again');
      }
      await until('all attempts are settled', async () =>
        (await administer(postgres.url(), "select 1 from charge_attempts where state in ('pending', 'unknown')"))
          .length === 0
          ? true
          : undefined,
      );
      const rows = await administer(postgres.url(), "select id from payment_intents where status = 'Captured'");
      const captured = rows.map(({ id }) => String(id)).sort();
      assert.deepEqual(
        paidInLedger(dataDir)
          .map(({ intentId }) => intentId)
          .sort(),
        captured,
      );
      assert.deepEqual(
        customers.paid.filter((id) => !captured.includes(id)),
        [],
      );
    });
});
