import type { Client, Reply } from '../journeys/open-client.ts';
import { seededRandom, type SeededRandom } from '../sim/seeded-random.ts';
import { type Acknowledged, type KeyedCall, openAcknowledged } from './acknowledged.ts';
import { type Books, type BooksPlace, connectToBooks, countUnderWay, readBooks } from './books.ts';
import { checkBooks, type Violation } from './check-books.ts';
import { type Cluster, type EngineName, openCluster } from './cluster.ts';
import { type Load, type LoadCounts, runGuest } from './guest.ts';
import { pause } from './pause.ts';
import { type SabotageName, sabotage } from './sabotage.ts';

export type CrashOptions = {
  readonly seed: number;
  readonly cycles: number;
  readonly guests: number;
  readonly engine: EngineName;
  readonly nodes: number;
  readonly sabotage: SabotageName | null;
  readonly onCycle?: (cycle: number) => void;
};

export type CrashReport = {
  readonly violations: readonly Violation[];
  readonly counts: LoadCounts & Cluster['counts'];
  readonly figures: Readonly<Record<string, number>>;
};

/** What is left of a crash is settled within seconds; the back-off of an ill acquirer is the longest of it. */
const settleRoundsMax = 600;
const settleRoundMs = 100;
const repeatsMax = 400;

/**
 * An acquirer that is never quite well. The probabilities are low, since the cards themselves misbehave too.
 * Delays leave charges and refunds under way for a power cut to find.
 */
const acquirerRules = (seed: number): object => ({
  seed,
  rules: [
    { when: { operation: 'charge' }, then: { action: 'delay', ms: 60 }, probability: 0.3 },
    { when: { operation: 'charge' }, then: { action: 'timeout-after' }, probability: 0.04 },
    { when: { operation: 'charge' }, then: { action: 'answer-late', ms: 40 }, probability: 0.04 },
    { when: { operation: 'charge' }, then: { action: 'disconnect' }, probability: 0.02 },
    { when: { operation: 'charge' }, then: { action: 'garbage' }, probability: 0.03 },
    { when: { operation: 'refund' }, then: { action: 'delay', ms: 60 }, probability: 0.3 },
    { when: { operation: 'refund' }, then: { action: 'decline', responseCode: '51' }, probability: 0.06 },
    { when: { operation: 'refund' }, then: { action: 'timeout-before' }, probability: 0.05 },
    { when: { operation: 'refund' }, then: { action: 'timeout-after' }, probability: 0.08 },
    { when: { operation: 'refund' }, then: { action: 'answer-late', ms: 40 }, probability: 0.05 },
    { when: { operation: 'refund' }, then: { action: 'answer-twice' }, probability: 0.05 },
    { when: { operation: 'refund' }, then: { action: 'disconnect' }, probability: 0.04 },
    { when: { operation: 'refund' }, then: { action: 'garbage' }, probability: 0.04 },
    { when: { operation: 'inquire' }, then: { action: 'timeout-after' }, probability: 0.1 },
    { when: { operation: 'reverse' }, then: { action: 'timeout-after' }, probability: 0.1 },
    { when: { operation: 'reverse' }, then: { action: 'timeout-before' }, probability: 0.1 },
  ],
});

/** A run as the options say, from an empty folder to the last comparison of the books. Its files are removed. */
export const runCrash = async (options: CrashOptions): Promise<CrashReport> => {
  const cluster = await openCluster(options.engine, options.nodes);
  try {
    const { acknowledged, counts } = await crashUnderLoad(cluster, options);
    await settle(cluster.place, acknowledged);
    await repeatKeyedCalls(cluster, seededRandom(options.seed), acknowledged);
    const codes = await cluster.stopAll();
    if (codes.some((code) => code !== 0)) acknowledged.noteWrong(`a server ended with ${codes.join(', ')} on SIGTERM`);
    for (const fault of cluster.faults) acknowledged.noteWrong(`a server logged a fault: ${fault}`);
    if (options.sabotage !== null) await sabotage(cluster.place, options.sabotage);
    const books = await readBooks(cluster.place);
    return {
      violations: checkBooks(books, acknowledged),
      counts: { ...counts, ...cluster.counts },
      figures: figuresOf(books, acknowledged),
    };
  } finally {
    await cluster.remove();
  }
};

/** The part with the kills. @returns what the callers know afterwards */
const crashUnderLoad = async (
  cluster: Cluster,
  { seed, cycles, guests, onCycle }: Pick<CrashOptions, 'seed' | 'cycles' | 'guests' | 'onCycle'>,
): Promise<{ readonly acknowledged: Acknowledged; readonly counts: LoadCounts }> => {
  const random = seededRandom(seed);
  const acknowledged = openAcknowledged();
  const counts = { answered: 0, cutOff: 0, repeatedUnderKey: 0, unavailable: 0 };
  await cluster.startAll();
  const rules = await (await cluster.client(random)).api('PUT', '/sandbox/acquirer', { body: acquirerRules(seed) });
  if (rules.status !== 200) throw new Error(`the acquirer was not scripted: ${rules.text}`);
  const load: Load = { cluster, acknowledged, counts, stopped: false };
  const running = Promise.all(
    Array.from({ length: guests }, (_, index) => runGuest(load, seededRandom(seed * 1000 + index), `guest-${index}`)),
  );
  // A guest that breaks must not be found out only after all cycles.
  running.catch(() => undefined);
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    await Promise.race([cluster.crashOne(random, () => counts.answered), running]);
    onCycle?.(cycle);
  }
  load.stopped = true;
  await running;
  return { acknowledged, counts };
};

/** Waits until the workers have ended what the crashes left; what stays is a violation, not a failure of the run. */
export const settle = async (place: BooksPlace, acknowledged: Acknowledged): Promise<void> => {
  const connection = await connectToBooks(place);
  try {
    for (let round = 0; round < settleRoundsMax; round += 1) {
      if ((await countUnderWay(connection)) === 0) return;
      await pause(settleRoundMs);
    }
    acknowledged.noteWrong(`${await countUnderWay(connection)} things were not settled in time`);
  } finally {
    await connection.close();
  }
};

/** A repeated call gets the bytes of the first answer, however often the server has died in between. */
const repeatKeyedCalls = async (cluster: Cluster, random: SeededRandom, acknowledged: Acknowledged): Promise<void> => {
  const client = await cluster.client(random);
  for (const call of acknowledged.keyed.slice(-repeatsMax)) {
    const again = await repeat(client, call);
    if (again.status !== call.status || again.text !== call.text)
      acknowledged.noteWrong(
        `${call.key} was answered ${call.status} ${call.text} and then ${again.status} ${again.text}`,
      );
  }
};

const repeat = (client: Client, { path, key, body }: KeyedCall): Promise<Reply> =>
  client.api('POST', path, { headers: { idempotencyKey: key }, ...(body === undefined ? {} : { body }) });

const figuresOf = (books: Books, acknowledged: Acknowledged): CrashReport['figures'] => {
  const attempts = (state: string): number => books.attempts.filter((attempt) => attempt.state === state).length;
  const refunds = (state: string): number => books.refunds.filter((refund) => refund.state === state).length;
  const booked = (operation: string, outcome: string): number =>
    books.ledger.filter((entry) => entry.operation === operation && entry.outcome === outcome).length;
  return {
    'objects acknowledged': acknowledged.statuses.size,
    'setup intents': books.setupIntents.length,
    'payment intents': books.paymentIntents.length,
    events: books.events.length,
    'attempts approved': attempts('approved'),
    'attempts declined': attempts('declined'),
    'attempts reversed': attempts('reversed'),
    'refunds made': refunds('refunded'),
    'refunds declined': refunds('declined'),
    'payments refunded in full': books.paymentIntents.filter(({ status }) => status === 'Refunded').length,
    'approvals in the ledger': booked('charge', 'approved'),
    'refunds in the ledger': booked('refund', 'refunded'),
    'approvals told as Successful': [...acknowledged.told.values()].filter(({ Successful }) => Successful > 0).length,
    'refunds told as made': [...acknowledged.refunds.values()].filter(({ refundId }) => refundId !== null).length,
    'calls repeated after the end': Math.min(repeatsMax, acknowledged.keyed.length),
  };
};
