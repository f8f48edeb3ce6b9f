import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Client, codeOf, openClient, type Reply } from './open-client.ts';
import { allSettled, paidInLedger, readDatabase } from './read-books.ts';
import { runCommand } from './run-command.ts';
import { type RunningStrongroom, startStrongroom } from './start-strongroom.ts';
import { until } from './until.ts';

const card = '5200000000001005';
const day = 24 * 60 * 60;
/** Short, so that a lost answer costs the test little. */
const env = { STRONGROOM_ACQUIRER_TIMEOUT_MS: '400' };

let strongroom: RunningStrongroom;
let client: Client;
before(async () => {
  strongroom = await startStrongroom({ env });
  client = openClient(strongroom);
});
after(async () => {
  client.close();
  assert.equal(await strongroom.stop(), 0);
});

type Rule = { readonly when?: object; readonly then: object; readonly times?: number; readonly probability?: number };
const script = async (...rules: Rule[]): Promise<void> => {
  const reply = await client.api('PUT', '/sandbox/acquirer', { body: { seed: 1, rules } });
  assert.equal(reply.status, 200, reply.text);
};
const advance = (seconds: number): Promise<Reply> =>
  client.api('POST', '/sandbox/clock/advance', { body: { seconds } });
const nowOf = (reply: Reply): number => Date.parse((JSON.parse(reply.text) as { now: string }).now);

type Entry = Readonly<Record<string, unknown>>;
const ledger = async (query = ''): Promise<{ entries: readonly Entry[]; next?: number }> =>
  JSON.parse((await client.api('GET', `/sandbox/acquirer/ledger${query}`)).text) as { entries: Entry[]; next?: number };
const entriesOf = async (paymentIntentId: string): Promise<string[]> =>
  (await ledger()).entries
    .filter((entry) => entry['paymentIntentId'] === paymentIntentId)
    .map(({ operation, outcome }) => `${String(operation)} ${String(outcome)}`);

const payable = async (): Promise<readonly [setupIntentId: string, paymentIntentId: string]> => {
  const setupIntent = await client.tokenise(card);
  assert.equal(setupIntent.shown.status, 'Authorized', setupIntent.text);
  return [setupIntent.shown.id, (await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id })).shown.id];
};
const eventsOf = async (setupIntentId: string): Promise<string[]> =>
  (await client.api('GET', `/setup-intents/${setupIntentId}`)).shown.setupEvents.map(({ eventType }) => eventType);
const settled = () => until('settling', () => allSettled(strongroom.dataDir));

describe('a scripted acquirer', () => {
  for (const action of ['timeout-before', 'timeout-after', 'disconnect', 'garbage', 'answer-late']) {
    it(`${action}: the caller hears Failed and is not charged, until the card is charged again`, async () => {
      const [setupIntentId, paymentIntentId] = await payable();
      await script({ when: { operation: 'charge' }, then: { action }, times: 1 });
      const failed = await client.charge(paymentIntentId);
      assert.equal(failed.status, 200);
      assert.equal(failed.shown.status, 'Failed');
      assert.match(failed.shown.message, /being settled/);
      await settled();
      assert.deepEqual(await eventsOf(setupIntentId), ['Authorized', 'Unknown', 'Reversed']);
      const paid = () => paidInLedger(strongroom.dataDir).filter(({ intentId }) => intentId === paymentIntentId);
      assert.deepEqual(paid(), []);
      assert.equal((await client.charge(paymentIntentId)).shown.status, 'Successful');
      assert.equal(paid().length, 1);
    });
  }

  it('an approval that comes while reversals are lost is reversed all the same', async () => {
    const [setupIntentId, paymentIntentId] = await payable();
    await script(
      { when: { operation: 'charge' }, then: { action: 'answer-late', ms: 100 }, times: 1 },
      { when: { operation: 'reverse' }, then: { action: 'timeout-before' }, times: 1 },
    );
    assert.equal((await client.charge(paymentIntentId)).shown.status, 'Failed');
    assert.equal(codeOf(await client.charge(paymentIntentId)), 'charge-unsettled');
    await settled();
    assert.deepEqual(await entriesOf(paymentIntentId), ['charge approved', 'reverse reversed']);
    assert.deepEqual(await eventsOf(setupIntentId), ['Authorized', 'Unknown', 'Reversed']);
  });

  it('a doubled message and a slow answer are one charge', async () => {
    for (const then of [{ action: 'answer-twice' }, { action: 'delay', ms: 150 }]) {
      const [, paymentIntentId] = await payable();
      await script({ when: { operation: 'charge' }, then });
      assert.equal((await client.charge(paymentIntentId)).shown.status, 'Successful');
      assert.deepEqual(await entriesOf(paymentIntentId), ['charge approved']);
    }
  });

  for (const responseCode of ['04', '07', '12', '14', '15', '41', '43', '46', '57', 'R0', 'R1', 'R3']) {
    it(`after a decline ${responseCode} the schemes' rule is named and nothing more is sent`, async () => {
      const [, paymentIntentId] = await payable();
      await script({ when: { operation: 'charge' }, then: { action: 'decline', responseCode } });
      assert.equal((await client.charge(paymentIntentId)).shown.status, 'Declined');
      const refused = await client.charge(paymentIntentId);
      assert.equal(refused.status, 400);
      assert.equal(codeOf(refused), 'retry-forbidden');
      assert.match(
        refused.shown.detail,
        new RegExp(`answered ${responseCode}: .*the card may not be charged again .*Visa`),
      );
      assert.deepEqual(await entriesOf(paymentIntentId), ['charge declined']);
    });
  }

  it('other declines may be retried fifteen times within thirty days, and then again', async () => {
    const [setupIntentId, paymentIntentId] = await payable();
    await script({ when: { operation: 'charge' }, then: { action: 'decline', responseCode: '51' }, times: 16 });
    for (let charges = 0; charges < 16; charges++) {
      assert.equal((await client.charge(paymentIntentId)).shown.status, 'Declined');
    }
    const refused = await client.charge(paymentIntentId);
    assert.deepEqual([refused.status, codeOf(refused)], [400, 'retry-limit-reached']);
    assert.match(refused.shown.detail, /declined charge may be tried again 15 times within 30 days/);
    await advance(30 * day);
    const next = await client.createPaymentIntent({ setupIntentId });
    assert.equal((await client.charge(next.shown.id)).shown.status, 'Successful');
  });

  it('a rule can decline a verification by the reference of its intent', async () => {
    await script({
      when: { operation: 'verify', reference: 'Booking 7' },
      then: { action: 'decline', responseCode: '62' },
    });
    assert.equal((await client.tokenise(card, { reference: 'Booking 7' })).shown.status, 'Created');
    assert.equal((await client.tokenise(card)).shown.status, 'Authorized');
  });

  it('gives its rules back, and none after they were deleted', async () => {
    const rules = [
      { when: { cardNumberEndsWith: '1005', call: 2 }, then: { action: 'decline' }, probability: 0.5, times: 3 },
    ];
    await script(...rules);
    const path = '/sandbox/acquirer';
    assert.deepEqual(JSON.parse((await client.api('GET', path)).text), { seed: 1, rules });
    assert.equal((await client.api('DELETE', path)).status, 200);
    assert.deepEqual(JSON.parse((await client.api('GET', path)).text), { seed: 0, rules: [] });
  });

  for (const [field, rule] of [
    ['Rules[0].Then.Action', { then: { action: 'explode' } }],
    ['Rules[0].Then.Action', { then: {} }],
    ['Rules[0].Then', {}],
    ['Rules[0].Then.Ms', { then: { action: 'delay' } }],
    ['Rules[0].Then.Ms', { then: { action: 'delay', ms: -1 } }],
    ['Rules[0].Then.ResponseCode', { then: { action: 'decline', responseCode: '5' } }],
    ['Rules[0].Then.ResponseCode', { then: { action: 'decline', responseCode: '00' } }],
    ['Rules[0].Then.ResponseCode', { then: { action: 'approve', responseCode: '05' } }],
    ['Rules[0].When.Operation', { when: { operation: 'pay' }, then: { action: 'approve' } }],
    ['Rules[0].When.CardNumberEndsWith', { when: { cardNumberEndsWith: '01005' }, then: { action: 'approve' } }],
    ['Rules[0].When.CardNumberEndsWith', { when: { cardNumberEndsWith: 'x' }, then: { action: 'approve' } }],
    ['Rules[0].When.Amount', { when: { amount: 1.5 }, then: { action: 'approve' } }],
    ['Rules[0].When.Call', { when: { call: 0 }, then: { action: 'approve' } }],
    ['Rules[0].When.Amuont', { when: { amuont: 1 }, then: { action: 'approve' } }],
    ['Rules[0].Probability', { then: { action: 'approve' }, probability: 1.1 }],
    ['Rules[0].Times', { then: { action: 'approve' }, times: 0 }],
  ] as const) {
    it(`refuses a bad rule and names ${field}: ${JSON.stringify(rule)}`, async () => {
      const refused = await client.api('PUT', '/sandbox/acquirer', { body: { rules: [rule] } });
      assert.equal(refused.status, 400);
      assert.deepEqual(Object.keys(refused.shown.errors), [field]);
    });
  }

  it('shows its ledger in pages', async () => {
    await client.api('DELETE', '/sandbox/acquirer');
    const [, paymentIntentId] = await payable();
    await client.charge(paymentIntentId);
    const all = (await ledger()).entries;
    const paged: Entry[] = [];
    for (let next: number | undefined = 0; next !== undefined; ) {
      const page: Awaited<ReturnType<typeof ledger>> = await ledger(`?limit=7&after=${next}`);
      paged.push(...page.entries);
      next = page.next;
    }
    assert.deepEqual(paged, all);
    const { at: _, attemptId: __, ...last } = all.at(-1) ?? {};
    const amount = { value: 1000, currencyCode: 'GBP' };
    const charge = { operation: 'charge', outcome: 'approved', responseCode: '00' };
    assert.deepEqual(last, { ...charge, paymentIntentId, amount, cardLast4: '1005' });
    assert.equal((await client.api('GET', '/sandbox/acquirer/ledger?limit=1001')).status, 400);
  });
});

describe('the account’s clock', () => {
  it('lets intents, session secrets and idempotency keys lapse before it answers', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = (await client.createSetupIntent({}, { headers })).shown;
    const start = nowOf(await client.api('GET', '/sandbox/clock'));
    assert.ok(Date.parse(first.clientSessionSecretExpirationDate) > start);
    assert.equal((await client.createSetupIntent({}, { headers })).shown.id, first.id);
    const moved = nowOf(await advance(31 * day));
    assert.ok(moved >= start + 31 * day * 1000);
    const [row] = readDatabase(strongroom.dataDir, 'select status from setup_intents where id = ?', first.id);
    assert.equal(row?.['status'], 'Expired');
    assert.ok(Date.parse(first.clientSessionSecretExpirationDate) < moved);
    assert.notEqual((await client.createSetupIntent({}, { headers })).shown.id, first.id);
  });

  it('moves twice under two idempotency keys and once under one', async () => {
    const go = (key: string) =>
      client.api('POST', '/sandbox/clock/advance', { body: { seconds: day }, headers: { 'idempotency-key': key } });
    const start = nowOf(await client.api('GET', '/sandbox/clock'));
    const first = await go('a');
    assert.equal((await go('a')).text, first.text);
    const second = nowOf(await go('b'));
    assert.ok(second >= start + 2 * day * 1000 && second < start + 3 * day * 1000);
  });

  it('adds up advances that are asked for at the same time', async () => {
    const start = nowOf(await client.api('GET', '/sandbox/clock'));
    await Promise.all(Array.from({ length: 10 }, () => advance(day)));
    assert.ok(nowOf(await client.api('GET', '/sandbox/clock')) >= start + 10 * day * 1000);
  });

  for (const [field, method, path, body] of [
    ['Now', 'PUT', '/sandbox/clock', { now: '2020-01-01T00:00:00Z' }],
    ['Now', 'PUT', '/sandbox/clock', { now: '2999-01-01T00:00:00Z' }],
    ['Now', 'PUT', '/sandbox/clock', { now: 'tomorrow' }],
    ['Now', 'PUT', '/sandbox/clock', {}],
    ['Seconds', 'POST', '/sandbox/clock/advance', { seconds: -1 }],
    ['Seconds', 'POST', '/sandbox/clock/advance', { seconds: 1e9 }],
    ['Seconds', 'POST', '/sandbox/clock/advance', {}],
  ] as const) {
    it(`refuses ${method} ${path} with ${JSON.stringify(body)} and names ${field}`, async () => {
      const refused = await client.api(method, path, { body });
      assert.equal(refused.status, 400);
      assert.deepEqual(Object.keys(refused.shown.errors), [field]);
    });
  }
});

describe('who may pull the strings', () => {
  it('needs a sandbox key and no version; to a production key the calls do not exist', async () => {
    assert.equal((await client.api('GET', '/sandbox/clock', { version: null })).status, 200);
    assert.equal((await client.api('GET', '/sandbox/clock', { key: null })).status, 401);
    assert.equal((await client.api('GET', '/sandbox/clock', { key: `sk_sandbox_${'x'.repeat(40)}` })).status, 401);
    for (const [method, path] of [
      ['GET', '/sandbox/clock'],
      ['GET', '/sandbox/acquirer/ledger'],
      ['POST', '/sandbox/reset'],
    ] as const) {
      const refused = await client.api(method, path, { key: `sk_prod_${'x'.repeat(40)}` });
      assert.deepEqual([refused.status, codeOf(refused)], [404, 'route-unknown']);
    }
  });

  it('is nobody on a production server', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-production-'));
    const production = { STRONGROOM_MODE: 'production', STRONGROOM_TRUSTED_PROXY: '127.0.0.1' };
    assert.equal((await runCommand(['keyring', 'create'], dataDir, production)).exitCode, 0);
    const server = await startStrongroom({ dataDir, env: production });
    const stranger = openClient(server);
    try {
      const { stdout: account } = await runCommand(['accounts', 'create', 'Hotel'], dataDir, production);
      const { stdout: key } = await runCommand(['keys', 'create', account.trim()], dataDir, production);
      for (const tried of [key.trim(), undefined]) {
        const call = tried === undefined ? {} : { key: tried };
        assert.equal((await stranger.api('GET', '/sandbox/clock', call)).status, 404);
        assert.equal((await stranger.api('PUT', '/sandbox/acquirer', { ...call, body: { rules: [] } })).status, 404);
      }
    } finally {
      stranger.close();
      assert.equal(await server.stop(), 0);
      rmSync(dataDir, { recursive: true });
    }
  });

  it('has accounts of their own: one account’s rules, clock and reset touch no other', async () => {
    const { stdout: account } = await runCommand(['accounts', 'create', 'Other'], strongroom.dataDir);
    const { stdout: key } = await runCommand(['keys', 'create', account.trim()], strongroom.dataDir);
    const other = openClient(strongroom, { key: key.trim() });
    try {
      const theirs = await other.createSetupIntent();
      await script({ then: { action: 'decline' } });
      assert.equal((await other.tokenise(card)).shown.status, 'Authorized');
      await settled();
      assert.equal((await client.api('POST', '/sandbox/reset')).status, 200);
      assert.equal((await other.api('GET', `/setup-intents/${theirs.shown.id}`)).status, 200);
      assert.deepEqual((await ledger()).entries, []);
    } finally {
      other.close();
    }
  });
});

describe('the command line', () => {
  const sandbox = (...parameters: string[]) =>
    runCommand(['sandbox', '--api-url', strongroom.apiUrl, ...parameters], strongroom.dataDir);

  it('does what the calls do', async () => {
    const before = await sandbox('clock');
    const moved = await sandbox('advance', '3d');
    assert.deepEqual([before.stderr, moved.stderr], ['', '']);
    assert.ok(Date.parse(moved.stdout.trim()) >= Date.parse(before.stdout.trim()) + 3 * day * 1000);
    const file = join(strongroom.dataDir, 'rules.json');
    writeFileSync(file, JSON.stringify({ rules: [{ when: {}, then: { action: 'decline' } }] }));
    assert.equal((await sandbox('rules', '--set', file)).exitCode, 0);
    assert.match((await sandbox('rules')).stdout, /"decline"/);
    assert.equal((await client.tokenise(card)).shown.status, 'Created');
    assert.match((await sandbox('ledger')).stdout, /verify\s+declined\s+05\s+1005\s+si_sandbox_/);
    assert.equal((await sandbox('rules', '--clear')).exitCode, 0);
    assert.equal((await sandbox('reset')).exitCode, 0);
    assert.equal((await sandbox('ledger')).stdout, '');
  });

  it('says what is wrong and fails', async () => {
    const past = await sandbox('clock', '--set', '2020-01-01T00:00:00Z');
    assert.deepEqual([past.exitCode, past.stdout], [1, '']);
    assert.match(past.stderr, /Now: .*time never goes back/);
    assert.equal((await sandbox('advance', 'soon')).exitCode, 1);
    const nobody = await runCommand(['sandbox', '--api-url', 'http://127.0.0.1:9', 'clock'], strongroom.dataDir);
    assert.match(nobody.stderr, /No server answers/);
  });
});

it('the example of a no-show plays to its end', async () => {
  const example = fileURLToPath(new URL('../../examples/no-show/no-show.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [example], { env: {} });
  assert.match(stdout, /paid 80\.00 once/);
});
