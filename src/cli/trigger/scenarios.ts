import { fail } from '../output.ts';
import type { Flow, FlowCard, ShownPaymentIntent, ShownSetupIntent } from './flow.ts';

/** Which objects to drive; fresh ones where none are named. */
export type Given = {
  readonly setupIntent?: string;
  readonly paymentIntent?: string;
  /** Whether the account's clock may be moved, which also lets other objects lapse. */
  readonly moveClock: boolean;
};

export type Scenario = {
  readonly does: string;
  /** @returns the ids of the objects that it had to do with */
  readonly run: (flow: Flow, given: Given) => Promise<readonly string[]>;
};

const dayMs = 24 * 60 * 60 * 1000;
/** Soon for a person who waits, and late enough that the intent exists before. */
const lapseInMs = 1_500;

/** The setup intent that is given, in the state that is needed, or a fresh one. */
const setupIntentFor = async (
  flow: Flow,
  { setupIntent }: Given,
  status: 'Created' | 'Authorized',
  card: FlowCard = 'approved',
): Promise<ShownSetupIntent> => {
  if (setupIntent === undefined) return status === 'Created' ? flow.createSetupIntent() : flow.tokenise(card);
  const known = await flow.readSetupIntent(setupIntent);
  if (known.status === status) return known;
  const why =
    known.status === 'Created' ? 'holds no card yet: its customer gives one in the checkout' : `is ${known.status}`;
  return fail(`${setupIntent} ${why}, and has to be ${status}.`);
};

const paymentIntentFor = async (flow: Flow, given: Given, card?: FlowCard): Promise<ShownPaymentIntent> => {
  if (given.paymentIntent !== undefined) return flow.readPaymentIntent(given.paymentIntent);
  const { id } = await setupIntentFor(flow, given, 'Authorized', card);
  return flow.createPaymentIntent(id);
};

const idsOf = ({ id, setupIntentId }: ShownPaymentIntent): readonly string[] =>
  setupIntentId === undefined ? [id] : [setupIntentId, id];

const chargeOnce = async (flow: Flow, given: Given): Promise<readonly string[]> => {
  const paymentIntent = await paymentIntentFor(flow, given);
  const { status, message } = await flow.charge(paymentIntent.id);
  if (status !== 'Successful') fail(`The charge of ${paymentIntent.id} was answered ${status}: ${message}`);
  return idsOf(paymentIntent);
};

/** A charge whose answer is lost on its way; with an object of yours it depends on its card. */
const chargeIntoTheDark = async (flow: Flow, given: Given, until: string): Promise<readonly string[]> => {
  const paymentIntent = await paymentIntentFor(flow, given, 'answerLost');
  const cursor = await flow.newestCursor();
  const { status } = await flow.charge(paymentIntent.id);
  if (status === 'Successful' || status === 'Declined') {
    fail(
      `The charge of ${paymentIntent.id} was answered ${status}: only a card whose answers are lost leaves it open.`,
    );
  }
  await flow.untilEvent(cursor, ({ event, intentId }) => event === until && intentId === paymentIntent.id);
  return idsOf(paymentIntent);
};

const needsClock = (given: Given): void => {
  if (!given.moveClock) {
    fail(
      'This object lapses when the account’s clock gets there. Say --move-clock; other objects may lapse on the way.',
    );
  }
};

const expire = async (flow: Flow, given: Given): Promise<readonly string[]> => {
  if (given.setupIntent !== undefined) {
    const { id, expireAt } = await setupIntentFor(flow, given, 'Created');
    needsClock(given);
    await flow.moveClock(Date.parse(expireAt) + 1_000);
    return [id];
  }
  const cursor = await flow.newestCursor();
  const expireAt = new Date((await flow.accountNow()) + lapseInMs).toISOString();
  const { id } = await flow.createSetupIntent({ expireAt });
  await flow.untilEvent(cursor, ({ event, intentId }) => event === 'setup_intent.status_updated' && intentId === id);
  return [id];
};

const expireCard = async (flow: Flow, given: Given): Promise<readonly string[]> => {
  if (given.setupIntent === undefined) return [(await flow.tokenise('outOfDate')).id];
  const { id, paymentDetails } = await setupIntentFor(flow, given, 'Authorized');
  needsClock(given);
  // The card is good on the last day of its month everywhere on earth.
  await flow.moveClock(Date.parse(paymentDetails?.card?.expiryDate ?? '') + 3 * dayMs);
  return [id];
};

const authorize = async (flow: Flow, given: Given): Promise<readonly string[]> => [
  (await setupIntentFor(flow, given, 'Authorized')).id,
];

const refund = async (flow: Flow, given: Given): Promise<readonly string[]> => {
  const id = given.paymentIntent ?? (await chargeOnce(flow, given)).at(-1) ?? '';
  const { totalAmount, ...paymentIntent } = await flow.readPaymentIntent(id);
  const { refundedAmount } = paymentIntent;
  const rest = { amount: totalAmount.value - refundedAmount };
  // What was given back so far tells this refund from the ones before it.
  await flow.api('POST', `/payment-intents/${encodeURIComponent(id)}/refunds`, rest, `trigger ${id} ${refundedAmount}`);
  return idsOf({ ...paymentIntent, totalAmount });
};

const sendReceipt = async (flow: Flow, given: Given): Promise<readonly string[]> => {
  const id = given.paymentIntent ?? (await chargeOnce(flow, given)).at(-1) ?? '';
  await flow.api('POST', `/payment-intents/${encodeURIComponent(id)}/receipt`, { emails: ['guest@example.com'] });
  return [id];
};

/** Every state that an object can be driven to, by `<object>.<state>`; and every event, by its name. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'setup_intent.created': {
    does: 'creates one without a card',
    run: async (flow) => [(await flow.createSetupIntent()).id],
  },
  'setup_intent.authorized': { does: 'tokenises a card', run: authorize },
  'setup_intent.completed': { does: 'charges its card', run: chargeOnce },
  'setup_intent.expired': { does: 'lets it lapse without a card', run: expire },
  'setup_intent.card_expired': { does: 'lets its card go out of date', run: expireCard },
  'setup_intent.canceled': {
    does: 'deletes one without a card',
    run: async (flow, given) => {
      const { id } = await setupIntentFor(flow, given, 'Created');
      await flow.api('DELETE', `/setup-intents/${encodeURIComponent(id)}`);
      return [id];
    },
  },
  'setup_intent.closed': {
    does: 'deletes one with a card',
    run: async (flow, given) => {
      const { id } = await setupIntentFor(flow, given, 'Authorized');
      await flow.api('DELETE', `/setup-intents/${encodeURIComponent(id)}?includeAuthorized=true`);
      return [id];
    },
  },
  'setup_intent.status_updated': { does: 'the same as setup_intent.completed', run: chargeOnce },
  'payment_intent.created': {
    does: 'creates one for the card on file',
    run: async (flow, given) => idsOf(await paymentIntentFor(flow, given)),
  },
  'payment_intent.captured': { does: 'charges the card on file', run: chargeOnce },
  'payment_intent.canceled': {
    does: 'deletes an unpaid one',
    run: async (flow, given) => {
      const paymentIntent = await paymentIntentFor(flow, given);
      await flow.api('DELETE', `/payment-intents/${encodeURIComponent(paymentIntent.id)}`);
      return idsOf(paymentIntent);
    },
  },
  'payment_intent.status_updated': { does: 'the same as payment_intent.captured', run: chargeOnce },
  'payment_intent.send-receipt': {
    does: 'asks for a receipt of a paid one',
    run: sendReceipt,
  },
  'refund.created': { does: 'gives back what is left of a paid one', run: refund },
  'charge.unknown': {
    does: 'charges a card whose answer is lost',
    run: (flow, given) => chargeIntoTheDark(flow, given, 'charge.unknown'),
  },
  'charge.settled': {
    does: 'the same, until the charge is taken back',
    run: (flow, given) => chargeIntoTheDark(flow, given, 'charge.settled'),
  },
};
