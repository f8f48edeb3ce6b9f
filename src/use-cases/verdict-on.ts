import type { Transaction } from '../domain/transaction.ts';
import type { ChargeOutcome } from '../ports/card-processor.ts';

/** What an acquirer's answer means for whatever was asked of it, a charge or a refund. */
export type AcquirerVerdict =
  | { readonly type: 'approve' | 'decline'; readonly transaction: Transaction }
  | { readonly type: 'lose' | 'fail' };

/** No answer loses track of what was asked; only what never left has failed. */
export const verdictOn = (outcome: ChargeOutcome): AcquirerVerdict => {
  switch (outcome.outcome) {
    case 'approved':
      return { type: 'approve', transaction: outcome.transaction };
    case 'declined':
      return { type: 'decline', transaction: outcome.transaction };
    case 'unknown':
      return { type: 'lose' };
    case 'not-sent':
      return { type: 'fail' };
  }
};
