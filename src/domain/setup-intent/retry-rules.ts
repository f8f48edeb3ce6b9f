import { declineText } from '../response-codes.ts';

/** A declined charge of a card on file, as far as the rules on retrying look at it. */
export type DeclinedCharge = { readonly at: number; readonly responseCode: string };

/** The schemes' rule on repeating declined charges, from a day on. Newest last; a rule holds until the next one begins. */
type RetryRule = {
  /** What a person can look up. */
  readonly name: string;
  /** The first day (UTC) on which it holds. */
  readonly from: string;
  /** The issuer will never approve these: the card is lost, stolen or closed, may not be used so, or its holder revoked it. */
  readonly neverAfter: readonly string[];
  /** Every other decline may be repeated this often within so many days. */
  readonly triesMax: number;
  readonly withinDays: number;
};

/** Visa's Category 1 codes and its limit on reattempts; Mastercard's limit is higher, so the stricter one holds for all. */
const retryRules: readonly RetryRule[] = [
  {
    name: 'Visa’s rule on reattempts of 17 April 2021',
    from: '2021-04-17',
    neverAfter: ['04', '07', '12', '14', '15', '41', '43', '46', '57', 'R0', 'R1', 'R3'],
    triesMax: 15,
    withinDays: 30,
  },
];

const dayMs = 24 * 60 * 60 * 1000;

const ruleAt = (now: number): RetryRule | undefined => retryRules.findLast(({ from }) => Date.parse(from) <= now);

export type RetryRefusal = 'retry-forbidden' | 'retry-limit-reached';

/** Why the schemes do not let this card be charged again now, or null. `now` in milliseconds, in the account's time. */
export const retryRefusal = (declined: readonly DeclinedCharge[], now: number): RetryRefusal | null => {
  const rule = ruleAt(now);
  if (rule === undefined) return null;
  if (declined.some(({ responseCode }) => rule.neverAfter.includes(responseCode))) return 'retry-forbidden';
  const recent = declined.filter(({ at }) => at > now - rule.withinDays * dayMs);
  // The first charge is no retry: fifteen retries make sixteen declines.
  return recent.length > rule.triesMax ? 'retry-limit-reached' : null;
};

/** A retry refusal in words: the rule, what met it, and what can be done. Same parameters as `retryRefusal`. */
export const retryRefusalText = (declined: readonly DeclinedCharge[], now: number): string => {
  const rule = ruleAt(now);
  if (rule === undefined) throw new Error('a retry was refused without a rule');
  const final = declined.find(({ responseCode }) => rule.neverAfter.includes(responseCode));
  if (final !== undefined) {
    return `The issuer answered ${declineText(final.responseCode)}: the card may not be charged again (${rule.name}, category 1, kept for every scheme). Ask for another card.`;
  }
  return `A declined charge may be tried again ${rule.triesMax} times within ${rule.withinDays} days (${rule.name}, kept for every scheme), and it was. Wait, or ask for another card.`;
};

/** The declines that can still matter, so that the list cannot grow without end. */
export const stillRelevant = (declined: readonly DeclinedCharge[]): readonly DeclinedCharge[] =>
  declined.slice(-(Math.max(...retryRules.map(({ triesMax }) => triesMax)) + 1));
