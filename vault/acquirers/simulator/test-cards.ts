import type { CardScheme } from '../../../src/domain/card-summary.ts';

/**
 * What the simulated acquirer and issuer do with a card. `responseCode` is field 39 of ISO 8583.
 * - `answer`: `approved`; `declined` with a code; `challenged` where the issuer wants 3-D Secure first.
 * - `delivery`: `once`; `twice` (the network repeats the message); `lost-before` (it never arrives);
 *   `lost-after` (it is acted on and the answer never arrives); by a rule of the sandbox also `disconnected` (the sender
 *   notices that it does not arrive), `garbled` (acted on, the answer cannot be read) and `late` (acted on after the sender gave up).
 */
export type Behaviour = {
  readonly answer:
    | { readonly outcome: 'approved' }
    | { readonly outcome: 'declined' | 'challenged'; readonly responseCode: string };
  readonly delivery: 'once' | 'twice' | 'lost-before' | 'lost-after' | 'disconnected' | 'garbled' | 'late';
  /** How much later than at once the answer comes, or with `late` than the sender gives up. */
  readonly delayMs?: number;
};

/** One row of the table that the simulator, the documents and the tests read. */
export type TestCard = {
  readonly number: string;
  readonly scheme: CardScheme;
  /** What it is for, in a few words. */
  readonly title: string;
  /** Suggested; any expiry and any CVV do (but see `wrongCvvs`). */
  readonly expiry: string;
  readonly cvv: string;
  readonly verify: Behaviour;
  readonly charge: Behaviour;
};

export const approves: Behaviour = { answer: { outcome: 'approved' }, delivery: 'once' };

/** @param responseCode field 39 of ISO 8583 */
export const declines = (responseCode: string): Behaviour => ({
  answer: { outcome: 'declined', responseCode },
  delivery: 'once',
});

/** Any CVV is right, except these: every card then answers a mismatch at verification. */
export const wrongCvvs: readonly string[] = ['999', '9999'];
export const wrongCvvResponseCode = 'N7';
/** For a valid number that is not in the table: no such card. A real card gets nowhere in a sandbox. */
export const unlistedCardResponseCode = '14';
/** Visa's code for "strong customer authentication required". */
const challengeResponseCode = '1A';

const card = (
  number: string,
  scheme: CardScheme,
  title: string,
  more: { cvv?: string; verify?: Behaviour; charge?: Behaviour } = {},
): TestCard => ({
  number,
  scheme,
  title,
  expiry: '12 / 29',
  cvv: scheme === 'AMEX' ? '3410' : '341',
  verify: approves,
  charge: approves,
  ...more,
});

/** Declined when it is verified, and when it is charged should it ever have been kept. */
const declined = (number: string, code: string, meaning: string): TestCard =>
  card(number, 'VISA', `declined ${code}, ${meaning}`, { verify: declines(code), charge: declines(code) });

/** First the public sandbox's own; then one per scheme; then one per outcome, whose third group of digits says which. */
export const testCards: readonly TestCard[] = [
  card('5200000000001005', 'MASTERCARD', 'approved', { cvv: '020' }),
  card('5200000000001096', 'MASTERCARD', 'approved; 3-D Secure 2 in the checkout', { cvv: '020' }),
  card('4456530000001013', 'VISA', 'declined 05, do not honour', { verify: declines('05'), charge: declines('05') }),

  card('4000000000000002', 'VISA', 'approved'),
  card('5555000000000008', 'MASTERCARD', 'approved'),
  card('6759000000000000', 'MAESTRO', 'approved'),
  card('6011000000000004', 'DISCOVER', 'approved'),
  card('36000000000008', 'DCI', 'approved'),
  card('370000000000002', 'AMEX', 'approved'),

  declined('4000000000050007', '05', 'do not honour'),
  declined('4000000000140006', '14', 'no such card number'),
  declined('4000000000410003', '41', 'lost card'),
  declined('4000000000430001', '43', 'stolen card'),
  declined('4000000000510000', '51', 'not enough funds'),
  declined('4000000000540007', '54', 'card out of date'),
  declined('4000000000570004', '57', 'not permitted to this cardholder'),
  declined('4000000000620007', '62', 'restricted card'),
  declined('4000000000650004', '65', 'limit of use reached'),
  declined('4000000000910002', '91', 'issuer not reachable'),
  declined('4000000000960007', '96', 'system malfunction'),
  card('4000000010050005', 'VISA', 'verified, then declined 05 when charged', { charge: declines('05') }),
  card('4000000020000008', 'VISA', 'verified; the charge is lost before the acquirer acts', {
    charge: { ...approves, delivery: 'lost-before' },
  }),
  card('4000000021000007', 'VISA', 'verified; the charge is approved and its answer is lost', {
    charge: { ...approves, delivery: 'lost-after' },
  }),
  card('4000000022000006', 'VISA', 'verified; the charge arrives and is answered twice', {
    charge: { ...approves, delivery: 'twice' },
  }),
  card('4000000030000006', 'VISA', '3-D Secure required', {
    verify: { answer: { outcome: 'challenged', responseCode: challengeResponseCode }, delivery: 'once' },
    charge: declines(challengeResponseCode),
  }),
];

const byNumber: ReadonlyMap<string, TestCard> = new Map(testCards.map((entry) => [entry.number, entry]));

/** @param digits a whole card number */
export const testCardOf = (digits: string): TestCard | undefined => byNumber.get(digits);
