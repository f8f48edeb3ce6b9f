/**
 * `npm run bench -- --wakes`: how long after its commit on one node a notification arrives at a receiver that another node
 * serves, with `NOTIFY` and without. Without: the delivering node reaches PostgreSQL through what a pooler in transaction
 * mode looks like, which takes `LISTEN` and tells nothing. Commit times are PostgreSQL's own (`track_commit_timestamp`).
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/platform/system-clock.ts';
import { wakefulTimers } from '../src/platform/system-timers.ts';
import { administer, startPostgres } from '../test/postgres/start-postgres.ts';
import { openTcpProxy } from '../test/postgres/tcp-proxy.ts';
import { buildProduct } from './build-product.ts';
import { type ProductProcess, startProduct } from './product-process.ts';
import { percentile } from './statistics.ts';

const { values } = parseArgs({
  options: {
    /** Commits measured each way, and the mean time between two: far apart, so that each is found alone. */
    commits: { type: 'string', default: '300' },
    'pause-ms': { type: 'string', default: '30' },
    /** How `npm run bench` comes here. */
    wakes: { type: 'boolean', default: false },
  },
});
const commits = Number(values.commits);
const pauseMs = Number(values['pause-ms']);

const pause = (delayMs: number): Promise<void> => new Promise((resolve) => wakefulTimers.after(delayMs, resolve));

const call = async ({ target }: ProductProcess, path: string, body: object): Promise<{ readonly id: string }> => {
  const response = await fetch(`http://${target.host}:${target.apiPort}${path}`, {
    method: 'POST',
    headers: { authorization: `Basic ${target.key}`, version: '2026-02-27', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as { readonly id: string };
};

const payment = {
  amount: { value: 1000, currencyCode: 'GBP' },
  reference: 'wakes',
};

/** Arrivals by the notification's id, in milliseconds since 1970 with their fractions. */
const openReceiver = async () => {
  const arrivals = new Map<string, number>();
  const server = createServer((request, response) => {
    const arrivedAt = performance.timeOrigin + performance.now();
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      arrivals.set((JSON.parse(text) as { readonly id: string }).id, arrivedAt);
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { arrivals, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
};

/** How often the outbox is looked at in a second in which nothing happens. Each look passes the default partition once. */
const looksPerSecond = async (url: string): Promise<number> => {
  const count = async (): Promise<number> => {
    const [row] = await administer(
      url,
      `select coalesce(sum(idx_scan), 0)::int as scans from pg_stat_user_indexes where indexrelname = 'intent_events_default_pkey'`,
    );
    return Number(row?.['scans']);
  };
  const before = await count();
  await pause(5_000);
  return (await count()) / 5 - before / 5;
};

const measure = async (how: 'word' | 'looks') => {
  const postgres = await startPostgres({ settings: { shared_buffers: '128MB', track_commit_timestamp: 'on' } });
  const proxy = await openTcpProxy(postgres.port);
  const receiver = await openReceiver();
  const nodes: ProductProcess[] = [];
  try {
    if (how === 'looks') proxy.replace('listen strongroom_outbox', 'unlisten strongroom_outb');
    const through = new URL(postgres.url());
    through.port = String(proxy.port);
    const serving = await startProduct({ env: { STRONGROOM_DATABASE_URL: through.href } });
    nodes.push(serving);
    await call(serving, '/webhooks', { url: receiver.url, events: ['payment_intent.created'] });
    // The node that is there takes the subscription; the one that comes next finds it taken.
    await pause(1_500);
    const keyring = join(serving.folder, 'data', 'keyring.json');
    const committing = await startProduct({
      env: { STRONGROOM_DATABASE_URL: postgres.url(), STRONGROOM_KEYRING_FILE: keyring },
    });
    nodes.push(committing);
    for (let n = 0; n < 30; n += 1) await call(committing, '/payment-intents', payment);
    await pause(1_000);
    receiver.arrivals.clear();
    for (let n = 0; n < commits; n += 1) {
      await call(committing, '/payment-intents', payment);
      // Every phase of a tick is met.
      await pause(pauseMs * (0.5 + ((n * 0.618) % 1)));
    }
    await pause(1_000);
    const looks = await looksPerSecond(postgres.url());
    const rows = await administer(
      postgres.url(),
      'select id, extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000 as ms from intent_events',
    );
    const committedAt = new Map(rows.map((row) => [String(row['id']), Number(row['ms'])]));
    const ages = [...receiver.arrivals].map(([id, arrivedAt]) => {
      const at = committedAt.get(id.slice(0, 26));
      if (at === undefined) throw new Error(`nobody committed ${id}`);
      return arrivedAt - at;
    });
    if (ages.length !== commits) throw new Error(`${ages.length} of ${commits} arrived once`);
    ages.sort((a, b) => a - b);
    return { p50Ms: percentile(ages, 0.5), p99Ms: percentile(ages, 0.99), looks };
  } finally {
    for (const node of nodes.toReversed()) await node.stop();
    receiver.server.close();
    await proxy.close();
    await postgres.stop();
  }
};

buildProduct();
const date = new Date(systemClock.now()).toISOString().slice(0, 16);
process.stdout.write(`${date}, ${cpus().length} × ${cpus()[0]?.model.trim()}, ${commits} commits each way\n\n`);
process.stdout.write(
  '| from commit on node A to arrival by node B | p50 | p99 | looks a second when idle |\n|---|---|---|---|\n',
);
for (const [how, name] of [
  ['looks', 'looking every 20 ms'],
  ['word', '`NOTIFY`'],
] as const) {
  const { p50Ms, p99Ms, looks } = await measure(how);
  process.stdout.write(`| ${name} | ${p50Ms.toFixed(1)} ms | ${p99Ms.toFixed(1)} ms | ${looks.toFixed(0)} |\n`);
}
