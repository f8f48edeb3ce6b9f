/** What the person on call is told of, and may happen; the books are compared all the same. */
const knownFaults = [
  // A reversal that was confirmed is sent once more for a late answer: that this one may get lost is the product's word.
  {
    is: 'charge: a late approval is not known to be reversed',
    says: 'no confirmation for ',
    tally: 'a person is told of a late approval',
  },
  // A card waits a minute in the vault's memory, and a simulated pause may be longer.
  { is: 'verification ', says: 'card-missing', tally: 'a card is forgotten before it is verified' },
];

/** What is counted of a fault that may happen; `undefined` for one that may not. */
export const knownFault = (what: string, message: string): string | undefined =>
  knownFaults.find(({ is, says }) => what.startsWith(is) && message.startsWith(says))?.tally;
