import type { ChargeMessage, VerifyMessage } from '../acquirer.ts';
import type { Behaviour } from './test-cards.ts';
import { declines, testCardOf, unlistedCardResponseCode, wrongCvvResponseCode, wrongCvvs } from './test-cards.ts';

/** A message that has a card in it: the only ones that are answered by choice; all others are answered from the book. */
export type CardMessage =
  | { readonly operation: 'verify'; readonly message: VerifyMessage }
  | { readonly operation: 'charge'; readonly message: ChargeMessage };

/** Chooses what happens to a message. The one place where scripted faults come in. */
export type ChooseBehaviour = (received: CardMessage) => Behaviour;

/** As the table of test cards says. */
export const behaviourByTestCard: ChooseBehaviour = ({ operation, message }) => {
  const card = testCardOf(message.pan.reveal());
  if (card === undefined) return declines(unlistedCardResponseCode);
  if (operation === 'verify' && wrongCvvs.includes(message.cvv.reveal())) return declines(wrongCvvResponseCode);
  return card[operation];
};
