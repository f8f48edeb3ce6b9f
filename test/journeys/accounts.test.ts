import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Client, codeOf, openClient, type Reply } from './open-client.ts';
import { type CommandOutcome, runCommand } from './run-command.ts';
import { filesUnder } from './secret-forms.ts';
import { type RunningStrongroom, startStrongroom } from './start-strongroom.ts';

const approvedCard = '5200000000001005';
const missing = { si: 'si_sandbox_AAAAAAAAAAAAAAAAAAAAAA', pi: 'pi_sandbox_AAAAAAAAAAAAAAAAAAAAAA' };

let strongroom: RunningStrongroom;
before(async () => {
  strongroom = await startStrongroom();
});
after(async () => {
  assert.equal(await strongroom.stop(), 0);
});

const run = (...parameters: readonly string[]): Promise<CommandOutcome> => runCommand(parameters, strongroom.dataDir);

/** A new account with one key. */
const newAccount = async (name: string): Promise<{ readonly id: string; readonly key: string }> => {
  const id = (await run('accounts', 'create', name)).stdout.trim();
  return { id, key: (await run('keys', 'create', id)).stdout.trim() };
};

describe('the commands for accounts and keys, beside a running server,', () => {
  it('create and list accounts, and refuse a name that is empty, taken or not printable', async () => {
    const created = await run('accounts', 'create', 'Cafe');
    assert.match(created.stdout, /^acc_[A-Za-z0-9_-]{22}\n$/);
    assert.equal(created.exitCode, 0);
    for (const refused of await Promise.all(
      ['Cafe', ' ', 'Cafe\u200b', 'Bar\nacc_1  forged', '\u001b[2J'].map((name) => run('accounts', 'create', name)),
    )) {
      assert.deepEqual([refused.exitCode, refused.stdout], [1, '']);
      assert.match(refused.stderr, /name/);
    }
    const listed = (await run('accounts', 'list')).stdout.trimEnd().split('\n');
    assert.deepEqual(
      listed.map((line) => line.split('  ').at(-1)),
      ['Sandbox', 'Cafe'],
    );
    assert.ok(listed[1]?.startsWith(created.stdout.trim()));
    const nobody = await run('keys', 'list', 'acc_AAAAAAAAAAAAAAAAAAAAAA');
    assert.deepEqual([nobody.exitCode, nobody.stdout], [1, '']);
    assert.match(nobody.stderr, /no account/);
  });

  it('make nothing in the database of the vault, whose role they are told by a flag or a variable', async () => {
    const folder = join(strongroom.dataDir, 'vault-alone');
    const asVault = { STRONGROOM_ROLE: 'vault' };
    const refusals = [
      await runCommand(['accounts', 'list', '--role', 'vault'], folder),
      await runCommand(['accounts', 'create', 'Cafe'], folder, asVault),
      await runCommand(['keys', 'create', missing.si.replace('si_sandbox', 'acc')], folder, asVault),
    ];
    for (const { exitCode, stdout, stderr } of refusals) {
      assert.deepEqual([exitCode, stdout], [1, '']);
      assert.match(stderr, /^The vault’s database holds no accounts and no keys\. .+\n$/);
    }
    assert.ok(!existsSync(folder));
  });

  it('show a key once and keep only its hash', async () => {
    const { id, key } = await newAccount('Once');
    assert.match(key, /^sk_sandbox_[A-Za-z0-9_-]{86}$/);
    const listed = (await run('keys', 'list', id)).stdout;
    assert.match(listed, new RegExp(`^key_\\S+  sk_sandbox_…${key.slice(-4).replace(/[-]/g, '\\-')}  \\S+  active\n$`));
    assert.ok(!listed.includes(key.slice(11, 40)));
    const secret = Buffer.from(key.slice('sk_sandbox_'.length));
    for (const file of filesUnder(strongroom.dataDir)) assert.ok(!readFileSync(file).includes(secret), file);
  });

  it('revoke a key for good, and leave the others', async () => {
    const { id, key } = await newAccount('Two keys');
    const second = (await run('keys', 'create', id)).stdout.trim();
    const client = openClient(strongroom, { key });
    const other = openClient(strongroom, { key: second });
    assert.deepEqual(
      [(await client.createPaymentIntent()).status, (await other.createPaymentIntent()).status],
      [200, 200],
    );
    const [firstLine = ''] = (await run('keys', 'list', id)).stdout.split('\n');
    const keyId = firstLine.split('  ')[0] ?? '';
    assert.equal((await run('keys', 'revoke', keyId)).exitCode, 0);
    assert.deepEqual(
      [(await client.createPaymentIntent()).status, (await other.createPaymentIntent()).status],
      [401, 200],
    );
    assert.match((await run('keys', 'list', id)).stdout, /  revoked \d{4}-/);
    assert.equal((await run('keys', 'revoke', keyId)).exitCode, 1);
    client.close();
    other.close();
  });

  it('say what they need when they are misused', async () => {
    const misuses = [
      [['keys', 'create', 'acc_unknown'], 1],
      [['accounts', 'create'], 2],
      [['keys', 'list', 'acc_x', '--mode', 'zebra'], 1],
    ] as const;
    const outcomes = await Promise.all(misuses.map(([parameters]) => run(...parameters)));
    for (const [index, outcome] of outcomes.entries()) {
      assert.equal(outcome.exitCode, misuses[index]?.[1], misuses[index]?.[0].join(' '));
      assert.ok(outcome.stderr.trim().length > 10 && !outcome.stderr.includes('    at '), outcome.stderr);
    }
  });
});

describe('one account', () => {
  let owner: Client;
  let stranger: Client;
  let own: { readonly si: string; readonly pi: string };
  before(async () => {
    const [first, second] = await Promise.all([newAccount('Owner'), newAccount('Stranger')]);
    owner = openClient(strongroom, { key: first.key });
    stranger = openClient(strongroom, { key: second.key });
    const si = (await owner.tokenise(approvedCard)).shown.id;
    own = { si, pi: (await owner.createPaymentIntent({ setupIntentId: si })).shown.id };
  });
  after(() => {
    owner.close();
    stranger.close();
  });

  /** All that a caller can see of an answer, but for what differs between any two answers. */
  const visible = ({ status, headers, text }: Reply): unknown => {
    const { date: _date, 'request-id': _trace, ...rest } = headers;
    return { status, rest, text: text.replace(/"traceId":"[^"]+"/, '') };
  };

  const calls: readonly (readonly [
    method: string,
    path: (ids: { readonly si: string; readonly pi: string }) => string,
  ])[] = [
    ['GET', ({ si }) => `/setup-intents/${si}`],
    ['POST', ({ si }) => `/setup-intents/${si}`],
    ['DELETE', ({ si }) => `/setup-intents/${si}?includeAuthorized=true`],
    ['POST', ({ si }) => `/setup-intents/${si}/refresh-client-session-secret`],
    ['GET', ({ pi }) => `/payment-intents/${pi}`],
    ['GET', ({ pi }) => `/payment-intents/${pi}?returnCanceled=true`],
    ['DELETE', ({ pi }) => `/payment-intents/${pi}`],
    ['POST', ({ pi }) => `/payment-intents/${pi}/charge`],
    ['POST', ({ pi }) => `/payment-intents/${pi}/refresh-client-session-secret`],
  ];
  for (const [method, path] of calls)
    it(`gets of a foreign object what it gets of a missing one: ${method} ${path({ si: '{si}', pi: '{pi}' })}`, async () => {
      const foreign = await stranger.api(method, path(own));
      assert.equal(foreign.status, 404);
      assert.deepEqual(visible(foreign), visible(await stranger.api(method, path(missing))));
    });

  it('cannot name a foreign setup intent, and is told that it does not exist', async () => {
    const foreign = await stranger.createPaymentIntent({ setupIntentId: own.si });
    assert.deepEqual([foreign.status, codeOf(foreign)], [400, 'setup-intent-unknown']);
    assert.deepEqual(visible(foreign), visible(await stranger.createPaymentIntent({ setupIntentId: missing.si })));
  });

  it('has changed nothing of the other by all this', async () => {
    assert.equal((await owner.api('GET', `/setup-intents/${own.si}`)).shown.status, 'Authorized');
    assert.equal((await owner.charge(own.pi)).shown.status, 'Successful');
  });
});
