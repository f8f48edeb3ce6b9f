import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { publicSandboxKey } from '../../src/config/public-sandbox-key.ts';
import { administer } from '../postgres/start-postgres.ts';
import { type Composed, composedServers, openComposed } from './composed-processes.ts';

const post = async (url: string, body?: object): Promise<Record<string, unknown>> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Basic ${publicSandboxKey}`, version: '2026-02-27', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  assert.equal(response.status, 200, `${url}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
};

describe('compose.yaml, its processes started on this machine', () => {
  const running = new Map<string, ChildProcess>();
  let composed: Composed;
  before(async () => {
    composed = await openComposed();
  });
  after(() => composed.stop());

  it('find passwords and certificates made once, each file readable by its reader alone', () => {
    const { made } = composed;
    const readers = ['api', 'platform-db', 'platform-owner', 'vault', 'vault-db', 'vault-owner', 'worker'];
    assert.deepEqual(readdirSync(made).sort(), readers);
    const mine = ['database-url', 'link-authority.pem', 'link-cert.pem', 'link-key.pem'];
    assert.deepEqual(readdirSync(join(made, 'vault')).sort(), mine);
    assert.deepEqual(readdirSync(join(made, 'worker')).sort(), mine);
    assert.deepEqual(readdirSync(join(made, 'api')).sort(), ['complete', ...mine]);
    const key = join(made, 'vault/link-key.pem');
    assert.equal(statSync(key).mode & 0o777, 0o400);
    const before = readFileSync(key, 'utf8');
    assert.equal(composed.prepare(), 0);
    assert.equal(readFileSync(key, 'utf8'), before);
  });

  it('migrate as the owners, serve as roles that may not, and become ready', async () => {
    for (const name of ['migrate-platform', 'migrate-vault'] as const)
      assert.equal(await composed.migrate(name), 0, composed.printedBy(name));
    for (const name of composedServers) running.set(name, composed.start(name));
    for (const name of composedServers) {
      const deadline = AbortSignal.timeout(60_000);
      while (!(await composed.isReady(name)))
        assert.ok(!deadline.aborted && running.get(name)?.exitCode === null, `${name}: ${composed.printedBy(name)}`);
    }
  });

  it('take a card at the vault, keep it in the vault’s database alone, and charge it through the API', async () => {
    const setupIntent = await post(`http://127.0.0.1:${composed.pciPort}/setup-intents`, {
      reference: 'Booking 234',
      terms: 'The card is charged when nobody comes.',
      merchantInitiatedTransactionType: 'NoShow',
      cardDetails: { cardNumber: '5200000000001005', cardName: 'A Guest', expiryDate: '12 / 29', cV2: '020' },
    });
    assert.equal(setupIntent['status'], 'Authorized');

    const [vault, platform] = ['strongroom_vault', 'strongroom_platform'].map((name) => composed.postgres.url(name));
    assert.ok(vault !== undefined && platform !== undefined);
    assert.deepEqual(await administer(vault, 'select count(*)::int from vault_cards'), [{ count: 1 }]);
    const whose = `select distinct tablename like 'vault%' as is_vault from pg_tables
      where schemaname = 'public' and tablename <> 'schema_migrations'`;
    assert.deepEqual(await administer(vault, whose), [{ is_vault: true }]);
    assert.deepEqual(await administer(platform, whose), [{ is_vault: false }]);

    const api = `http://127.0.0.1:${composed.apiPort}`;
    const paymentIntent = await post(`${api}/payment-intents`, {
      amount: { value: 1000, currencyCode: 'GBP' },
      reference: 'No-show of booking 234',
      setupIntentId: setupIntent['id'],
    });
    const charged = await post(`${api}/payment-intents/${String(paymentIntent['id'])}/charge`);
    assert.equal(charged['status'], 'Successful');
  });

  it('end by SIGTERM within ten seconds, with 0', async () => {
    for (const [name, child] of running) {
      const ended = once(child, 'exit', { signal: AbortSignal.timeout(10_000) });
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null], composed.printedBy(name));
    }
  });
});
