import type { Refund } from '../domain/refund/refund.ts';
import { declineText } from '../domain/response-codes.ts';
import { problem, problemStatus, renderProblem } from '../problems/problems.ts';
import type { Answer } from './context.ts';

/**
 * What a caller is told of a refund that the acquirer has decided, in every release, byte for byte: the caller, a repeated
 * idempotency key and the settling worker give the same. The API's refund has no status, so a decline is an error.
 * Throws for a refund that is not decided.
 */
export const renderRefund = (refund: Refund): Answer => {
  const { paymentIntentId, id, reason, notes, state, transaction, traceId } = refund;
  if (state === 'refunded') {
    return { status: 200, body: JSON.stringify({ paymentIntentId, refundId: id, refundReason: reason, notes }) };
  }
  if (state !== 'declined' || transaction === null) throw new Error(`a refund is ${state} and has no answer`);
  const detail = `Nothing was given back. The acquirer said ${declineText(transaction.responseCode)}.`;
  const declined = problem('refund-declined', { detail });
  return { status: problemStatus(declined.code), body: JSON.stringify(renderProblem(declined, traceId)) };
};
