import type { ChargeOutcome, VerifyOutcome } from '../ports/card-processor.ts';
import type { UseCaseContext } from './context.ts';

/**
 * Tells the person on call why a message never left, and passes the outcome on. To the caller, a lost key, a damaged card and
 * an acquirer that is away look alike.
 * @param what the kind of message, and its id
 */
export const noteNotSent = <Outcome extends ChargeOutcome | VerifyOutcome>(
  { onFault }: Pick<UseCaseContext, 'onFault'>,
  what: string,
  outcome: Outcome,
): Outcome => {
  if (outcome.outcome === 'not-sent') onFault(new Error(outcome.reason), `${what}: nothing was sent to the acquirer`);
  return outcome;
};
