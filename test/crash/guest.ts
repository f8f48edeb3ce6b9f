import { type Client, codeOf, type Reply } from '../journeys/open-client.ts';
import type { SeededRandom } from '../sim/seeded-random.ts';
import { type Acknowledged, rankOf } from './acknowledged.ts';
import type { Cluster } from './cluster.ts';
import { pause } from './pause.ts';

/** What a run counts of its callers' calls. */
export type LoadCounts = { answered: number; cutOff: number; repeatedUnderKey: number; unavailable: number };

export type Load = {
  readonly cluster: Cluster;
  readonly acknowledged: Acknowledged;
  readonly counts: LoadCounts;
  /** Set to end the guests after the call that they are in. */
  stopped: boolean;
};

type Send = (client: Client) => Promise<Reply>;

/** Mostly good cards; the others go through every way in which a charge can end, lost answers above all. */
const cards = [
  ...Array.from({ length: 8 }, () => '5200000000001005'),
  ...['4000000000000002', '370000000000002'],
  ...['4000000020000008', '4000000020000008', '4000000021000007', '4000000021000007', '4000000022000006'],
  ...['4000000010050005', '4000000000510000', '4000000030000006'],
];

/** A call is repeated under its key so often at most; then the caller gives up, as people do. */
const triesMax = 30;
const waitMs = 40;
const networkFailures = /ECONN|EPIPE|ERR_STREAM|aborted|socket hang up/;

/** One call. `'cut off'`: the connection ended before an answer. Any other failure is a bug of the run. */
const tryOnce = async (load: Load, random: SeededRandom, send: Send): Promise<Reply | 'cut off'> => {
  const client = await load.cluster.client(random);
  try {
    const reply = await send(client);
    load.counts.answered += 1;
    if (reply.status === 503) load.counts.unavailable += 1;
    else if (reply.status >= 500) load.acknowledged.noteWrong(`an answer was ${reply.status}: ${reply.text}`);
    return reply;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (!networkFailures.test(`${code} ${message}`)) throw error;
    load.counts.cutOff += 1;
    return 'cut off';
  }
};

/** Whether another try under the same key may get another answer. */
const mayComeYet = (reply: Reply | 'cut off'): boolean =>
  reply === 'cut off' || reply.status === 503 || reply.status === 409;

/** A call that is repeated under its idempotency key until it is answered, on whichever server runs then. */
const untilAnswered = async (load: Load, random: SeededRandom, send: Send): Promise<Reply | undefined> => {
  for (let tries = 0; tries < triesMax && !load.stopped; tries += 1) {
    if (tries > 0) {
      load.counts.repeatedUnderKey += 1;
      await pause(waitMs);
    }
    const reply = await tryOnce(load, random, send);
    if (!mayComeYet(reply) && reply !== 'cut off') return reply;
  }
  return undefined;
};

/** One caller: books a stay, is charged for it, gets some of it back, and looks after what it was told; again and again, until the load is stopped. */
export const runGuest = async (load: Load, random: SeededRandom, name: string): Promise<void> => {
  for (let stay = 1; !load.stopped; stay += 1) await runStay(load, random, `${name}-${stay}`);
};

const runStay = async (load: Load, random: SeededRandom, stay: string): Promise<void> => {
  const card = random.pick(cards);
  const setupIntent = await create(load, random, stay, (client, reference, headers) =>
    client.tokenise(card, { reference }, { headers }),
  );
  if (setupIntent === undefined) return;
  const paymentIntentIds: string[] = [];
  const amounts = new Map<string, number>();
  for (let made = 0; made < (random.chance(0.15) ? 2 : 1); made += 1) {
    const amount = { value: 100 + random.int(100_000), currencyCode: 'GBP' };
    const paymentIntent = await create(load, random, `${stay}-${made}`, (client, reference, headers) =>
      client.createPaymentIntent({ setupIntentId: setupIntent, reference, amount }, { headers }),
    );
    if (paymentIntent === undefined) continue;
    paymentIntentIds.push(paymentIntent);
    amounts.set(paymentIntent, amount.value);
  }
  // At times two callers charge at the same moment: the same intent, or two that name the same card.
  const charges = random.chance(0.2) ? [...paymentIntentIds, ...paymentIntentIds] : paymentIntentIds;
  await Promise.all(charges.map((id, index) => charge(load, random, id, setupIntent, `${stay}-charge-${index}`)));
  for (const [id, amountMinor] of amounts) {
    if (load.acknowledged.statuses.get(id) === 'Captured' && random.chance(0.6))
      await refundSome(load, random, id, amountMinor, stay);
    if (random.chance(0.3)) await end(load, random, `/payment-intents/${id}`, id);
    await look(load, random, `/payment-intents/${id}?returnCanceled=true`, id);
  }
  if (random.chance(0.3)) await end(load, random, `/setup-intents/${setupIntent}?includeAuthorized=true`, setupIntent);
  await look(load, random, `/setup-intents/${setupIntent}`, setupIntent);
};

/** Orders an object, under an idempotency key or without one. @returns its id when an answer named one */
const create = async (
  load: Load,
  random: SeededRandom,
  reference: string,
  send: (client: Client, reference: string, headers: Record<string, string>) => Promise<Reply>,
): Promise<string | undefined> => {
  const key = random.chance(0.6) ? `order-${reference}` : null;
  if (key === null) {
    const reply = await tryOnce(load, random, (client) => send(client, reference, {}));
    return reply === 'cut off' ? undefined : noteCreated(load, reply);
  }
  load.acknowledged.noteOrder(reference);
  const reply = await untilAnswered(load, random, (client) => send(client, reference, { idempotencyKey: key }));
  if (reply === undefined) return undefined;
  await repeatAtOnce(load, random, reply, (client) => send(client, reference, { idempotencyKey: key }));
  return noteCreated(load, reply);
};

const repeatAtOnce = async (load: Load, random: SeededRandom, first: Reply, send: Send): Promise<void> => {
  if (!random.chance(0.1)) return;
  const again = await tryOnce(load, random, send);
  if (again !== 'cut off' && again.status === 200 && again.text !== first.text)
    load.acknowledged.noteWrong(`a repeated call got other bytes: ${again.text}`);
};

const noteCreated = (load: Load, reply: Reply): string | undefined => {
  if (reply.status === 200) {
    load.acknowledged.noteStatus(reply.shown.id, reply.shown.status);
    return reply.shown.id;
  }
  // A payment intent may only name a card that can be charged, and another caller may have charged it.
  if (reply.status !== 400 && reply.status !== 503)
    load.acknowledged.noteWrong(`an order was answered ${reply.status}: ${reply.text}`);
  return undefined;
};

const charge = async (
  load: Load,
  random: SeededRandom,
  id: string,
  setupIntentId: string,
  name: string,
): Promise<void> => {
  const { acknowledged } = load;
  const key = random.chance(0.5) ? name : null;
  const path = `/payment-intents/${id}/charge`;
  if (key !== null) {
    const reply = await untilAnswered(load, random, (client) =>
      client.charge(id, { headers: { idempotencyKey: key } }),
    );
    if (reply === undefined) return;
    acknowledged.noteKeyed(path, key, reply);
    noteCharge(acknowledged, reply, id, setupIntentId);
    return;
  }
  for (let tries = 0; tries < 4 && !load.stopped; tries += 1) {
    const reply = await tryOnce(load, random, (client) => client.charge(id));
    if (reply !== 'cut off') noteCharge(acknowledged, reply, id, setupIntentId);
    // Whoever is cut off looks before charging again, and the second try is the one that must not charge twice.
    if (reply === 'cut off') await look(load, random, `/payment-intents/${id}?returnCanceled=true`, id);
    else if (reply.status !== 409 && reply.shown.status !== 'Failed') return;
    await pause(waitMs);
  }
};

const noteCharge = (acknowledged: Acknowledged, reply: Reply, id: string, setupIntentId: string): void => {
  if (reply.status === 200) {
    const { status } = reply.shown;
    acknowledged.noteTold(id, status);
    if (status !== 'Successful') return;
    acknowledged.noteStatus(id, 'Captured');
    acknowledged.noteStatus(setupIntentId, 'Completed');
    return;
  }
  const code = codeOf(reply);
  if (code === 'payment-intent-already-paid') acknowledged.noteStatus(id, 'Captured');
  else if (code === 'card-already-charged') acknowledged.noteStatus(setupIntentId, 'Completed');
  else if (reply.status !== 400 && reply.status !== 409 && reply.status !== 503)
    acknowledged.noteWrong(`a charge of ${id} was answered ${reply.status}: ${reply.text}`);
};

/** Gives back parts or all, in one call or in several at the same moment: together they may ask for more than was paid. */
const refundSome = async (load: Load, random: SeededRandom, id: string, paid: number, stay: string): Promise<void> => {
  const parts = Array.from({ length: random.pick([1, 1, 2, 3]) }, () =>
    random.pick([paid, Math.ceil(paid / 2), Math.ceil(paid / 3), 1]),
  );
  await Promise.all(parts.map((amount, index) => refund(load, random, id, amount, `${stay}-${id}-refund-${index}`)));
};

/** Reasons why nothing is given back that a caller of a paid payment intent may hear. */
const refundRefusals = ['refund-too-large', 'payment-intent-refunded', 'refund-declined'];

const refund = async (
  load: Load,
  random: SeededRandom,
  paymentIntentId: string,
  amountMinor: number,
  reason: string,
): Promise<void> => {
  const { acknowledged } = load;
  const path = `/payment-intents/${paymentIntentId}/refunds`;
  const body = { amount: amountMinor, refundReason: reason };
  const send: Send = (client) => client.api('POST', path, { body, headers: { idempotencyKey: reason } });
  const reply = await untilAnswered(load, random, send);
  if (reply === undefined) return;
  acknowledged.noteKeyed(path, reason, reply, body);
  if (reply.status === 200) {
    const { refundId } = JSON.parse(reply.text) as { readonly refundId: string };
    acknowledged.noteRefund(reason, { paymentIntentId, amountMinor, refundId });
    await repeatAtOnce(load, random, reply, send);
    return;
  }
  const code = codeOf(reply);
  if (code === 'refund-declined') acknowledged.noteRefund(reason, { paymentIntentId, amountMinor, refundId: null });
  if (code === 'payment-intent-refunded') acknowledged.noteStatus(paymentIntentId, 'Refunded');
  if (reply.status !== 400 || !refundRefusals.includes(code))
    acknowledged.noteWrong(`a refund of ${paymentIntentId} was answered ${reply.status}: ${reply.text}`);
};

const end = async (load: Load, random: SeededRandom, path: string, id: string): Promise<void> => {
  const reply = await tryOnce(load, random, (client) => client.api('DELETE', path));
  if (reply !== 'cut off' && reply.status === 200) load.acknowledged.noteStatus(id, reply.shown.status);
};

/** Reads an object, which must not be behind what anybody was told before the read was sent. */
const look = async (load: Load, random: SeededRandom, path: string, id: string): Promise<void> => {
  const known = load.acknowledged.statuses.get(id);
  const reply = await tryOnce(load, random, (client) => client.api('GET', path));
  if (reply === 'cut off' || reply.status === 503) return;
  if (reply.status !== 200) load.acknowledged.noteWrong(`${id} was read as ${reply.status}: ${reply.text}`);
  else if (known !== undefined && rankOf(reply.shown.status) < rankOf(known))
    load.acknowledged.noteWrong(`${id} was ${known} and was read as ${reply.shown.status}`);
  else load.acknowledged.noteStatus(id, reply.shown.status);
};
