import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CardSummary } from '../card-summary.ts';
import type { Transaction } from '../transaction.ts';
import type { SetupIntent, SetupIntentStatus } from './setup-intent.ts';
import { setupIntentStatuses } from './setup-intent.ts';
import {
  applyToSetupIntent,
  dueSetupIntentCommand,
  newSetupIntent,
  type SetupIntentCommand,
  setupIntentTable,
} from './setup-intent-machine.ts';

const card: CardSummary = {
  maskedNumber: '52000000****1005',
  last4: '1005',
  cardholderName: 'A Guest',
  scheme: 'MASTERCARD',
  fundingType: 'Unknown',
  expiryYear: 2029,
  expiryMonth: 12,
};
const transaction: Transaction = { transactionId: 't', at: 5, responseCode: '00', authCode: '123456', avsResult: null };
const session = { secret: 's', expiresAt: 99 };
const now = 1_000;
/** After the expiry of `card` and of `expireAt`. */
const late = Date.UTC(2031, 0, 1);

const created = newSetupIntent(
  {
    id: 'si',
    accountId: 'acc',
    expireAt: 2_000,
    session,
    terms: { reference: 'r', terms: 't', merchantInitiatedTransactionType: 'NoShow', intendedAmount: null, echo: {} },
  },
  now,
).intent;

const inStatus = (status: SetupIntentStatus, liveAttemptId: string | null = null): SetupIntent => ({
  ...created,
  status,
  card: status === 'Created' ? null : card,
  cardReference: status === 'Created' ? null : 'card_1',
  liveAttemptId,
});

const commands: { readonly [type in SetupIntentCommand['type']]: SetupIntentCommand } = {
  authorize: { type: 'authorize', cardReference: 'card_1', card, transaction },
  decline: { type: 'decline', card, transaction },
  challenge: { type: 'challenge', card, transaction },
  'fail-verification': { type: 'fail-verification', card },
  'reject-expired-card': { type: 'reject-expired-card', card, transaction: null },
  expire: { type: 'expire' },
  'expire-card': { type: 'expire-card' },
  cancel: { type: 'cancel' },
  'cancel-or-close': { type: 'cancel-or-close' },
  'begin-charge': { type: 'begin-charge', attemptId: 'att_1' },
  complete: { type: 'complete', attemptId: 'att_1', transaction },
  'note-declined-charge': { type: 'note-declined-charge', attemptId: 'att_1', transaction },
  'note-unknown-charge': { type: 'note-unknown-charge', attemptId: 'att_1' },
  'note-reversed-charge': { type: 'note-reversed-charge', attemptId: 'att_1', transaction },
  'note-failed-charge': { type: 'note-failed-charge', attemptId: 'att_1' },
  'forget-card': { type: 'forget-card' },
  'refresh-session': { type: 'refresh-session', session },
};
const ofAnAttempt = (type: string) => type === 'complete' || type.startsWith('note-');

/** The guide's diagram and the table of statuses of the API, written down apart from the code. */
const arrows = new Set([
  'Created>Authorized',
  'Created>Expired',
  'Created>CardExpired',
  'Created>Canceled',
  'Authorized>CardExpired',
  'Authorized>Closed',
  'Authorized>Completed',
]);

for (const status of setupIntentStatuses) {
  for (const command of Object.values(commands)) {
    const rule = setupIntentTable[status][command.type];
    const outcome =
      'refusal' in rule ? `refuses ${command.type} with ${rule.refusal}` : `goes to ${rule.to} on ${command.type}`;
    test(`${status} ${outcome}`, () => {
      const intent = inStatus(status, ofAnAttempt(command.type) ? 'att_1' : null);
      const moved = applyToSetupIntent(intent, command, late);
      if ('refusal' in rule) {
        assert.deepEqual(moved, { ok: false, error: rule.refusal });
        return;
      }
      assert.ok(moved.ok);
      assert.equal(moved.value.intent.status, rule.to);
      assert.equal(moved.value.intent.version, intent.version + 1);
      assert.equal(moved.value.events.length, rule.event === null ? 0 : 1);
      assert.equal(moved.value.events[0]?.type ?? null, rule.event);
    });
  }
}

test('moves along the arrows of the guide only, and along every one of them', () => {
  const seen = new Set<string>();
  for (const status of setupIntentStatuses) {
    for (const rule of Object.values(setupIntentTable[status])) {
      if (!('refusal' in rule) && rule.to !== status) seen.add(`${status}>${rule.to}`);
    }
  }
  assert.deepEqual([...seen].sort(), [...arrows].sort());
});

test('while an attempt is live, takes only that attempt’s commands and a new session secret', () => {
  for (const status of ['Authorized'] as const) {
    for (const command of Object.values(commands)) {
      const moved = applyToSetupIntent(inStatus(status, 'att_1'), command, late);
      if (ofAnAttempt(command.type) || command.type === 'refresh-session') assert.ok(moved.ok, command.type);
      else if (command.type !== 'forget-card')
        assert.deepEqual(moved, { ok: false, error: 'charge-pending' }, command.type);
    }
  }
});

test('refuses the outcome of an attempt that is not the live one', () => {
  for (const command of Object.values(commands).filter(({ type }) => ofAnAttempt(type))) {
    assert.deepEqual(applyToSetupIntent(inStatus('Authorized', 'att_2'), command, now), {
      ok: false,
      error: 'attempt-not-live',
    });
  }
});

test('an unknown charge keeps holding the card; every other outcome lets it go', () => {
  for (const command of Object.values(commands).filter(({ type }) => ofAnAttempt(type))) {
    const moved = applyToSetupIntent(inStatus('Authorized', 'att_1'), command, now);
    assert.ok(moved.ok);
    assert.equal(
      moved.value.intent.liveAttemptId,
      command.type === 'note-unknown-charge' ? 'att_1' : null,
      command.type,
    );
  }
});

test('expires at its moment and not a millisecond before', () => {
  assert.equal(dueSetupIntentCommand(inStatus('Created'), 1_999), null);
  assert.deepEqual(dueSetupIntentCommand(inStatus('Created'), 2_000), { type: 'expire' });
  assert.deepEqual(applyToSetupIntent(inStatus('Created'), { type: 'expire' }, 1_999), { ok: false, error: 'not-due' });
});

test('an authorized card goes out of date when its month has ended everywhere on earth', () => {
  const lastMoment = Date.UTC(2030, 0, 1, 12);
  assert.equal(dueSetupIntentCommand(inStatus('Authorized'), lastMoment - 1), null);
  assert.deepEqual(dueSetupIntentCommand(inStatus('Authorized'), lastMoment), { type: 'expire-card' });
});

test('an authorized intent outlives its expireAt, and nothing is due while a charge holds it', () => {
  assert.equal(dueSetupIntentCommand(inStatus('Authorized'), 3_000), null);
  assert.equal(dueSetupIntentCommand(inStatus('Authorized', 'att_1'), late), null);
});

test('any run of commands numbers its events 1, 2, 3 … and never lets time run back', () => {
  const anyCommand = fc.constantFrom(...Object.values(commands));
  fc.assert(
    fc.property(fc.array(fc.tuple(anyCommand, fc.integer({ min: 0, max: late })), { maxLength: 30 }), (steps) => {
      let intent = created;
      let last = 1;
      for (const [command, at] of steps) {
        const moved = applyToSetupIntent(intent, command, at);
        if (!moved.ok) continue;
        for (const event of moved.value.events) {
          assert.equal(event.sequence, ++last);
          assert.equal(event.statusChanged, moved.value.intent.status !== intent.status);
        }
        assert.ok(moved.value.intent.updatedAt >= intent.updatedAt);
        intent = moved.value.intent;
      }
    }),
  );
});
