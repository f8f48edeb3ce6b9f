/** A known bug: what to replace by what, and where. */
export type Mutant = {
  readonly name: string;
  readonly edits: readonly { readonly file: string; readonly find: string; readonly replace: string }[];
};

const charge = 'src/use-cases/charge-payment-intent.ts';
const settle = 'src/use-cases/settle-charge-attempt.ts';
const refund = 'src/use-cases/refund-payment-intent.ts';
const refundBooks = 'src/use-cases/refund-books.ts';
const setupMachine = 'src/domain/setup-intent/setup-intent-machine.ts';
const paymentMachine = 'src/domain/payment-intent/payment-intent-machine.ts';
const attemptMachine = 'src/domain/charge-attempt/charge-attempt-machine.ts';
const statements = 'src/store/statements.ts';
const store = 'src/store/open-store.ts';

const one = (name: string, file: string, find: string, replace: string): Mutant => ({
  name,
  edits: [{ file, find, replace }],
});

const guard = `if (intent.liveAttemptId !== null) return refuse('charge-pending');`;
const madeUp = `({ transactionId: 'made-up', at: 0, responseCode: '00', authCode: null, avsResult: null })`;

/** Every one must be caught: a simulation that cannot see these bugs proves nothing when it sees none. */
export const mutants: readonly Mutant[] = [
  {
    name: 'skip-the-unique-check',
    edits: [
      {
        file: 'src/store/migrations/0001-intents.ts',
        find: 'create unique index charge_attempts_live',
        replace: 'create index charge_attempts_live',
      },
      { file: setupMachine, find: guard, replace: '' },
    ],
  },
  one(
    'answer-before-commit',
    store,
    'const refusal = await engine.write(statements);',
    'const refusal = undefined; engine.write(statements).catch(() => undefined);',
  ),
  one(
    'commit-in-two-halves',
    store,
    'const refusal = await engine.write(statements);',
    'const refusal = (await engine.write(statements.slice(0, 1))) ?? (statements.length > 1 ? await engine.write(statements.slice(1)) : undefined);',
  ),
  one(
    'drop-the-reversal',
    settle,
    'const undone = await context.cards.reverse(request);',
    `const undone = { outcome: 'reversed', transaction: ${madeUp} } as const;`,
  ),
  one(
    'forget-an-event',
    'src/use-cases/intent-changes.ts',
    `{ kind: 'save-payment-intent', paymentIntent: moved.intent }, ...appendPaymentEvents(context, moved, data),`,
    `{ kind: 'save-payment-intent', paymentIntent: moved.intent },`,
  ),
  one('leave-a-gap-in-the-events', 'src/domain/transition.ts', '(rule.event === null ? 0 : 1)', '1'),
  one(
    'retry-an-unknown-charge-under-a-new-id',
    charge,
    'const verdict = verdictOn(await askAcquirer(context, input.account, begun.value));',
    `let outcome = await askAcquirer(context, input.account, begun.value);
     if (outcome.outcome === 'unknown') {
       const attempt = { ...begun.value.attempt, id: newPlainId(context, 'att') };
       outcome = await askAcquirer(context, input.account, { ...begun.value, attempt });
     }
     const verdict = verdictOn(outcome);`,
  ),
  one(
    'take-unknown-for-never-sent',
    charge,
    'const verdict = verdictOn(await askAcquirer(context, input.account, begun.value));',
    `const outcome = await askAcquirer(context, input.account, begun.value);
     const verdict = verdictOn(outcome.outcome === 'unknown' ? { outcome: 'not-sent' } : outcome);`,
  ),
  one(
    'ignore-what-a-crash-left',
    statements,
    `where state in ('pending', 'unknown') and settle_after`,
    `where state in ('unknown') and settle_after`,
  ),
  {
    name: 'adopt-an-approval-after-telling-failed',
    edits: [
      { file: settle, find: `if (attempt.state === 'pending') {`, replace: 'if (attempt.id !== null) {' },
      { file: attemptMachine, find: 'approve: toldFailed,', replace: `approve: { to: 'approved' },` },
    ],
  },
  {
    name: 'release-the-card-while-unknown',
    edits: [
      {
        file: setupMachine,
        find: `if (command.type === 'note-unknown-charge') return {};`,
        replace: `if (command.type === 'note-unknown-charge') return { liveAttemptId: null };`,
      },
      {
        file: paymentMachine,
        find: `command.type === 'note-unknown-charge' ? {} :`,
        replace: `command.type === 'note-unknown-charge' ? { liveAttemptId: null } :`,
      },
    ],
  },
  one(
    'leave-the-answer-open',
    charge,
    'completeAnswer(answerKey, renderChargeReport(report))',
    'completeAnswer(null, renderChargeReport(report))',
  ),
  one('save-over-any-version', statements, 'where id = $6 and version = $7', 'where id = $6 and $7 > 0'),
  one(
    'settle-as-declined-what-was-approved',
    settle,
    `return { type: 'approve', transaction: known.transaction };`,
    `return { type: 'decline', transaction: known.transaction };`,
  ),
  one('reverse-before-it-is-decided', settle, `return { type: 'lose' };`, 'break;'),
  one(
    'delete-while-charging',
    setupMachine,
    guard,
    `if (intent.liveAttemptId !== null && command.type !== 'cancel-or-close') return refuse('charge-pending');`,
  ),
  {
    name: 'expire-while-charging',
    edits: [
      {
        file: paymentMachine,
        find: `intent.status === 'Created' && intent.liveAttemptId === null`,
        replace: `intent.status === 'Created'`,
      },
      {
        file: paymentMachine,
        find: guard,
        replace: `if (intent.liveAttemptId !== null && command.type !== 'expire') return refuse('charge-pending');`,
      },
    ],
  },
  one(
    'say-that-the-clock-has-moved',
    'src/use-cases/advance-sandbox-clock.ts',
    'const saved = await context.store.commit([moveClock(there), ...remembered]);',
    'const saved = await context.store.commit(remembered);',
  ),
  one(
    'hold-the-card-after-a-reversal',
    setupMachine,
    `if (command.type !== 'note-declined-charge') return { liveAttemptId: null };`,
    `if (command.type === 'note-reversed-charge') return {}; if (command.type !== 'note-declined-charge') return { liveAttemptId: null };`,
  ),
  {
    name: 'read-the-attempt-before-its-intents',
    edits: [
      {
        file: 'src/use-cases/charge-books.ts',
        find: 'const { paymentIntentId, setupIntentId } = await chargeAttempt(context, attemptId);',
        replace:
          'const first = await chargeAttempt(context, attemptId); const { paymentIntentId, setupIntentId } = first;',
      },
      {
        file: 'src/use-cases/charge-books.ts',
        find: 'attempt: await chargeAttempt(context, attemptId),',
        replace: 'attempt: first,',
      },
    ],
  },
  one(
    'tell-other-words-than-the-remembered-ones',
    charge,
    'return (await rememberedReport(context, answerKey)) ?? settled;',
    'return settled;',
  ),
  one(
    'forget-an-advance-that-was-overtaken',
    'src/use-cases/advance-sandbox-clock.ts',
    `saved.error === 'stale' ? await context.store.commit(remembered) : saved;`,
    `saved.error === 'stale' ? ({ ok: true } as const) : saved;`,
  ),
  one(
    'show-a-status-after-its-time',
    'src/use-cases/current-setup-intent.ts',
    'if (due === null) return ok(intent);',
    'if (due !== undefined) return ok(intent);',
  ),
  one(
    'never-expire-by-itself',
    'src/use-cases/expire-due-intents.ts',
    'if (intent === undefined) return;',
    'if (intent !== null) return;',
  ),
  one(
    'forget-the-idempotency-key',
    'src/use-cases/remember-answer.ts',
    'if (remember === null) return [];',
    'if (remember !== undefined) return [];',
  ),
  one(
    'let-keys-lapse-within-the-hour',
    'src/use-cases/answer-once.ts',
    'answerLifetimeMs = 24 * 60 * 60 * 1000',
    'answerLifetimeMs = 60 * 1000',
  ),
  one(
    'give-two-answers-for-one-key',
    'src/use-cases/answer-once.ts',
    'if (kept.ok) return ok({ status, body, replayed: false });',
    'return ok({ status, body, replayed: kept.ok && false });',
  ),
  one(
    'take-any-request-under-a-key',
    'src/use-cases/answer-once.ts',
    'if (answer.fingerprint !== fingerprint)',
    'if (answer.fingerprint === null)',
  ),
  one(
    'forget-cards-that-can-be-charged',
    statements,
    `status in ('Expired', 'CardExpired', 'Canceled', 'Completed', 'Closed') order by id`,
    `status in ('Authorized', 'Expired', 'CardExpired', 'Canceled', 'Completed', 'Closed') order by id`,
  ),
  {
    name: 'keep-cards-for-ever',
    edits: [
      {
        file: 'src/use-cases/forget-ended-cards.ts',
        find: 'await context.cards.forget(',
        replace: 'await Promise.resolve(',
      },
      {
        file: 'src/use-cases/forget-orphan-cards.ts',
        find: 'if (orphans.length > 0) await',
        replace: 'if (orphans.length < 0) await',
      },
    ],
  },
  {
    name: 'keep-cards-without-an-owner',
    edits: [
      {
        file: 'src/use-cases/create-setup-intent.ts',
        find: 'if (cardReference !== null) await',
        replace: 'if (cardReference === undefined) await',
      },
      {
        file: 'src/use-cases/forget-orphan-cards.ts',
        find: 'if (orphans.length > 0) await',
        replace: 'if (orphans.length < 0) await',
      },
    ],
  },
  one(
    'retry-what-the-schemes-forbid',
    'src/domain/setup-intent/retry-rules.ts',
    `return 'retry-forbidden';`,
    'return null;',
  ),
  one(
    'charge-another-amount',
    charge,
    'amount: totalAmount(paymentIntent),',
    'amount: { ...totalAmount(paymentIntent), amountMinor: 1 },',
  ),
  one(
    'skip-the-reservation-of-a-refund',
    paymentMachine,
    `if (amountMinor > left - reserved) return refuse('refund-pending');`,
    '',
  ),
  one(
    'retry-an-unknown-refund-under-a-new-id',
    refund,
    'const verdict = verdictOn(await askForRefund(context, account, refund));',
    `let outcome = await askForRefund(context, account, refund);
     if (outcome.outcome === 'unknown')
       outcome = await askForRefund(context, account, { ...refund, id: newPlainId(context, 'rfnd') });
     const verdict = verdictOn(outcome);`,
  ),
  one(
    'take-an-unknown-refund-for-never-sent',
    refund,
    'const verdict = verdictOn(await askForRefund(context, account, refund));',
    `const outcome = await askForRefund(context, account, refund);
     const verdict = verdictOn(outcome.outcome === 'unknown' ? { outcome: 'not-sent' } : outcome);`,
  ),
  one(
    'ignore-refunds-that-a-crash-left',
    statements,
    `from refunds where state in ('pending', 'unknown') and settle_after`,
    `from refunds where state in ('unknown') and settle_after`,
  ),
  one(
    'hold-what-a-declined-refund-had-reserved',
    paymentMachine,
    `return follow(intent, rule, now, released, evidence);`,
    'return follow(intent, rule, now, {}, evidence);',
  ),
  one(
    'leave-the-answer-of-a-refund-open',
    refundBooks,
    'changes: [...changes, ...answerChanges(moved.value)]',
    'changes: changes.concat(answerChanges(moved.value).slice(1))',
  ),
  one(
    'send-a-refund-before-it-is-durable',
    refund,
    'const begun = await beginRefund(context, input); if (!begun.ok) return begun;',
    `const begun = await beginRefund({ ...context, store: { ...context.store, commit: async (changes) => {
       context.store.commit(changes).catch(() => undefined); return { ok: true, value: undefined }; } } }, input);
     if (!begun.ok) return begun;`,
  ),
  one(
    'forget-to-tell-of-a-refund',
    'src/domain/webhook/notification.ts',
    `if (type === 'Refunded') names.push('refund.created');`,
    '',
  ),
  one(
    'call-a-partial-refund-the-whole',
    paymentMachine,
    `intent.refundedAmountMinor + amountMinor === totalAmount(intent).amountMinor ? 'refund-rest' : 'refund-part'`,
    `'refund-rest'`,
  ),
  one('trust-memory-after-a-doubt', store, 'recent.forget(); throw error;', 'throw error;'),
];
