import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openClient } from '../journeys/open-client.ts';
import { cardNumberForms, type Finding, searchFor } from '../journeys/secret-forms.ts';
import { startStrongroom } from '../journeys/start-strongroom.ts';
import { administer, type StartedPostgres, startPostgres } from './start-postgres.ts';

const approved = '5200000000001096';
const declined = '4000000000050007';
const planted = '4929135268377144';

describe('the files and the log of a PostgreSQL that keeps cards', () => {
  let postgres: StartedPostgres;
  let folder: string;
  let log = '';

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strongroom-canary-'));
    // Every statement is logged, and values of those that fail: as much as a server can be told to say.
    const settings = { log_statement: 'all', log_parameter_max_length: '-1', log_parameter_max_length_on_error: '-1' };
    postgres = await startPostgres({ settings, onLog: (text) => (log += text) });
  });
  after(async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true });
  });

  it('hold no digit of a card number that was tokenised, charged or declined, and are searched well enough to find one', async () => {
    const env = { STRONGROOM_DATABASE_URL: postgres.url() };
    const server = await startStrongroom({ dataDir: join(folder, 'data'), env });
    const client = openClient(server);
    const setupIntent = await client.tokenise(approved);
    const paymentIntent = await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id });
    assert.equal((await client.charge(paymentIntent.shown.id)).shown.status, 'Successful');
    assert.equal((await client.tokenise(declined)).shown.status, 'Created');
    const kept = await administer(postgres.url(), 'select last4 from vault_cards');
    client.close();
    await server.stop();
    assert.deepEqual(kept, [{ last4: '1096' }]);
    await administer(postgres.url(), `create table planted as select '${planted}' as note`);
    await postgres.end('SIGINT');

    assert.match(log, /insert into vault_cards/);
    const found = (number: string): readonly Finding[] =>
      searchFor(cardNumberForms(number), { folders: [postgres.folder], texts: { log } });
    for (const number of [approved, declined]) assert.deepEqual(found(number), []);
    const places = found(planted).map(({ where }) => where);
    assert.ok(places.includes('log') && places.some((where) => where !== 'log'), places.join());
    await postgres.start();
  });
});
