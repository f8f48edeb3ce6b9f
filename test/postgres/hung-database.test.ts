import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openClient } from '../journeys/open-client.ts';
import { startStrongroom } from '../journeys/start-strongroom.ts';
import { until } from '../journeys/until.ts';
import { administer, postgresForTests } from './start-postgres.ts';
import { openTcpProxy } from './tcp-proxy.ts';

const cardLostBefore = '4000000020000008';

it('a database that has stopped answering keeps no server from ending, with 0 within 10 seconds of SIGTERM', async (t) => {
  const postgres = await postgresForTests();
  const database = await postgres.createDatabase();
  const url = new URL(database.url);
  const proxy = await openTcpProxy(Number(url.port));
  url.port = String(proxy.port);
  const env = {
    STRONGROOM_DATABASE_URL: url.href,
    STRONGROOM_ACQUIRER_TIMEOUT_MS: '60000',
    // Requests may take nearly all of the time, so that the workers find out that the database is gone shortly before its end.
    STRONGROOM_SHUTDOWN_GRACE_MS: '9000',
  };
  const strongroom = await startStrongroom({ env });
  const client = openClient(strongroom);
  t.after(async () => {
    client.close();
    await strongroom.stop();
    await proxy.close();
    await database.drop();
    await postgres.stop();
  });
  const setupIntentId = (await client.tokenise(cardLostBefore)).shown.id;
  const { id } = (await client.createPaymentIntent({ setupIntentId })).shown;
  const answer = client.charge(id).catch(() => 'cut off');
  await until('the attempt', async () =>
    (await administer(database.url, 'select id from charge_attempts')).length === 1 ? true : undefined,
  );
  proxy.freeze();
  const began = Date.now();
  assert.equal(await strongroom.stop(), 0);
  const tookMs = Date.now() - began;
  assert.ok(tookMs < 10_000, `it took ${tookMs} ms`);
  assert.equal(await answer, 'cut off');
});
