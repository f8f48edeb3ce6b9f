import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readLedger } from '../../vault/index.ts';
import { type LinkFault, type LinkProxy, openLinkProxy } from '../link/link-proxy.ts';
import { freePort } from './free-port.ts';
import { type Client, codeOf, openClient, type Reply } from './open-client.ts';
import { allSettled, capturedInDatabase, chargesInLedger, paidInLedger, readDatabase } from './read-books.ts';
import { startSplit, type SplitStrongroom } from './start-split.ts';
import { until } from './until.ts';

const card = '5200000000001005';
/** Short, so that a lost answer costs the test little. */
const env = { STRONGROOM_ACQUIRER_TIMEOUT_MS: '400' };

let split: SplitStrongroom;
let proxy: LinkProxy;
let client: Client;
before(async () => {
  const [apiLinkPort, vaultLinkPort] = [await freePort(), await freePort()];
  proxy = await openLinkProxy(vaultLinkPort);
  const vaultUrlShown = `https://127.0.0.1:${proxy.port}`;
  split = await startSplit({ apiLinkPort, vaultLinkPort, vaultUrlShown, env });
  client = openClient(split);
});
after(async () => {
  client.close();
  await split.stop();
  await proxy.close();
});

const payable = async (): Promise<readonly [setupIntentId: string, paymentIntentId: string]> => {
  const setupIntent = await client.tokenise(card);
  assert.equal(setupIntent.shown.status, 'Authorized', setupIntent.text);
  return [setupIntent.shown.id, (await client.createPaymentIntent({ setupIntentId: setupIntent.shown.id })).shown.id];
};
const settled = () => until('settling', () => allSettled(split.platformDir));
const ready = async (): Promise<unknown> => JSON.parse((await client.api('GET', '/health/ready')).text);
/** Not an assertion on the whole output: a failure would print it. */
const logged = (words: string) => until(words, () => (split.api.output().includes(words) ? true : undefined));
const vaultIsUp = () =>
  until('the vault being seen again', async () =>
    JSON.stringify(await ready()) === '{"status":"up","vault":"up"}' ? true : undefined,
  );
/** Until nobody is being reversed any more, the card answers 409. */
const chargeUntilTaken = (paymentIntentId: string): Promise<Reply> =>
  until('the charge being taken', async () => {
    const reply = await client.charge(paymentIntentId);
    return reply.status === 200 && reply.shown.status === 'Successful' ? reply : undefined;
  });
const booksAgree = async (): Promise<void> => {
  await settled();
  const approved = readDatabase(
    split.platformDir,
    "select id from charge_attempts where state = 'approved' order by id",
  );
  assert.deepEqual(
    paidInLedger(split.vaultDir)
      .map(({ attemptId }) => attemptId)
      .toSorted(),
    approved.map(({ id }) => String(id)),
  );
  assert.equal(capturedInDatabase(split.platformDir).length, approved.length);
};
const ledgerOf = (paymentIntentId: string): readonly string[] =>
  chargesInLedger(split.vaultDir)
    .filter(({ intentId }) => intentId === paymentIntentId)
    .map(({ outcome }) => outcome);

describe('the network between API and vault', () => {
  it('is cut before a charge leaves: Failed, nothing was sent, and it is charged as soon as the network is back', async () => {
    const [, paymentIntentId] = await payable();
    proxy.setFault('refuse');
    const failed = await client.charge(paymentIntentId);
    assert.deepEqual([failed.status, failed.shown.status], [200, 'Failed'], failed.text);
    assert.equal(allSettled(split.platformDir), true);
    assert.deepEqual(ledgerOf(paymentIntentId), []);
    proxy.setFault('none');
    assert.equal((await chargeUntilTaken(paymentIntentId)).status, 200);
    assert.deepEqual(ledgerOf(paymentIntentId), ['approved']);
    await booksAgree();
  });

  for (const fault of ['swallow-answer', 'half-answer', 'freeze'] as const satisfies readonly LinkFault[])
    it(`${fault}: the caller hears Failed, the worker settles it, and the card is charged once`, async () => {
      const [, paymentIntentId] = await payable();
      // A fault of the network meets an open connection or a new one, and both must be right.
      proxy.setFault(fault);
      const failed = await client.charge(paymentIntentId);
      proxy.setFault('none');
      assert.deepEqual([failed.status, failed.shown.status], [200, 'Failed'], failed.text);
      await settled();
      if (fault !== 'freeze') assert.deepEqual(ledgerOf(paymentIntentId), ['approved'], 'the charge had arrived');
      assert.equal((await client.api('GET', `/payment-intents/${paymentIntentId}`)).shown.status, 'Created');
      await chargeUntilTaken(paymentIntentId);
      await booksAgree();
    });

  it('loses the answer of a refund: it is settled by the worker, and given back once', async () => {
    const [, paymentIntentId] = await payable();
    assert.equal((await chargeUntilTaken(paymentIntentId)).status, 200);
    const refund = (): Promise<Reply> =>
      client.api('POST', `/payment-intents/${paymentIntentId}/refunds`, {
        body: { amount: 400 },
        headers: { idempotencyKey: 'once' },
      });
    const refunds = () =>
      readLedger(join(split.vaultDir, 'acquirer-simulator.db')).filter(
        ({ operation, intentId }) => operation === 'refund' && intentId === paymentIntentId,
      );
    proxy.setFault('swallow-answer');
    const lost = await refund();
    proxy.setFault('none');
    assert.deepEqual([lost.status, codeOf(lost)], [503, 'refund-unsettled'], lost.text);
    assert.equal(refunds().length, 1, 'the refund had arrived');
    await until('the refund to be settled', async () => ((await refund()).status === 200 ? true : undefined));
    assert.deepEqual(
      refunds().map(({ outcome, amount }) => [outcome, amount?.amountMinor]),
      [['refunded', 400]],
    );
  });

  it('is out for long: a breaker answers at once and probes say so; with it back, all goes on by itself', async () => {
    const [, paymentIntentId] = await payable();
    proxy.setFault('refuse');
    for (let tries = 0; tries < 6; tries++) assert.equal((await client.charge(paymentIntentId)).shown.status, 'Failed');
    assert.deepEqual(await ready(), { status: 'up', vault: 'down' });
    assert.equal((await client.api('GET', `/payment-intents/${paymentIntentId}`)).status, 200);
    await logged('link: the peer does not answer');
    proxy.setFault('none');
    await vaultIsUp();
    assert.equal((await client.charge(paymentIntentId)).shown.status, 'Successful');
    await logged('link: the peer answers again');
    await booksAgree();
  });

  it('fails now and then under many charges at once: each answered one is on record, and the books agree', async () => {
    const flows = await Promise.all(Array.from({ length: 12 }, payable));
    const faults = ['refuse', 'none', 'swallow-answer', 'none', 'half-answer', 'none'] as const;
    const successful: string[] = [];
    let turn = 0;
    const trouble = setInterval(() => proxy.setFault(faults[turn++ % faults.length] ?? 'none'), 60);
    await Promise.all(
      flows.map(async ([, paymentIntentId]) => {
        for (let tries = 0; tries < 6; tries++) {
          const reply = await client.charge(paymentIntentId);
          if (reply.shown.status === 'Successful') return void successful.push(paymentIntentId);
          if (reply.status !== 200) assert.deepEqual([reply.status, codeOf(reply)], [409, 'charge-unsettled']);
        }
      }),
    );
    clearInterval(trouble);
    proxy.setFault('none');
    await vaultIsUp();
    await booksAgree();
    const captured = new Set(capturedInDatabase(split.platformDir));
    for (const id of successful) assert.ok(captured.has(id), id);
    for (const [, paymentIntentId] of flows)
      if (!captured.has(paymentIntentId)) await chargeUntilTaken(paymentIntentId);
    await booksAgree();
  });
});

describe('a vault that is killed in the middle of a charge', () => {
  it('is started again, and everything goes on without anybody else being restarted', async () => {
    const [, paymentIntentId] = await payable();
    const slow = { when: { operation: 'charge' }, then: { action: 'delay', ms: 300 }, times: 1 };
    assert.equal((await client.api('PUT', '/sandbox/acquirer', { body: { rules: [slow] } })).status, 200);
    const answered = client.charge(paymentIntentId);
    await until('the charge', () => (ledgerOf(paymentIntentId).length > 0 ? true : undefined));
    await split.vault.kill();
    const failed = await answered;
    assert.deepEqual([failed.status, failed.shown.status], [200, 'Failed'], failed.text);
    await split.restartVault();
    await booksAgree();
    await chargeUntilTaken(paymentIntentId);
    assert.equal(paidInLedger(split.vaultDir).filter(({ intentId }) => intentId === paymentIntentId).length, 1);
    const [, next] = await payable();
    assert.equal((await client.charge(next)).shown.status, 'Successful');
    await booksAgree();
  });
});
