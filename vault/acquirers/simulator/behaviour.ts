import type { ChargeMessage, VerifyMessage } from '../acquirer.ts';
import type { Behaviour } from './test-cards.ts';
import { declines, testCardOf, unlistedCardResponseCode, wrongCvvResponseCode, wrongCvvs } from './test-cards.ts';

/** A message that has a card in it: all others are answered from the book. */
export type CardMessage =
  | { readonly operation: 'verify'; readonly message: VerifyMessage }
  | { readonly operation: 'charge'; readonly message: ChargeMessage };

/** What happens to a message as the table of test cards says; a script may say otherwise. */
export const behaviourByTestCard = ({ operation, message }: CardMessage): Behaviour => {
  const card = testCardOf(message.pan.reveal());
  if (card === undefined) return declines(unlistedCardResponseCode);
  if (operation === 'verify' && wrongCvvs.includes(message.cvv.reveal())) return declines(wrongCvvResponseCode);
  return card[operation];
};
