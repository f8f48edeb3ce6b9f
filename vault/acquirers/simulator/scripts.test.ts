import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import type { AcquirerRule } from '../../../src/domain/acquirer-script.ts';
import { Cvv } from '../../card/cvv.ts';
import { Pan } from '../../card/pan.ts';
import type { ChargeMessage, VerifyMessage } from '../acquirer.ts';
import type { Simulator } from './simulator.ts';
import { readLedger } from './ledger.ts';
import { openSimulator } from './simulator.ts';
import { openSimulatorFile } from './simulator-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'strongroom-scripts-'));
after(() => {
  rmSync(folder, { recursive: true });
});
let files = 0;
const freshPath = (): string => join(folder, `${(files += 1)}.db`);

const acquirerTimeoutMs = 2000;
const amount = { amountMinor: 1000, currency: 'GBP' } as const;
let attempts = 0;
const attempt = () => ({
  accountId: 'acc_one',
  now: 1000,
  attemptId: `att_${(attempts += 1)}`,
  paymentIntentId: 'pi_1',
  amount,
});
const chargeOf = (more: Partial<ChargeMessage> = {}): ChargeMessage => ({
  ...attempt(),
  pan: new Pan('4000000000000002'),
  expiry: { year: 2029, month: 12 },
  merchantReference: 'Booking 234',
  ...more,
});
const verifyOf = (): VerifyMessage => ({
  accountId: 'acc_one',
  now: 1000,
  attemptId: `att_${(attempts += 1)}`,
  setupIntentId: 'si_1',
  pan: new Pan('4000000000000002'),
  cvv: new Cvv('123'),
  expiry: { year: 2029, month: 12 },
  cardholderName: null,
  merchantReference: 'Booking 234',
});

/** A simulator whose time the test owns. */
const rig = (path = freshPath()) => {
  const armed: { ms: number; run: () => void }[] = [];
  const timers = {
    after: (ms: number, run: () => void) => {
      const timer = { ms, run };
      armed.push(timer);
      return () => {
        armed.splice(armed.indexOf(timer), 1);
      };
    },
  };
  const simulator = openSimulator({ ledgerPath: path, timers, acquirerTimeoutMs });
  return {
    simulator,
    armed,
    script: (...rules: AcquirerRule[]) => simulator.sandbox.setScript('acc_one', { seed: 7, rules }),
  };
};

const outcomes = async (simulator: Simulator, messages: readonly ChargeMessage[]): Promise<string[]> => {
  const said: string[] = [];
  for (const message of messages) {
    const answer = await simulator.charge(message);
    said.push('transaction' in answer ? answer.transaction.responseCode : answer.outcome);
  }
  return said;
};
const decline = (responseCode: string) => ({ action: 'decline', responseCode }) as const;

test('the first rule that fits decides; without one the card’s own behaviour stands', async () => {
  const { simulator, script } = rig();
  await script(
    { when: { operation: 'verify' }, then: decline('41') },
    { when: { amount: 1000 }, then: decline('51') },
    { when: {}, then: decline('05') },
  );
  const other = { ...amount, amountMinor: 1001 };
  assert.deepEqual(await outcomes(simulator, [chargeOf(), chargeOf({ amount: other })]), ['51', '05']);
  assert.equal((await simulator.verify(verifyOf())).outcome, 'declined');
  await script({ when: { operation: 'refund' }, then: decline('51') });
  assert.deepEqual(await outcomes(simulator, [chargeOf()]), ['00']);
});

for (const [name, when, fits] of [
  ['the end of the card number', { cardNumberEndsWith: '02' }, true],
  ['another end', { cardNumberEndsWith: '03' }, false],
  ['the reference', { reference: 'Booking 234' }, true],
  ['a part of the reference', { reference: 'Booking' }, false],
  ['the operation', { operation: 'charge' }, true],
  ['another operation', { operation: 'verify' }, false],
] as const) {
  test(`a rule by ${name} ${fits ? 'fires' : 'does not fire'}`, async () => {
    const { simulator, script } = rig();
    await script({ when, then: decline('62') });
    assert.deepEqual(await outcomes(simulator, [chargeOf()]), [fits ? '62' : '00']);
  });
}

test('call picks the nth matching message, and times bounds how often a rule fires', async () => {
  const { simulator, script } = rig();
  await script(
    { when: { operation: 'charge', call: 2 }, then: decline('51') },
    { when: { operation: 'charge', call: 3 }, then: decline('65') },
    { when: { amount: 1000 }, then: decline('05'), times: 1 },
  );
  await simulator.verify(verifyOf());
  assert.deepEqual(await outcomes(simulator, [chargeOf(), chargeOf(), chargeOf(), chargeOf()]), [
    '05',
    '51',
    '65',
    '00',
  ]);
});

test('probability is drawn from the seed: the same run again, another run under another seed', async () => {
  const run = async (seed: number): Promise<string[]> => {
    const { simulator } = rig();
    await simulator.sandbox.setScript('acc_one', {
      seed,
      rules: [{ when: {}, then: decline('05'), probability: 0.5 }],
    });
    return outcomes(
      simulator,
      Array.from({ length: 200 }, () => chargeOf()),
    );
  };
  const first = await run(1);
  assert.deepEqual(await run(1), first);
  assert.notDeepEqual(await run(2), first);
  const declined = first.filter((code) => code === '05').length;
  assert.ok(declined > 60 && declined < 140, String(declined));
});

test('rules and what they have counted outlive the server; another account has none of them', async () => {
  const path = freshPath();
  const before = rig(path);
  await before.script({ when: { call: 2 }, then: decline('51') });
  await outcomes(before.simulator, [chargeOf()]);
  await before.simulator.close();
  const { simulator } = rig(path);
  assert.deepEqual((await simulator.sandbox.script('acc_one')).rules.length, 1);
  assert.deepEqual(
    await outcomes(simulator, [chargeOf({ accountId: 'acc_two' }), chargeOf({ accountId: 'acc_two' })]),
    ['00', '00'],
  );
  assert.deepEqual(await outcomes(simulator, [chargeOf(), chargeOf()]), ['51', '00']);
});

test('several servers on one file share rules, their counts and one order of the book', async () => {
  const path = freshPath();
  const one = rig(path);
  const two = rig(path);
  await outcomes(two.simulator, [chargeOf()]);
  await one.script({ when: { call: 3 }, then: decline('51') });
  const said: string[] = [];
  for (const { simulator } of [one, two, one, two]) said.push(...(await outcomes(simulator, [chargeOf()])));
  assert.deepEqual(said, ['00', '00', '51', '00']);
  const order = (await one.simulator.sandbox.ledger('acc_one', { after: 0, limit: 9 })).map(({ sequence }) => sequence);
  assert.deepEqual(order, [1, 2, 3, 4, 5]);
  await two.simulator.sandbox.setScript('acc_one', { seed: 0, rules: [] });
  assert.deepEqual((await one.simulator.sandbox.script('acc_one')).rules, []);
});

test('a broken connection and garbage are known at once; the one before the acquirer acts, the other after', async () => {
  const { simulator, script } = rig();
  await script(
    { when: { call: 1 }, then: { action: 'disconnect' } },
    { when: { call: 2 }, then: { action: 'garbage' } },
  );
  assert.deepEqual(await simulator.charge(chargeOf()), { outcome: 'unknown', reason: 'disconnected' });
  assert.deepEqual(simulator.ledger('acc_one'), []);
  assert.deepEqual(await simulator.charge(chargeOf()), { outcome: 'unknown', reason: 'garbled' });
  assert.equal(simulator.ledger('acc_one')[0]?.outcome, 'approved');
});

test('a delayed answer comes after its time, although it was acted on at once', async () => {
  const { simulator, script, armed } = rig();
  await script({ when: {}, then: { action: 'delay', ms: 300 } });
  const charging = simulator.charge(chargeOf());
  while (armed.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(simulator.ledger('acc_one').length, 1);
  assert.deepEqual(
    armed.map(({ ms }) => ms),
    [300],
  );
  armed[0]?.run();
  assert.equal((await charging).outcome, 'approved');
});

test('a late charge is acted on after the vault gave up', async () => {
  const { simulator, script, armed } = rig();
  await script({ when: { operation: 'charge' }, then: { action: 'answer-late', ms: 500 } });
  const charging = simulator.charge(chargeOf());
  assert.deepEqual(simulator.ledger('acc_one'), []);
  assert.deepEqual(
    armed.map(({ ms }) => ms),
    [acquirerTimeoutMs + 1 + 500],
  );
  armed[0]?.run();
  assert.equal((await charging).outcome, 'approved');
});

test('a late charge that was reversed before it arrived moves no money', async () => {
  const { simulator, script, armed } = rig();
  await script({ when: { operation: 'charge' }, then: { action: 'answer-late' } });
  const message = chargeOf();
  const charging = simulator.charge(message);
  await simulator.reverse(message);
  armed[0]?.run();
  assert.equal((await charging).outcome, 'declined');
});

test('what is still on its way when the simulator closes is lost and breaks nothing', async () => {
  const { simulator, script, armed } = rig();
  await script({ when: {}, then: { action: 'answer-late' } });
  void simulator.charge(chargeOf());
  await simulator.close();
  assert.deepEqual(armed, []);
});

test('a reversal or inquiry that is refused confirms nothing; a lost one leaves no mark', async () => {
  const { simulator, script } = rig();
  const message = chargeOf();
  await simulator.charge(message);
  await script(
    { when: { operation: 'reverse', cardNumberEndsWith: '0002', call: 1 }, then: { action: 'decline' } },
    { when: { operation: 'inquire' }, then: { action: 'disconnect' } },
  );
  assert.equal((await simulator.reverse(message)).outcome, 'unknown');
  assert.equal((await simulator.inquire(message)).outcome, 'unknown');
  assert.deepEqual(
    simulator.ledger('acc_one').map(({ operation }) => operation),
    ['charge'],
  );
  assert.equal((await simulator.reverse(message)).outcome, 'reversed');
});

test('the ledger is read in pages, without inquiries; a reset empties one account and no other', async () => {
  const { simulator, script } = rig();
  const message = chargeOf();
  await script({ when: { operation: 'refund' }, then: decline('51') });
  await simulator.charge(message);
  await simulator.inquire(message);
  await simulator.reverse(message);
  await simulator.charge(chargeOf({ accountId: 'acc_two' }));
  const first = await simulator.sandbox.ledger('acc_one', { after: 0, limit: 1 });
  assert.deepEqual(
    first.map(({ operation, outcome }) => [operation, outcome]),
    [['charge', 'approved']],
  );
  const rest = await simulator.sandbox.ledger('acc_one', { after: first[0]?.sequence ?? 0, limit: 10 });
  assert.deepEqual(
    rest.map(({ operation, outcome }) => [operation, outcome]),
    [['reverse', 'reversed']],
  );
  await simulator.sandbox.reset('acc_one');
  assert.deepEqual(await simulator.sandbox.script('acc_one'), { seed: 0, rules: [] });
  assert.deepEqual(simulator.ledger('acc_one'), []);
  assert.equal(simulator.ledger('acc_two').length, 1);
});

test('opens the file of an earlier release, and leaves that of a later one alone', () => {
  const path = freshPath();
  openSimulatorFile(path).close();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const old = new DatabaseSync(path);
  old.exec(
    "insert into ledger values ('acc_one', 'att_1', 'inquire', 1, 0, 'pi_1', null, null, null, null, 'approved', '00', 1, null);" +
      'drop index ledger_in_order; drop table scripts; alter table ledger drop column merchant_reference; pragma user_version = 1',
  );
  old.close();
  openSimulatorFile(path).close();
  // Inquiries were in the book once.
  assert.deepEqual(readLedger(path), []);
  const later = new DatabaseSync(path);
  later.exec('pragma user_version = 99');
  later.close();
  assert.throws(() => openSimulatorFile(path), /delete it/);
});
