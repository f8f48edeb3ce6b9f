import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { ChargeOutcome } from '../src/ports/card-processor.ts';
import type { Acquirer, ChargeMessage, VerifyMessage } from './acquirers/acquirer.ts';
import { noAcquirer } from './acquirers/no-acquirer.ts';
import type { Keyring } from './keys/keyring.ts';
import type { MemoryDatabase } from './store/memory-database.fixture.ts';
import { openMemoryDatabase } from './store/memory-database.fixture.ts';
import type { CaptureResult, Vault, VaultOptions } from './vault.ts';
import { openVault } from './vault.ts';

const digits = '5200000000001005';
const cvvCode = '738';
const now = Date.UTC(2026, 5, 1);
const cardDetails = { cardNumber: digits, cardName: 'Ada Lovelace', expiryDate: '12 / 29', cV2: cvvCode };
const amount = { amountMinor: 1000, currency: 'GBP' } as const;
const attempt = { accountId: 'acc_one', now, attemptId: 'att_1', paymentIntentId: 'pi_1', amount };
const transaction = { transactionId: 't', at: now, responseCode: '00', authCode: '123456', avsResult: null };
const approved = { outcome: 'approved', transaction } as const;

const wrappingKey = createSecretKey(randomBytes(32));
const keyring: Keyring = {
  activeKeyId: 'wrap_a',
  wrappingKey: (id) => (id === 'wrap_a' ? wrappingKey : undefined),
  fingerprintKey: createSecretKey(randomBytes(32)),
};

type Heard = { readonly verify: VerifyMessage[]; readonly charge: (ChargeMessage & { readonly number: string })[] };
/** An acquirer that approves everything and remembers what it heard. */
const openEar = (more: Partial<Acquirer> = {}): { acquirer: Acquirer; heard: Heard } => {
  const heard: Heard = { verify: [], charge: [] };
  const acquirer: Acquirer = {
    sandboxOnly: false,
    verify: (message) => {
      assert.equal(message.cvv.reveal(), cvvCode);
      heard.verify.push(message);
      return Promise.resolve(approved);
    },
    charge: (message) => {
      heard.charge.push({ ...message, number: message.pan.reveal() });
      return Promise.resolve(approved);
    },
    reverse: () => Promise.resolve({ outcome: 'reversed', hadApproved: true, transaction }),
    refund: () => Promise.resolve(approved),
    inquire: () => Promise.resolve(approved),
    close: () => Promise.resolve(),
    ...more,
  };
  return { acquirer, heard };
};

type Opened = { vault: Vault; database: MemoryDatabase; heard: Heard; ring: () => void };
const opened = (more: Partial<VaultOptions> = {}, acquirerParts: Partial<Acquirer> = {}): Opened => {
  const database = openMemoryDatabase();
  const { acquirer, heard } = openEar(acquirerParts);
  const armed = new Set<() => void>();
  const vault = openVault({
    database,
    keyring,
    acquirer,
    clock: { now: () => now },
    random: { bytes: (count) => new Uint8Array(randomBytes(count)) },
    timers: {
      after: (_ms, run) => {
        armed.add(run);
        return () => armed.delete(run);
      },
    },
    environment: 'sandbox',
    acquirerTimeoutMs: 5000,
    ...more,
  });
  const ring = (): void => {
    for (const run of armed) run();
  };
  return { vault, database, heard, ring };
};

const capture = (vault: Vault, details: unknown = cardDetails): CaptureResult => {
  const captured = vault.captureCard({ accountId: 'acc_one', cardDetails: details, now });
  assert.ok(captured.ok);
  return captured.value;
};
const verify = (vault: Vault, reference: string, accountId = 'acc_one') =>
  vault.processor.verify({
    accountId,
    now,
    attemptId: 'att_v',
    setupIntentId: 'si_1',
    merchantReference: 'order',
    capturedCardReference: reference,
  });
const kept = async (vault: Vault): Promise<string> => {
  const outcome = await verify(vault, capture(vault).reference);
  assert.ok(outcome.outcome === 'approved');
  return outcome.cardReference;
};
const charge = (vault: Vault, cardReference: string, accountId = 'acc_one') =>
  vault.processor.charge({ ...attempt, accountId, cardReference, merchantReference: 'order' });

test('a captured card shows its truncated summary, a fingerprint and its end, and nothing else', () => {
  const { vault } = opened();
  const { reference, fingerprint, discard: _, ...rest } = capture(vault);
  assert.match(reference, /^card_[A-Za-z0-9_-]{22}$/);
  assert.deepEqual(rest, {
    summary: {
      maskedNumber: '52000000****1005',
      last4: '1005',
      cardholderName: 'Ada Lovelace',
      scheme: 'MASTERCARD',
      fundingType: 'Unknown',
      expiryYear: 2029,
      expiryMonth: 12,
    },
    usableUntil: Date.UTC(2030, 0, 1, 12),
  });
  assert.equal(capture(vault, { ...cardDetails, cardNumber: '5200 0000 0000 1005' }).fingerprint, fingerprint);
});

test('a card that was discarded, as a repeated request does, cannot be verified any more', async () => {
  const { vault, heard } = opened();
  const { reference, discard } = capture(vault);
  discard();
  assert.deepEqual(await verify(vault, reference), { outcome: 'not-sent', reason: 'card-missing' });
  assert.equal(heard.verify.length, 0);
});

test('refuses bad details with their fields', () => {
  const refused = opened().vault.captureCard({
    accountId: 'acc_one',
    cardDetails: { ...cardDetails, cardNumber: '1' },
    now,
  });
  assert.ok(!refused.ok && refused.error.code === 'request-invalid');
  assert.deepEqual(Object.keys(refused.error.errors), ['CardDetails.CardNumber']);
});

test('a verified card is charged with the number that was captured', async () => {
  const { vault, heard } = opened();
  assert.equal((await charge(vault, await kept(vault))).outcome, 'approved');
  assert.equal(heard.charge[0]?.number, digits);
  assert.deepEqual(heard.charge[0].expiry, { year: 2029, month: 12 });
  assert.deepEqual([heard.charge[0].attemptId, heard.charge[0].amount], ['att_1', amount]);
});

test('a capture is verified once, by its own account', async () => {
  const { vault, heard } = opened();
  const { reference } = capture(vault);
  const missing = { outcome: 'not-sent', reason: 'card-missing' };
  assert.deepEqual(await verify(vault, reference, 'acc_two'), missing);
  assert.equal((await verify(vault, reference)).outcome, 'approved');
  assert.deepEqual(await verify(vault, reference), missing);
  assert.equal(heard.verify.length, 1);
});

test('the CVV is gone after every outcome of a verification', async () => {
  const outcomes: Acquirer['verify'][] = [
    () => Promise.resolve(approved),
    () => Promise.resolve({ outcome: 'declined', transaction }),
    () => Promise.resolve({ outcome: 'challenged', transaction }),
    () => Promise.resolve({ outcome: 'unknown', reason: 'garbled' }),
    () => Promise.reject(new Error('broken')),
    () => {
      throw new Error('broken');
    },
  ];
  for (const outcome of outcomes) {
    let seen: VerifyMessage | undefined;
    const { vault } = opened(
      {},
      {
        verify: (message) => {
          seen = message;
          return outcome(message);
        },
      },
    );
    await verify(vault, capture(vault).reference).catch(() => undefined);
    assert.throws(() => seen?.cvv.reveal(), /dropped/);
  }
});

test('a card is kept on approval only', async () => {
  for (const answer of [
    { outcome: 'declined', transaction },
    { outcome: 'challenged', transaction },
    { outcome: 'unknown', reason: 'disconnected' },
    { outcome: 'not-sent', reason: 'acquirer-unreachable' },
  ] as const) {
    const { vault, database } = opened({}, { verify: () => Promise.resolve(answer) });
    assert.deepEqual(await verify(vault, capture(vault).reference), answer);
    assert.deepEqual(database.rows('select * from vault_cards'), []);
  }
});

test('nothing asynchronous lies between ordering the card and the answer', async () => {
  const database = openMemoryDatabase();
  const ordered: string[] = [];
  const watched = {
    ...database,
    append: (...given: Parameters<MemoryDatabase['append']>) => {
      const done = database.append(...given);
      // Runs after every microtask that is ready now: an answer that waited for anything else comes behind it.
      setImmediate(() => ordered.push('next turn'));
      return done;
    },
  };
  const { vault } = opened({ database: watched });
  await kept(vault);
  ordered.push('answered');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(ordered, ['answered', 'next turn']);
});

test('neither the number nor the CVV is in anything that is written', async () => {
  const { vault, database } = opened();
  await kept(vault);
  assert.ok(database.written.length >= 2);
  for (const { sql, params } of database.written)
    for (const value of [sql, ...params]) {
      const bytes = Buffer.from(typeof value === 'number' ? String(value) : (value ?? ''));
      for (const secret of [digits, digits.slice(0, 12)]) {
        assert.equal(bytes.includes(secret), false);
        assert.equal(bytes.includes(Buffer.from(secret).toString('base64').slice(0, 12)), false);
      }
      assert.equal(String(value) === cvvCode, false);
    }
  assert.ok(!inspect(vault, { depth: null, showHidden: true }).includes(digits));
});

test('a row moved to another account, reference or data key is not charged', async () => {
  const moves: [string, string, string][] = [
    ["update vault_cards set account_id = 'acc_two'", 'acc_two', 'same'],
    ["update vault_cards set reference = 'card_moved'", 'acc_one', 'card_moved'],
    [
      "insert into vault_data_keys select 'dk_other', wrapping_key_id, nonce, wrapped, created_at from vault_data_keys; update vault_cards set data_key_id = 'dk_other'",
      'acc_one',
      'same',
    ],
    ['update vault_cards set nonce = zeroblob(12)', 'acc_one', 'same'],
  ];
  for (const [sql, accountId, moved] of moves) {
    const { vault, database, heard } = opened();
    const reference = await kept(vault);
    database.run(sql);
    const outcome = await charge(vault, moved === 'same' ? reference : moved, accountId);
    assert.deepEqual(outcome, { outcome: 'not-sent', reason: 'card-unreadable' }, sql);
    assert.equal(heard.charge.length, 0);
  }
});

test('two rows whose sealed parts are exchanged are not charged', async () => {
  const { vault, database } = opened();
  const one = await kept(vault);
  const other = await kept(vault);
  const [first, second] = [one, other].map((reference) => `from vault_cards where reference = '${reference}'`);
  database.run(`create table kept as select nonce, sealed ${first};
    update vault_cards set (nonce, sealed) = (select nonce, sealed ${second}) where reference = '${one}';
    update vault_cards set (nonce, sealed) = (select nonce, sealed from kept) where reference = '${other}'`);
  for (const reference of [one, other])
    assert.deepEqual(await charge(vault, reference), { outcome: 'not-sent', reason: 'card-unreadable' });
});

test("another account's card and a forgotten one are as good as none", async () => {
  const { vault } = opened();
  const reference = await kept(vault);
  const missing = { outcome: 'not-sent', reason: 'card-missing' };
  assert.deepEqual(await charge(vault, reference, 'acc_two'), missing);
  await vault.processor.forget([reference, 'card_unknown']);
  await vault.processor.forget([]);
  assert.deepEqual(await charge(vault, reference), missing);
});

test('without the keyring a kept card is unreadable, not charged and not an error', async () => {
  const { vault, database } = opened();
  const reference = await kept(vault);
  const { vault: later } = opened({ database, keyring: { ...keyring, wrappingKey: () => undefined } });
  assert.deepEqual(await charge(later, reference), { outcome: 'not-sent', reason: 'card-unreadable' });
});

test('an acquirer that hangs is an unknown outcome for every operation, and no card is kept', async () => {
  const hang = <T>(): Promise<T> => new Promise<T>(() => undefined);
  const { vault: working, database } = opened();
  const cardReference = await kept(working);
  const { vault, ring } = opened(
    { database },
    { verify: hang, charge: hang, reverse: hang, refund: hang, inquire: hang },
  );
  const asked = [
    verify(vault, capture(vault).reference),
    charge(vault, cardReference),
    vault.processor.reverse(attempt),
    vault.processor.refund({ ...attempt, refundId: 'rfnd_1' }),
    vault.processor.inquire(attempt),
  ];
  await new Promise((resolve) => setImmediate(resolve));
  ring();
  for (const outcome of await Promise.all(asked)) assert.deepEqual(outcome, { outcome: 'unknown', reason: 'timeout' });
  assert.equal(database.rows('select reference from vault_cards').length, 1);
});

test('an answer that comes after the time limit keeps no card', async () => {
  const late = Promise.withResolvers<typeof approved>();
  const { vault, database, ring } = opened({}, { verify: () => late.promise });
  const verifying = verify(vault, capture(vault).reference);
  await new Promise((resolve) => setImmediate(resolve));
  ring();
  late.resolve(approved);
  assert.deepEqual(await verifying, { outcome: 'unknown', reason: 'timeout' });
  assert.deepEqual(database.rows('select reference from vault_cards'), []);
});

test('kept cards are told with their owners, in pages, and only those that are old enough', async () => {
  const { vault } = opened();
  const references = [await kept(vault), await kept(vault), await kept(vault)].sort();
  const first = await vault.processor.keptCards({ after: '', keptBefore: now + 1, limit: 2 });
  assert.deepEqual(
    first,
    references.slice(0, 2).map((reference) => ({ reference, accountId: 'acc_one', setupIntentId: 'si_1' })),
  );
  const next = await vault.processor.keptCards({ after: references[1] ?? '', keptBefore: now + 1, limit: 2 });
  assert.deepEqual(
    next.map(({ reference }) => reference),
    references.slice(2),
  );
  assert.deepEqual(await vault.processor.keptCards({ after: '', keptBefore: now, limit: 2 }), []);
});

test('nothing is asked of the acquirer when the card could not be kept', async () => {
  const database = openMemoryDatabase();
  const { vault, heard } = opened({ database: { ...database, write: () => Promise.reject(new Error('disk full')) } });
  await assert.rejects(verify(vault, capture(vault).reference), /disk full/);
  assert.equal(heard.verify.length, 0);
});

test('refuses test cards in production, and takes others', () => {
  const { vault } = opened({ environment: 'prod' });
  const refused = vault.captureCard({ accountId: 'acc_one', cardDetails, now });
  assert.deepEqual(refused, { ok: false, error: { code: 'test-card-refused' } });
  assert.equal(capture(vault, { ...cardDetails, cardNumber: '4111111111111111' }).summary.last4, '1111');
});

test('no production vault opens with an acquirer that moves no real money', () => {
  const { acquirer } = openEar({ sandboxOnly: true });
  assert.throws(() => opened({ environment: 'prod', acquirer }), /simulator/);
  assert.doesNotThrow(() => opened({ environment: 'sandbox', acquirer }));
});

test('without an acquirer nothing is sent', async () => {
  const { vault } = opened({ environment: 'prod', acquirer: noAcquirer });
  const { reference } = capture(vault, { ...cardDetails, cardNumber: '4111111111111111' });
  const notSent = { outcome: 'not-sent', reason: 'no-acquirer' };
  assert.deepEqual(await verify(vault, reference), notSent);
  assert.deepEqual(await vault.processor.inquire(attempt), notSent);
});

test('is busy rather than without bound when cards are captured and not verified', () => {
  const { vault } = opened({ limits: { capturedCardsMax: 1 } });
  capture(vault);
  assert.deepEqual(vault.captureCard({ accountId: 'acc_one', cardDetails, now }), {
    ok: false,
    error: { code: 'vault-busy' },
  });
});

test('closing forgets captured cards', async () => {
  const { vault } = opened();
  const { reference } = capture(vault);
  await vault.close();
  assert.equal((await verify(vault, reference)).outcome, 'not-sent');
});

test('a charge that is approved after the time limit is reported with its attempt, and a late decline is not', async () => {
  const reported: string[] = [];
  const late = [Promise.withResolvers<ChargeOutcome>(), Promise.withResolvers<ChargeOutcome>()] as const;
  let charges = 0;
  const { vault, ring } = opened(
    { onLateApproval: ({ attemptId, accountId }) => void reported.push(`${accountId} ${attemptId}`) },
    { charge: () => (charges++ === 0 ? late[0] : late[1]).promise },
  );
  const cardReference = await kept(vault);
  const charging = [charge(vault, cardReference), charge(vault, cardReference)];
  await new Promise((resolve) => setImmediate(resolve));
  ring();
  for (const outcome of await Promise.all(charging)) assert.equal(outcome.outcome, 'unknown');
  late[0].resolve(approved);
  late[1].resolve({ outcome: 'declined', transaction });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(reported, [`acc_one ${attempt.attemptId}`]);
});
