import type { Account } from '../domain/account.ts';
import { applyToChargeAttempt, settleDelayMs } from '../domain/charge-attempt/charge-attempt-machine.ts';
import type { ChargeAttempt } from '../domain/charge-attempt/charge-attempt.ts';
import { renderChargeReport } from '../domain/charge-report.ts';
import type { AttemptRequest } from '../ports/card-processor.ts';
import { readChargeBooks, reportVerdict, type Verdict, writeVerdict } from './charge-books.ts';
import { accountNow, type UseCaseContext } from './context.ts';
import { completeAnswer } from './remember-answer.ts';

/**
 * Finds out what became of an attempt and writes it down; when the acquirer does not say, tries again later.
 * A pending attempt's caller is gone: an approval is adopted. An unknown one's caller was told `Failed`: it is reversed.
 * An attempt is never sent again under a new id, so no customer pays twice.
 */
export const settleChargeAttempt = async (context: UseCaseContext, attempt: ChargeAttempt): Promise<void> => {
  const account = await context.store.account(attempt.accountId);
  if (account === undefined) throw new Error('a charge attempt has lost its account');
  const verdict = await askForVerdict(context, account, attempt).catch((error: unknown) => {
    context.onFault(error, 'settle: the card processor broke down');
    // As good as no answer: an attempt that is not postponed would be the first of the next round again.
    return null;
  });
  const books = await readChargeBooks(context, attempt.id);
  // Somebody else moved it while we asked; the next round sees where it stands.
  if (books.attempt.version !== attempt.version) return;
  if (verdict === null) return postpone(context, attempt);
  const changes = writeVerdict(context, books, verdict, accountNow(context, account));
  if (!changes.ok) throw new Error(`an attempt refused its verdict: ${changes.error}`);
  const answered = attempt.state === 'unknown';
  const answer = answered ? [] : completeAnswer(attempt.answerKey, renderChargeReport(reportVerdict(attempt, verdict)));
  // A conflict here means, too, that somebody else was first.
  const saved = await context.store.commit([...changes.value, ...answer]);
  if (verdict.type === 'lose' && saved.ok) await takeBack(context, attempt.id);
};

/** Sends the reversal that has just become the attempt's only way out. */
const takeBack = async (context: UseCaseContext, attemptId: string): Promise<void> => {
  const claimed = await context.store.chargeAttempt(attemptId);
  if (claimed?.state === 'unknown') await settleChargeAttempt(context, claimed);
};

/** The acquirer's word, or null when it gave none that settles anything. */
const askForVerdict = async (
  context: UseCaseContext,
  account: Account,
  attempt: ChargeAttempt,
): Promise<Verdict | null> => {
  const { id: attemptId, accountId, paymentIntentId, amount } = attempt;
  const request: AttemptRequest = { attemptId, accountId, paymentIntentId, amount, now: accountNow(context, account) };
  if (attempt.state === 'pending') {
    const known = await context.cards.inquire(request);
    switch (known.outcome) {
      case 'approved':
        return { type: 'approve', transaction: known.transaction };
      case 'declined':
        return { type: 'decline', transaction: known.transaction };
      case 'already-reversed':
        return { type: 'reverse', transaction: known.transaction };
      case 'unknown':
      case 'not-sent':
        return null;
      case 'never-received':
        // The message may still be on its way: only a reversal makes sure that it will not be acted on. And the caller may
        // only be slow: from here on it must not write an approval down, so this is durable before the reversal leaves.
        return { type: 'lose' };
    }
  }
  const undone = await context.cards.reverse(request);
  return undone.outcome === 'reversed' ? { type: 'reverse', transaction: undone.transaction } : null;
};

const postpone = async (context: UseCaseContext, attempt: ChargeAttempt): Promise<void> => {
  const now = context.clock.now();
  const later = applyToChargeAttempt(
    attempt,
    { type: 'postpone', settleAfter: now + settleDelayMs(attempt.settleTries) },
    now,
  );
  if (!later.ok) throw new Error(`a live attempt refused to wait: ${later.error}`);
  await context.store.commit([{ kind: 'save-charge-attempt', chargeAttempt: later.value }]);
};
