import type { SeededRandom } from './seeded-random.ts';
import { accountCount, type Layout, nodeCountOf, type Simulation } from './simulation.ts';
import { type Fate, type Journey, okFate, type Order, type Step } from './step.ts';
import type { Turn } from './turns.ts';

/** What kind of day it is: each seed has its own, so that rare faults meet quiet runs and crowds meet bad lines. */
export type Temper = {
  readonly layout: Layout;
  readonly openCallsMax: number;
  readonly messageFaults: number;
  readonly declines: number;
  readonly readFaults: number;
  readonly commitFaults: number;
  readonly crashes: number;
  readonly passes: number;
  readonly jumps: number;
  readonly repeats: number;
  /** How often the oldest turn goes first, instead of any. */
  readonly order: number;
  readonly keys: number;
  /** How often the turns of calls come before the rounds of workers. */
  readonly calls: number;
  /** How often callers are held up on their way to and from the acquirer while workers go on, as by a stall. */
  readonly stalls: number;
  /** How often what was paid is given back, instead of any other call. */
  readonly refunds: number;
};

export const temperOf = (random: SeededRandom): Temper => ({
  layout: random.pick(['two nodes', 'two nodes', 'one node']),
  openCallsMax: random.pick([1, 2, 4, 8]),
  messageFaults: random.pick([0, 0.1, 0.3, 0.6]),
  declines: random.pick([0, 0.1, 0.3]),
  readFaults: random.pick([0, 0, 0.01, 0.05]),
  commitFaults: random.pick([0, 0.03, 0.1]),
  crashes: random.pick([0, 0.005, 0.02]),
  passes: random.pick([0.03, 0.1, 0.2]),
  jumps: random.pick([0, 0.005, 0.03]),
  repeats: random.pick([0.05, 0.2, 0.4]),
  order: random.pick([0, 0.5, 0.9]),
  keys: random.pick([0.3, 0.7, 1]),
  calls: random.pick([0.3, 0.8, 0.8]),
  stalls: random.pick([0, 0.9, 0.99]),
  refunds: random.pick([0, 0.1, 0.3]),
});

const faultyJourneys: readonly Journey[] = [
  'lost-before',
  'lost-after',
  'lost-after',
  'disconnect-before',
  'disconnect-after',
  'garbage-before',
  'garbage-after',
  'twice',
  'answer-late',
];
const declineCodes = ['05', '51', '05', '51', '91', '14', '41', '54', '1A'];
const second = 1_000;
const passMs = [1, 40, 260, 450, 900, 1_100, 2_000, 2_100, 3_100, 3_100, 5_200, 12_000, 60_000, 600_000];
const jumpMs = [
  60 * second,
  3_600 * second,
  20 * 3_600 * second,
  25 * 3_600 * second,
  18 * 86_400 * second,
  31 * 86_400 * second,
];
const lifetimesMs = [null, null, null, null, null, null, 5 * second, 60 * second, 7_200 * second];
const expiries = ['12 / 29', '12 / 29', '12 / 29', '12 / 29', '12 / 29', '12 / 29', '01 / 26', '01 / 26', '12 / 25'];

/** Decides what happens next, from what can. */
export const chooseStep = (simulation: Simulation, random: SeededRandom, temper: Temper, id: number): Step => {
  if (random.chance(temper.crashes)) return { id, do: 'crash', node: random.int(nodeCountOf(temper.layout)) };
  if (random.chance(temper.jumps))
    return { id, do: 'call', node: random.int(nodeCountOf(temper.layout)), order: chooseJump(random, temper, id) };
  const open = simulation.openCalls.size;
  if (open < temper.openCallsMax && random.chance(open === 0 ? 0.6 : 0.12))
    return chooseCall(simulation, random, temper, id);
  const due = simulation.due();
  if (due.length === 0 || random.chance(temper.passes / (open + 1))) return { id, do: 'pass', ms: random.pick(passMs) };
  const turn = chooseTurn(due, random, temper);
  return { id, do: 'turn', label: turn.label, fate: chooseFate(turn, random, temper) };
};

const chooseJump = (random: SeededRandom, { keys }: Temper, id: number): Order => ({
  op: 'advance',
  account: random.int(accountCount),
  key: random.chance(keys) ? `k${id}` : null,
  byMs: random.pick(jumpMs),
});

/** What a stall keeps from a caller: its acquirer's word, its own patience, and the way there of what moves money. */
const isHeldUp = ({ kind, label, what }: Turn): boolean =>
  label.startsWith('c') &&
  (kind === 'answer' || kind === 'timer' || (kind === 'message' && /^(?:charge|refund) /.test(what())));

/** Rounds are many and mostly find nothing, so the turns of calls come before them more often than not. */
const chooseTurn = (due: readonly Turn[], random: SeededRandom, { order, calls, stalls }: Temper): Turn => {
  let candidates = due;
  const leaveOut = (isLeftOut: (turn: Turn) => boolean): void => {
    const others = candidates.filter((turn) => !isLeftOut(turn));
    if (others.length > 0) candidates = others;
  };
  // First, so that rounds are what is left when callers wait for nothing else: a stall that only they could end would be none.
  if (random.chance(stalls)) leaveOut(isHeldUp);
  if (random.chance(calls)) leaveOut(({ kind }) => kind === 'round');
  const [first] = candidates;
  return first !== undefined && random.chance(order) ? first : random.pick(candidates);
};

const chooseFate = (turn: Turn, random: SeededRandom, temper: Temper): Fate => {
  switch (turn.kind) {
    case 'read':
      return random.chance(temper.readFaults) ? { type: 'fail' } : okFate;
    case 'flush':
      if (!random.chance(temper.commitFaults)) return okFate;
      return { type: random.chance(0.5) ? 'fail-before' : 'fail-after' };
    case 'message': {
      const responseCode = random.chance(temper.declines) ? random.pick(declineCodes) : '00';
      const journey = random.chance(temper.messageFaults) ? random.pick(faultyJourneys) : 'once';
      return { type: 'message', journey, responseCode };
    }
    default:
      return okFate;
  }
};

const chooseCall = (simulation: Simulation, random: SeededRandom, temper: Temper, id: number): Step => {
  const node = random.int(nodeCountOf(temper.layout));
  if (simulation.repeatable.length > 0 && random.chance(temper.repeats)) {
    const recent = simulation.repeatable.slice(-6);
    const of = random.pick(random.chance(0.7) ? recent : simulation.repeatable);
    return random.chance(0.1) && simulation.isGiven(of)
      ? { id, do: 'clash', node, of }
      : { id, do: 'repeat', node, of };
  }
  return { id, do: 'call', node, order: chooseOrder(simulation, random, temper, id) };
};

const chooseOrder = (simulation: Simulation, random: SeededRandom, temper: Temper, id: number): Order => {
  const key = random.chance(temper.keys) ? `k${id}` : null;
  const account = random.int(accountCount);
  const lifetime = random.pick(lifetimesMs);
  const expireAt = lifetime === null ? null : simulation.accountTime(account) + lifetime;
  const objects = [...simulation.objects].filter(([made]) => !simulation.spent.has(made) || random.chance(0.15));
  const setups = objects.filter(([, { order }]) => order.op === 'tokenise');
  const payments = objects.filter(([, { order }]) => order.op === 'create-payment');
  const [paid, paidObject] = lately([...simulation.paid], random) ?? [];
  if (paid !== undefined && paidObject !== undefined && random.chance(temper.refunds)) {
    const total = paidObject.amountMinor;
    const amountMinor = random.pick([
      total,
      Math.ceil(total / 2),
      Math.ceil(total / 2),
      Math.floor(total / 3),
      1,
      total + 1,
    ]);
    return { op: 'refund', account: paidObject.account, key: `k${id}`, of: paid, amountMinor };
  }
  const [setup, setupObject] = lately(setups, random) ?? [];
  const [payment, paymentObject] = lately(payments, random) ?? [];
  if (setup === undefined || setupObject === undefined || random.chance(0.08)) {
    return { op: 'tokenise', account, key, card: id, expiry: random.pick(expiries), expireAt };
  }
  const onSetup = { account: setupObject.order.account, key, of: setup };
  if (payment === undefined || paymentObject === undefined || random.chance(0.15)) {
    const dueAt = lifetime === null ? null : simulation.accountTime(onSetup.account) + lifetime;
    return { op: 'create-payment', ...onSetup, amountMinor: 100 + id, expireAt: dueAt };
  }
  const onPayment = { account: paymentObject.order.account, key, of: payment };
  const dice = random.int(100);
  if (dice < 58) return { op: 'charge', ...onPayment };
  if (dice < 62) return { op: 'delete-payment', ...onPayment };
  if (dice < 70) return { op: 'delete-setup', ...onSetup, includeAuthorized: random.chance(0.6) };
  if (dice < 74) return { op: 'refresh-payment', ...onPayment };
  if (dice < 80) return { op: 'refresh-setup', ...onSetup };
  return dice < 90 ? { op: 'read-payment', ...onPayment, key: null } : { op: 'read-setup', ...onSetup, key: null };
};

/** Mostly one of the last few: a crowd around one object finds more than single calls on many. */
const lately = <T>(list: readonly T[], random: SeededRandom): T | undefined =>
  list.length === 0 ? undefined : random.pick(random.chance(0.75) ? list.slice(-2) : list);
