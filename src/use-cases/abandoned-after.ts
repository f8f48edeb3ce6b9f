import type { UseCaseContext } from './context.ts';

/** How long a caller may take to write down what the acquirer answered. Too short only costs an inquiry: whoever writes second finds the row changed. */
const recordingMarginMs = 1000;

/**
 * The moment after which a charge or a refund without an outcome counts as abandoned by its caller, and a worker settles it.
 * @param startedAt real time in milliseconds since 1970, as is the answer
 */
export const abandonedAfter = (
  { acquirerTimeoutMs }: Pick<UseCaseContext, 'acquirerTimeoutMs'>,
  startedAt: number,
): number => startedAt + acquirerTimeoutMs + recordingMarginMs;
