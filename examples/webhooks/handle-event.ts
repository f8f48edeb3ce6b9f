import type { WebhookEvent } from '@strongroom/sdk';

/** Deliveries are at least once. In earnest: a unique key in the database, written in the transaction that acts on the event. */
const seen = new Set<string>();

/** What your program does about an event; fast, because the sender waits 10 seconds for the answer. */
export const handleEvent = (event: WebhookEvent): void => {
  if (seen.has(event.id)) return;
  seen.add(event.id);
  switch (event.event) {
    case 'setup_intent.created':
    case 'setup_intent.status_updated':
      console.log(`verified ${event.event} ${event.data.setupIntentStatus} ${event.id}`);
      return;
    case 'payment_intent.created':
    case 'payment_intent.status_updated':
    case 'payment_intent.send-receipt':
    case 'refund.created':
    case 'charge.unknown':
    case 'charge.settled':
      console.log(`verified ${event.event} ${event.data.paymentStatus} ${event.id}`);
      return;
    // A newer server may know more events: confirm them, and do nothing.
    default:
  }
};
