import { settleDelayMs } from '../domain/charge-attempt/charge-attempt-machine.ts';
import type { Refund } from '../domain/refund/refund.ts';
import { applyToRefund, type RefundCommand } from '../domain/refund/refund-machine.ts';
import type { UseCaseContext } from './context.ts';
import { askForRefund, recordRefund } from './refund-books.ts';

/**
 * Sends a refund again, under its own id, and writes down what the acquirer says; when it does not say, tries again later.
 * The acquirer acts on an id once and answers it as it did, so no customer is given the money twice.
 */
export const settleRefund = async (context: UseCaseContext, refund: Refund): Promise<void> => {
  const account = await context.store.account(refund.accountId);
  if (account === undefined) throw new Error('a refund has lost its account');
  // A caller may only be slow: from here on it must not write down that nothing was sent, so this is durable before we send.
  const asked = refund.state === 'pending' ? await move(context, refund, { type: 'lose' }) : refund;
  if (asked === undefined) return;
  const answer = await askForRefund(context, account, asked);
  if (answer.outcome === 'approved' || answer.outcome === 'declined') {
    const type = answer.outcome === 'approved' ? 'approve' : 'decline';
    await recordRefund(context, account, asked.id, { type, transaction: answer.transaction });
    return;
  }
  // "Not sent" says nothing of the message that went before.
  const settleAfter = context.clock.now() + settleDelayMs(asked.settleTries);
  await move(context, asked, { type: 'postpone', settleAfter });
};

/** The refund as it was saved, or none when somebody else was first: the next round sees where it stands. */
const move = async (context: UseCaseContext, refund: Refund, command: RefundCommand): Promise<Refund | undefined> => {
  const moved = applyToRefund(refund, command, context.clock.now());
  if (!moved.ok) throw new Error(`a live refund refused ${command.type}: ${moved.error}`);
  const saved = await context.store.commit([{ kind: 'save-refund', refund: moved.value }]);
  return saved.ok ? moved.value : undefined;
};
