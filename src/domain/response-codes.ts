/**
 * What an issuer or acquirer answers in field 39 of an ISO 8583 message, in the words that a merchant can act on.
 * Only codes that reach a merchant are named; any other is shown as a plain decline with its number.
 */
const texts: Readonly<Record<string, string>> = {
  '00': 'Approved',
  '04': 'Pick up card',
  '05': 'Do not honour',
  '07': 'Pick up card, special condition',
  '12': 'Invalid transaction',
  '13': 'Invalid amount',
  '14': 'Invalid card number',
  '15': 'No such issuer',
  '30': 'Format error',
  '41': 'Lost card',
  '43': 'Stolen card',
  '46': 'Closed account',
  '51': 'Insufficient funds',
  '54': 'Expired card',
  '57': 'Transaction not permitted to cardholder',
  '61': 'Exceeds amount limit',
  '62': 'Restricted card',
  '65': 'Exceeds frequency limit',
  '82': 'Incorrect CVV',
  '91': 'Issuer unavailable',
  '96': 'System malfunction',
  R0: 'Stop payment order',
  R1: 'Revocation of authorisation',
  R3: 'Revocation of all authorisations',
};

/** The issuer's word that the card's date has passed. */
export const expiredCardResponseCode = '54';

/** `05: Do not honour`; a code without a known text gives `Declined`. */
export const declineText = (responseCode: string): string => `${responseCode}: ${texts[responseCode] ?? 'Declined'}`;
