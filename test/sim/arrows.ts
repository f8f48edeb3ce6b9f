/** The guide's arrows, written down from the guide and not from the product. */
export const setupArrows: Readonly<Record<string, readonly string[]>> = {
  Created: ['Authorized', 'Expired', 'CardExpired', 'Canceled'],
  Authorized: ['CardExpired', 'Completed', 'Closed'],
};

export const paymentArrows: Readonly<Record<string, readonly string[]>> = {
  Created: ['Captured', 'Canceled'],
  Captured: ['Refunded'],
};

/** What may become of an attempt: a caller who was told Failed (`unknown`) is never charged by it. */
export const attemptArrows: Readonly<Record<string, readonly string[]>> = {
  pending: ['pending', 'approved', 'declined', 'unknown', 'reversed', 'failed'],
  unknown: ['unknown', 'reversed'],
};

/** What may become of a refund: once it may have left, only the acquirer's word ends it. */
export const refundArrows: Readonly<Record<string, readonly string[]>> = {
  pending: ['refunded', 'declined', 'unknown', 'failed'],
  unknown: ['unknown', 'refunded', 'declined'],
};

export const liveRefundStates: readonly string[] = ['pending', 'unknown'];

/** The event that a payment intent owes to the end of a refund; of the last one it is its new status's, too. */
export const eventOfRefund: Readonly<Record<string, string>> = {
  refunded: 'Refunded',
  declined: 'Declined',
  failed: 'Error',
};

export const liveStates: readonly string[] = ['pending', 'unknown'];

/** The event that tells of a status, where there is one name for it. */
export const eventOfStatus: Readonly<Record<string, string>> = {
  Created: 'Created',
  Authorized: 'Authorized',
  Expired: 'Canceled',
  CardExpired: 'Canceled',
  Canceled: 'Canceled',
  Closed: 'Canceled',
  Completed: 'Captured',
  Captured: 'Captured',
};

/** The event that both intents owe to the end of an attempt; an approval is told by their new status. */
export const eventOfAttempt: Readonly<Record<string, string>> = {
  declined: 'Declined',
  unknown: 'Unknown',
  reversed: 'Reversed',
  failed: 'Error',
};

/** Declines after which the schemes forbid to charge the card again (Visa's category 1). */
export const neverAgainCodes: readonly string[] = '04 07 12 14 15 41 43 46 57 R0 R1 R3'.split(' ');

/** Other declines may be retried so often within 30 days. */
export const retriesMax = 15;
