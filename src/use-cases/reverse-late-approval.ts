import type { AttemptRequest } from '../ports/card-processor.ts';
import type { UseCaseContext } from './context.ts';

/**
 * Takes back an approval that came after the outcome was written down without it: its caller was told that nothing is charged.
 * A reversal that was confirmed before should have prevented it; an acquirer that forgets is why this exists.
 * An attempt that is approved was adopted, and one that is pending is settled later, with a look at what the acquirer did.
 * One try: where it is not confirmed, the fault names the attempt for a person to follow up.
 */
export const reverseLateApproval = async (context: UseCaseContext, request: AttemptRequest): Promise<void> => {
  const attempt = await context.store.chargeAttempt(request.attemptId);
  if (attempt?.state === 'approved' || attempt?.state === 'pending') return;
  const undone = await context.cards.reverse(request);
  if (undone.outcome === 'reversed' || attempt?.state === 'unknown') return;
  const missing = new Error(`no confirmation for ${request.attemptId}: ${undone.reason}`);
  context.onFault(missing, 'charge: a late approval is not known to be reversed');
};
