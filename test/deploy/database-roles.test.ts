import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { migrate } from '../../src/store/migrations/migrate.ts';
import { platformMigrations } from '../../src/store/migrations/platform-migrations.ts';
import { runCommand } from '../journeys/run-command.ts';
import { openEngineAt } from '../postgres/open-engine.ts';
import { administer, type StartedPostgres, startPostgres } from '../postgres/start-postgres.ts';
import { runRolesScript } from './run-roles-script.ts';

const script = readFileSync(new URL('../../deploy/postgres/roles.sql', import.meta.url), 'utf8');

describe('the roles of the databases', () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-roles-'));
  let server: StartedPostgres;
  const urlOf = (zone: string, role: string, password = `${zone}-${role}`, database = zone): string =>
    `postgres://strongroom_${zone}_${role}:${password}@127.0.0.1:${server.port}/strongroom_${database}`;

  before(async () => {
    server = await startPostgres();
    const rules = join(folder, 'pg_hba.conf');
    writeFileSync(rules, 'host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
    server.place(rules, 'pg_hba.conf');
    await server.end('SIGINT');
    await server.start();
    for (const zone of ['platform', 'vault']) {
      const [owner, node] = [`strongroom_${zone}_owner`, `strongroom_${zone}_node`];
      const passwords = { owner_password: `${zone}-owner`, node_password: `${zone}-node` };
      await runRolesScript(server, script, { database: `strongroom_${zone}`, owner, node, ...passwords });
      const engine = openEngineAt(urlOf(zone, 'owner'));
      assert.ok((await migrate(engine, platformMigrations)).ok);
      await engine.close();
    }
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('let a server read and write rows of every table, those of later migrations too', async () => {
    await administer(urlOf('platform', 'owner'), 'create table later (n bigint generated always as identity, t text)');
    const node = urlOf('platform', 'node');
    await administer(node, "insert into later (t) values ('a')");
    await administer(node, "update later set t = 'b'");
    assert.deepEqual(await administer(node, 'select t from later'), [{ t: 'b' }]);
    await administer(node, 'delete from later');
    const tables = await administer(
      node,
      `select relname, has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert')
         and has_table_privilege(oid, 'update') and has_table_privilege(oid, 'delete') as is_open
       from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
    );
    assert.ok(tables.length > 5);
    assert.deepEqual(
      tables.filter((table) => table['is_open'] !== true),
      [],
    );
  });

  it('have a server say what to do where nobody has made the tables', async () => {
    const passwords = { owner_password: 'o', node_password: 'n' };
    const roles = { owner: 'strongroom_new_owner', node: 'strongroom_new_node' };
    await runRolesScript(server, script, { database: 'strongroom_new', ...roles, ...passwords });
    const command = await runCommand(['migrate', '--role', 'api'], folder, {
      STRONGROOM_DATABASE_URL: urlOf('new', 'node', 'n'),
    });
    assert.equal(command.exitCode, 1);
    assert.match(
      command.stderr,
      /^The tables are missing or out of date, .+ Run strongroom migrate as their owner\.\n$/,
    );
  });

  it('let a server change no table, and look over nobody’s shoulder', async () => {
    for (const statement of [
      'create table mine (n integer)',
      'create schema mine',
      'create temporary table mine (n integer)',
      'drop table accounts',
      'truncate accounts',
      'alter table accounts add column mine text',
      'create trigger mine after insert on accounts execute function suppress_redundant_updates_trigger()',
      'create role mine',
      'create database mine',
      "copy accounts to '/tmp/mine'",
      'select rolpassword from pg_authid',
    ])
      await assert.rejects(
        administer(urlOf('platform', 'node'), statement),
        /permission denied|must be owner/,
        statement,
      );
  });

  it('are made by an administrator who is no superuser, as those of rented servers are, and who keeps no way in', async () => {
    await administer(server.url(), "create role renter login createdb createrole; alter role renter password 'renter'");
    const variables = {
      database: 'rented',
      owner: 'rented_owner',
      owner_password: 'o',
      node: 'rented_node',
      node_password: 'n',
    };
    await runRolesScript(server, script, variables, 'renter:renter');
    const renter = (await administer(server.url(), "select pg_has_role('renter', 'rented_owner', 'usage') as may"))[0];
    assert.equal(renter?.['may'], false);
    const url = `postgres://rented_owner:o@127.0.0.1:${server.port}/rented`;
    await administer(url, 'create table rows (n integer)');
    await administer(url.replace('rented_owner:o', 'rented_node:n'), 'insert into rows values (1)');
  });

  it('lead into one database each, and with the right password only', async () => {
    for (const role of ['node', 'owner']) {
      await assert.rejects(administer(urlOf('platform', role, undefined, 'vault'), 'select 1'), /permission denied/);
      await assert.rejects(administer(urlOf('vault', role, undefined, 'platform'), 'select 1'), /permission denied/);
      await assert.rejects(administer(urlOf('vault', role, 'guessed'), 'select 1'), /password authentication failed/);
      await administer(urlOf('vault', role), 'select 1');
    }
  });
});
