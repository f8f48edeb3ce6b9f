import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { buildApiListener } from '../../../src/http/api-listener.ts';
import { buildPciListener } from '../../../src/http/pci-listener.ts';
import type { Server } from '../../../src/http/server.ts';
import { bindUseCases } from '../../../src/http/use-cases.ts';
import { openSystemRandomness } from '../../../src/platform/system-randomness.ts';
import { systemTimers } from '../../../src/platform/system-timers.ts';
import type { LogFields } from '../../../src/ports/logger.ts';
import { migrate } from '../../../src/store/migrations/migrate.ts';
import { platformMigrations } from '../../../src/store/migrations/platform-migrations.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { openSqliteEngine } from '../../../src/store/sqlite/sqlite-engine.ts';
import { accountNow } from '../../../src/use-cases/context.ts';
import { createAccount } from '../../../src/use-cases/create-account.ts';
import { preloadApiKey } from '../../../src/use-cases/create-api-key.ts';
import { openTurns } from '../../../src/use-cases/in-turn.ts';
import {
  addCardIntake,
  containsCardNumber,
  createKeyring,
  openSimulator,
  openVault,
  vaultMigrations,
} from '../../../vault/index.ts';

export const secretKey = 'sk_sandbox_0123456789abcdefghijABCDEFGHIJ0123456789';

/** Both listeners on loopback over a real store, vault and simulator, with a clock that the test turns. */
export type Listeners = {
  readonly apiUrl: string;
  readonly pciUrl: string;
  readonly api: FastifyInstance;
  readonly clock: { at: number };
  readonly logged: { readonly fields: LogFields; readonly message: string }[];
};

const startOf2026 = Date.UTC(2026, 2, 1);

export const openListeners = async (t: TestContext): Promise<Listeners> => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-http-'));
  const clock = { at: startOf2026, now: () => clock.at };
  const engine = openSqliteEngine({ path: join(folder, 'strongroom.db') });
  for (const list of [platformMigrations, { owner: 'vault', migrations: vaultMigrations }])
    assert.ok((await migrate(engine, list)).ok);
  const store = openStore(engine);
  const keyring = createKeyring(join(folder, 'keyring.json'), clock.at);
  assert.ok(keyring.ok);
  const random = openSystemRandomness();
  const environment = 'sandbox';
  const acquirerTimeoutMs = 150;
  const write = async (statements: Parameters<typeof engine.write>[0]): Promise<void> => {
    assert.equal(await engine.write(statements), undefined);
  };
  const vault = openVault({
    database: { all: (sql, params) => engine.all(sql, params), append: write, write },
    keyring: keyring.value,
    acquirer: openSimulator({ ledgerPath: join(folder, 'simulator.db') }),
    clock,
    random,
    timers: systemTimers,
    environment,
    acquirerTimeoutMs,
  });
  const onFault = (): void => undefined;
  const inTurn = openTurns();
  const cards = vault.processor;
  const context = { store, cards, clock, random, environment, acquirerTimeoutMs, inTurn, onFault } as const;
  const account = await createAccount(context, { name: 'Guest House' });
  assert.ok(account.ok);
  assert.ok((await preloadApiKey(context, { accountId: account.value.id, secretKey })).ok);

  const logged: Listeners['logged'] = [];
  const note = (fields: LogFields, message: string): void => void logged.push({ fields, message });
  const urls = { api: '', pci: '' };
  const server: Server = {
    useCases: bindUseCases(context),
    sandbox: null,
    accountNow: (owner) => accountNow(context, owner),
    random,
    logger: { error: note, warn: note, info: note, debug: note },
    containsCardNumber,
    publicApiUrl: () => urls.api,
    publicPciUrl: () => urls.pci,
    notReady: async () => undefined,
  };
  const api = await buildApiListener(server, null);
  const pci = await buildPciListener(server, null, addCardIntake(vault.captureCard));
  t.after(async () => {
    await Promise.all([api.close(), pci.close()]);
    await vault.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  urls.api = await listenOnLoopback(api);
  urls.pci = await listenOnLoopback(pci);
  return { apiUrl: urls.api, pciUrl: urls.pci, api, clock, logged };
};

const listenOnLoopback = async (listener: FastifyInstance): Promise<string> => {
  await listener.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(listener.server.address() as AddressInfo).port}`;
};

export const merchantHeaders = (version = '2024-02-05'): Record<string, string> => ({
  authorization: `Basic ${secretKey}`,
  version,
});

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
};

/** One request over a real connection. A `body` that is an object is sent as JSON, a text as it is. */
export const send = async (
  method: string,
  url: string,
  options: { readonly headers?: Record<string, string>; readonly body?: unknown } = {},
): Promise<Reply> => {
  const headers = { ...merchantHeaders(), ...options.headers };
  const isText = typeof options.body === 'string';
  if (options.body !== undefined) headers['content-type'] ??= 'application/json';
  const text = isText ? (options.body as string) : JSON.stringify(options.body);
  const response = await fetch(url, { method, headers, ...(options.body === undefined ? {} : { body: text }) });
  const answer = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text: answer,
    body: JSON.parse(answer || '{}') as Record<string, unknown>,
  };
};

/** A setup intent as the samples create it. */
export const setupRequest = {
  reference: 'Booking 234',
  merchantInitiatedTransactionType: 'NoShow',
  terms: 'A no-show costs one night.',
  intendedAmount: { value: 1000, currencyCode: 'GBP' },
};

export const cardDetails = (cardNumber: string) => ({
  cardNumber,
  cardName: 'A Guest',
  expiryDate: '12 / 29',
  cV2: '341',
});
export const approvedCard = '4000000000000002';
export const declinedCard = '4000000000050007';
