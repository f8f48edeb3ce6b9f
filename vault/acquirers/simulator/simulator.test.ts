import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { Cvv } from '../../card/cvv.ts';
import { Pan } from '../../card/pan.ts';
import type { ChargeMessage, VerifyMessage } from '../acquirer.ts';
import { readLedger } from './ledger.ts';
import type { Simulator } from './simulator.ts';
import { openSimulator } from './simulator.ts';
import { openSimulatorFile } from './simulator-file.ts';
import type { TestCard } from './test-cards.ts';
import { testCards } from './test-cards.ts';

const folder = mkdtempSync(join(tmpdir(), 'strongroom-simulator-'));
after(() => {
  rmSync(folder, { recursive: true });
});
let count = 0;
const freshPath = (): string => join(folder, `ledger-${(count += 1)}.sqlite`);

const good = '4000000000000002';
const amount = { amountMinor: 1000, currency: 'GBP' } as const;
const attempt = { accountId: 'acc_one', now: 1000, attemptId: 'att_1', paymentIntentId: 'pi_1', amount };
const chargeOf = (number: string, more: Partial<ChargeMessage> = {}): ChargeMessage => ({
  ...attempt,
  pan: new Pan(number),
  expiry: { year: 2029, month: 12 },
  merchantReference: 'order',
  ...more,
});
const verifyOf = (number: string, cvv = number.length === 15 ? '1234' : '123'): VerifyMessage => ({
  accountId: 'acc_one',
  now: 1000,
  attemptId: 'att_v',
  setupIntentId: 'si_1',
  pan: new Pan(number),
  cvv: new Cvv(cvv),
  expiry: { year: 2029, month: 12 },
  cardholderName: null,
  merchantReference: 'order',
});
const numberOf = (find: (card: TestCard) => boolean): string => testCards.find(find)?.number ?? '';
const lostBefore = numberOf((card) => card.charge.delivery === 'lost-before');
const lostAfter = numberOf((card) => card.charge.delivery === 'lost-after');
const twice = numberOf((card) => card.charge.delivery === 'twice');

const withSimulator = async (run: (simulator: Simulator, path: string) => Promise<void>): Promise<void> => {
  const path = freshPath();
  const simulator = openSimulator({ ledgerPath: path });
  await run(simulator, path);
  await simulator.close();
};

/** Whether a promise settles while everything that is ready runs; the simulator has no timers of its own. */
const isSilent = async (answer: Promise<unknown>): Promise<boolean> => {
  let settled = false;
  answer.then(
    () => (settled = true),
    () => (settled = true),
  );
  await new Promise((resolve) => setImmediate(resolve));
  return !settled;
};

for (const card of testCards) {
  test(`${card.number}: ${card.title}`, async () => {
    await withSimulator(async (simulator) => {
      const verified = await simulator.verify(verifyOf(card.number));
      assert.equal(verified.outcome, card.verify.answer.outcome);
      assert.ok('transaction' in verified);
      assert.equal(
        verified.transaction.responseCode,
        'responseCode' in card.verify.answer ? card.verify.answer.responseCode : '00',
      );
      const charging = simulator.charge(chargeOf(card.number));
      if (card.charge.delivery.startsWith('lost')) assert.ok(await isSilent(charging));
      else {
        const charged = await charging;
        assert.equal(charged.outcome, card.charge.answer.outcome === 'approved' ? 'approved' : 'declined');
        assert.ok('transaction' in charged);
        assert.match(
          charged.transaction.transactionId,
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
        );
        assert.equal(/^[0-9]{6}$/.test(charged.transaction.authCode ?? ''), charged.outcome === 'approved');
      }
    });
  });
}

test('declines a valid number that is no test card, and a wrong CVV on any card', async () => {
  await withSimulator(async (simulator) => {
    const unlisted = await simulator.verify(verifyOf('4111111111111111'));
    assert.ok(unlisted.outcome === 'declined' && unlisted.transaction.responseCode === '14');
    const wrong = await simulator.verify({ ...verifyOf(good, '999'), attemptId: 'att_w' });
    assert.ok(wrong.outcome === 'declined' && wrong.transaction.responseCode === 'N7');
  });
});

test('the same messages get the same answers from another simulator', async () => {
  const answers: unknown[] = [];
  for (let round = 0; round < 2; round += 1)
    await withSimulator(async (simulator) => {
      answers.push(await simulator.charge(chargeOf(good)));
    });
  assert.deepEqual(answers[0], answers[1]);
});

test('a repeated charge gets the first answer and is one approval, whatever it says the second time', async () => {
  await withSimulator(async (simulator) => {
    const first = await simulator.charge(chargeOf(good));
    const changed = chargeOf(
      numberOf((card) => card.title.startsWith('declined 51')),
      { now: 2000 },
    );
    assert.deepEqual(await simulator.charge(changed), first);
    const entries = simulator.ledger('acc_one');
    assert.deepEqual(
      entries.map(({ operation, outcome, timesReceived }) => [operation, outcome, timesReceived]),
      [['charge', 'approved', 2]],
    );
  });
});

test('a message that the network doubles is received twice and approved once', async () => {
  await withSimulator(async (simulator) => {
    assert.equal((await simulator.charge(chargeOf(twice))).outcome, 'approved');
    assert.deepEqual(
      simulator.ledger('acc_one').map((entry) => entry.timesReceived),
      [2],
    );
  });
});

test('a charge lost on its way is in no book; one whose answer is lost is', async () => {
  await withSimulator(async (simulator) => {
    assert.ok(await isSilent(simulator.charge(chargeOf(lostBefore))));
    assert.deepEqual(await simulator.inquire(attempt), { outcome: 'never-received' });
    assert.ok(await isSilent(simulator.charge(chargeOf(lostAfter, { attemptId: 'att_2' }))));
    assert.equal((await simulator.inquire({ ...attempt, attemptId: 'att_2' })).outcome, 'approved');
  });
});

test('a reversal takes an approval back, once, and says so each time', async () => {
  await withSimulator(async (simulator) => {
    await simulator.charge(chargeOf(good));
    const first = await simulator.reverse(attempt);
    assert.ok(first.outcome === 'reversed' && first.hadApproved);
    assert.deepEqual(await simulator.reverse({ ...attempt, now: 5000 }), first);
    assert.equal((await simulator.inquire(attempt)).outcome, 'already-reversed');
  });
});

test('the reversal of an unknown attempt declines the charge when it comes late', async () => {
  await withSimulator(async (simulator) => {
    const reversal = await simulator.reverse(attempt);
    assert.ok(reversal.outcome === 'reversed' && !reversal.hadApproved);
    const late = await simulator.charge(chargeOf(good));
    assert.ok(late.outcome === 'declined' && late.transaction.responseCode === '12');
    assert.equal(simulator.ledger('acc_one').filter((entry) => entry.outcome === 'approved').length, 0);
  });
});

test('an inquiry says a decline too', async () => {
  await withSimulator(async (simulator) => {
    await simulator.charge(chargeOf('4000000000510000'));
    const found = await simulator.inquire(attempt);
    assert.ok(found.outcome === 'declined' && found.transaction.responseCode === '51');
  });
});

test('refunds part by part up to the charge and no further, each refund id once', async () => {
  await withSimulator(async (simulator) => {
    await simulator.charge(chargeOf(good));
    const refund = (refundId: string, amountMinor: number, currency: 'GBP' | 'EUR' = 'GBP') =>
      simulator.refund({ ...attempt, refundId, amount: { amountMinor, currency } });
    assert.equal((await refund('rfnd_1', 600)).outcome, 'approved');
    assert.equal((await refund('rfnd_1', 600)).outcome, 'approved');
    assert.equal((await refund('rfnd_2', 401)).outcome, 'declined');
    assert.equal((await refund('rfnd_3', 1, 'EUR')).outcome, 'declined');
    assert.equal((await refund('rfnd_4', 400)).outcome, 'approved');
    const given = simulator.ledger('acc_one').filter((entry) => entry.outcome === 'refunded');
    assert.deepEqual(
      given.map((entry) => entry.amount?.amountMinor),
      [600, 400],
    );
  });
});

test('refunds nothing that was declined, reversed or never charged', async () => {
  await withSimulator(async (simulator) => {
    assert.equal((await simulator.refund({ ...attempt, refundId: 'rfnd_1' })).outcome, 'declined');
    await simulator.charge(chargeOf(good));
    await simulator.reverse(attempt);
    assert.equal((await simulator.refund({ ...attempt, refundId: 'rfnd_2' })).outcome, 'declined');
  });
});

test('one account sees nothing of another, in its book or by an attempt id', async () => {
  await withSimulator(async (simulator) => {
    await simulator.charge(chargeOf(good));
    assert.deepEqual(simulator.ledger('acc_two'), []);
    assert.deepEqual(await simulator.inquire({ ...attempt, accountId: 'acc_two' }), { outcome: 'never-received' });
    await simulator.reverse({ ...attempt, accountId: 'acc_two' });
    assert.equal((await simulator.inquire(attempt)).outcome, 'approved');
  });
});

test('the book is in the order of receipt, says who paid what, and outlives its server', async () => {
  const path = freshPath();
  const first = openSimulator({ ledgerPath: path });
  await first.verify(verifyOf(good));
  await first.charge(chargeOf(good, { attemptId: 'att_9' }));
  await first.close();
  const second = openSimulator({ ledgerPath: path });
  await second.charge(chargeOf(good, { attemptId: 'att_0' }));
  const entries = second.ledger('acc_one');
  assert.deepEqual(
    entries.map((entry) => entry.attemptId),
    ['att_v', 'att_9', 'att_0'],
  );
  assert.deepEqual(entries[1], {
    accountId: 'acc_one',
    attemptId: 'att_9',
    operation: 'charge',
    at: 1000,
    intentId: 'pi_1',
    refundedAttemptId: null,
    amount,
    cardLast4: '0002',
    outcome: 'approved',
    responseCode: '00',
    timesReceived: 1,
    merchantReference: 'order',
  });
  assert.deepEqual(readLedger(path), entries);
  await second.close();
});

test('an answered message is in the book after the process is killed', async () => {
  const path = freshPath();
  const program = `
    const { openSimulator } = await import(${JSON.stringify(new URL('simulator.ts', import.meta.url).href)});
    const { Pan } = await import(${JSON.stringify(new URL('../../card/pan.ts', import.meta.url).href)});
    const simulator = openSimulator({ ledgerPath: ${JSON.stringify(path)} });
    const answer = await simulator.charge({ accountId: 'acc_one', now: 1, attemptId: 'att_k', paymentIntentId: 'pi_1',
      amount: { amountMinor: 1, currency: 'GBP' }, merchantReference: '', pan: new Pan('${good}'), expiry: { year: 2029, month: 1 } });
    process.stdout.write(answer.outcome);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(said.toString(), 'approved');
  assert.deepEqual(
    readLedger(path).map((entry) => [entry.attemptId, entry.outcome]),
    [['att_k', 'approved']],
  );
});

test('no card number is in the ledger file', async () => {
  await withSimulator(async (simulator, path) => {
    await simulator.verify(verifyOf(good));
    await simulator.charge(chargeOf(good));
    for (const suffix of ['', '-wal']) {
      const bytes = readFileSync(path + suffix);
      assert.equal(bytes.includes(good), false);
    }
    assert.ok(readFileSync(`${path}-wal`).includes('att_1'));
  });
});

test('says what to do with a file that is no ledger', () => {
  const path = freshPath();
  writeFileSync(path, 'not a database, but long enough to be looked at as one '.repeat(100));
  assert.throws(() => openSimulator({ ledgerPath: path }), /file is not a database.* delete it/);
});

test('says why a file cannot be used, and asks nobody to delete one that is whole', () => {
  const path = freshPath();
  openSimulatorFile(path).close();
  const locking = new DatabaseSync(path);
  locking.exec('begin immediate');
  assert.throws(
    () => openSimulatorFile(path),
    (error: Error) => error.message.endsWith('cannot be used: database is locked.'),
  );
  locking.close();
});
