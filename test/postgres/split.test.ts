import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../journeys/free-port.ts';
import { type Client, openClient } from '../journeys/open-client.ts';
import { runCommand } from '../journeys/run-command.ts';
import { startSplit, type SplitStrongroom } from '../journeys/start-split.ts';
import { administer, type PostgresForTests, postgresForTests } from './start-postgres.ts';

const card = '5200000000001005';

/** A URL as another role. */
const as = (role: string, url: string): string => {
  const changed = new URL(url);
  changed.username = role;
  changed.password = 'not-asked-for';
  return changed.href;
};

describe('a split server on PostgreSQL, a database and a role for each side', () => {
  let postgres: PostgresForTests;
  let platform: Awaited<ReturnType<PostgresForTests['createDatabase']>>;
  let vault: Awaited<ReturnType<PostgresForTests['createDatabase']>>;
  /** Where an administrator stands while the two are dropped. */
  let spare: typeof vault;
  let split: SplitStrongroom;
  let client: Client;
  const roles = { platform: `split_platform_${process.pid}`, vault: `split_vault_${process.pid}` };
  const databaseName = (url: string): string => new URL(url).pathname.slice(1);

  before(async () => {
    postgres = await postgresForTests();
    platform = await postgres.createDatabase();
    vault = await postgres.createDatabase();
    spare = await postgres.createDatabase();
    for (const [side, url] of [
      ['platform', platform.url],
      ['vault', vault.url],
    ] as const) {
      const migrated = await runCommand(['migrate', '--role', side === 'vault' ? 'vault' : 'api'], '/nowhere', {
        STRONGROOM_DATABASE_URL: url,
      });
      assert.equal(migrated.exitCode, 0, migrated.stderr);
      await administer(url, `create role ${roles[side]} login`);
      await administer(url, `revoke all on database ${databaseName(url)} from public`);
      await administer(url, `grant connect on database ${databaseName(url)} to ${roles[side]}`);
      await administer(url, `grant select, insert, update, delete on all tables in schema public to ${roles[side]}`);
    }
    const platformUrl = { STRONGROOM_DATABASE_URL: as(roles.platform, platform.url) };
    split = await startSplit({
      apiLinkPort: await freePort(),
      vaultLinkPort: await freePort(),
      apiEnv: platformUrl,
      workerEnv: platformUrl,
      vaultEnv: { STRONGROOM_DATABASE_URL: as(roles.vault, vault.url) },
    });
    client = openClient(split);
  });
  after(async () => {
    client.close();
    await split.stop();
    await platform.drop();
    await vault.drop();
    for (const role of Object.values(roles)) await administer(spare.url, `drop role ${role}`);
    await spare.drop();
    await postgres.stop();
  });

  it('walks the guide, with the card in the vault’s database and the intents in the other', async () => {
    const setupIntent = await client.tokenise(card);
    assert.deepEqual([setupIntent.status, setupIntent.shown.status], [200, 'Authorized'], setupIntent.text);
    const paymentIntent = await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id });
    assert.equal((await client.charge(paymentIntent.shown.id)).shown.status, 'Successful');
    assert.equal((await client.tokenise(card)).shown.status, 'Authorized');
    assert.ok((await administer(vault.url, 'select reference from vault_cards')).length > 0);
    const tables = async (url: string): Promise<readonly string[]> =>
      (await administer(url, "select tablename from pg_tables where schemaname = 'public'")).map(({ tablename }) =>
        String(tablename),
      );
    assert.deepEqual((await tables(vault.url)).toSorted(), [
      'schema_migrations',
      'vault_cards',
      'vault_data_keys',
      'vault_heartbeat',
    ]);
    assert.deepEqual(
      (await tables(platform.url)).filter((table) => table.startsWith('vault')),
      [],
    );
    assert.ok((await tables(platform.url)).includes('setup_intents'));
  });

  it('gives the API’s database role no way to a card: not into the database, and no right on the table', async () => {
    await assert.rejects(administer(as(roles.platform, vault.url), 'select 1'), { code: '42501' });
    const name = databaseName(vault.url);
    await administer(vault.url, `grant connect on database ${name} to ${roles.platform}`);
    for (const sql of [
      'select sealed from vault_cards',
      'select wrapped from vault_data_keys',
      'delete from vault_cards',
      "insert into vault_cards (reference) values ('x')",
    ])
      await assert.rejects(administer(as(roles.platform, vault.url), sql), { code: '42501' }, sql);
    await administer(vault.url, `revoke connect on database ${name} from ${roles.platform}`);
    await assert.rejects(administer(as(roles.vault, platform.url), 'select 1'), { code: '42501' });
    await assert.rejects(administer(as(roles.platform, platform.url), 'select 1 from vault_cards'), { code: '42P01' });
  });

  it('lets neither the API nor the worker start with a keyring, and has none in their folder', async () => {
    for (const role of ['api', 'worker']) {
      const started = await runCommand(['serve', '--role', role], split.platformDir, {
        STRONGROOM_KEYRING_FILE: join(split.vaultDir, 'keyring.json'),
      });
      assert.equal(started.exitCode, 1);
      assert.match(started.stderr, new RegExp(`STRONGROOM_KEYRING_FILE is of no use to the role ${role}`));
    }
    assert.ok(!readdirSync(split.platformDir).some((file) => file.includes('keyring')));
    assert.ok(readdirSync(split.vaultDir).includes('keyring.json'));
  });
});
