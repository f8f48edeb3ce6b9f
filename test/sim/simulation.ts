import { StoreUnavailable } from '../../src/ports/store.ts';
import { createAccount } from '../../src/use-cases/create-account.ts';
import { createApiKey } from '../../src/use-cases/create-api-key.ts';
import { openAcquirer } from './acquirer.ts';
import { openAnswersAudit, type Begun } from './answers-audit.ts';
import { openBooksAudit } from './books-audit.ts';
import type { Answer } from '../../src/use-cases/context.ts';
import { type Call, cardNumberOf, makeCall } from './client.ts';
import { openSimulatedDatabase } from './database.ts';
import { knownFault } from './known-faults.ts';
import { type SimulatedNode, startNode, type Surroundings } from './node.ts';
import { seededRandom } from './seeded-random.ts';
import { type Fate, okFate, type Order, type Step } from './step.ts';
import { openTurns, runAs, type Turn } from './turns.ts';

export type Violation = { readonly code: string; readonly text: string; readonly step: number };

export const accountCount = 2;
/** Two processes share a database that neither remembers anything of, or one has it to itself. */
export type Layout = 'two nodes' | 'one node';
export const nodeCountOf = (layout: Layout): number => (layout === 'two nodes' ? 2 : 1);
export const startTime = Date.UTC(2026, 0, 15);
const lifetimeMs = 30 * 24 * 60 * 60 * 1000;

/** Calls that are made after everything has come to rest have ids above this. */
const inPeace = 1_000_000;

/** A call that was sent and not answered yet. */
export type OpenCall = { readonly begun: Begun; readonly node: number };

/** One run of the product in its small world. */
export type Simulation = {
  readonly accountTime: (account: number) => number;
  readonly now: () => number;
  readonly due: () => readonly Turn[];
  readonly openCalls: ReadonlyMap<number, OpenCall>;
  /** Calls that were answered with an object, by the id of the call that first asked for it. */
  readonly objects: ReadonlyMap<number, { readonly id: string; readonly order: Order }>;
  /** Objects that were refused as charged, ended or not usable: not worth many more calls. */
  readonly spent: ReadonlySet<number>;
  /** Payment intents that were charged, by the id of the call that made them. */
  readonly paid: ReadonlyMap<number, { readonly account: number; readonly amountMinor: number }>;
  /** Calls with an idempotency key that can be sent again. */
  readonly repeatable: readonly number[];
  readonly isGiven: (callId: number) => boolean;
  readonly violation: () => Violation | undefined;
  /** Does one step, and waits until nothing of the product can go on. `false` when it means nothing here. */
  perform(step: Step): Promise<boolean>;
  /** Lets the faults stop and time go by, then looks at how everything ended. */
  drain(): Promise<void>;
  close(): void;
  /** What the last step did, for a trace. */
  readonly lastDone: () => string;
};

/** Faults and events that a run met, for the figures. */
export type Tally = Map<string, number>;
const count = (tally: Tally, what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1);

/** Until which moment a request's object may stay in a status. */
const dueAtOf = (order: Order | undefined, madeAt: number, status: string): number | undefined => {
  if (order?.op !== 'create-payment' && order?.op !== 'tokenise') return undefined;
  if (status === 'Created') return order.expireAt ?? madeAt + lifetimeMs;
  if (order.op === 'create-payment') return undefined;
  if (status !== 'Authorized') return undefined;
  const [month = 0, year = 0] = order.expiry.split(' / ').map(Number);
  // The end of the month at UTC-12, where it comes last.
  return Date.UTC(2000 + year, month, 1) + 12 * 60 * 60 * 1000;
};

/** Opens the world that a seed names: one process or two over one database, two accounts, an acquirer. */
export const openSimulation = async (seed: number, layout: Layout, tally: Tally): Promise<Simulation> => {
  const nodeCount = nodeCountOf(layout);
  let stepNumber = 0;
  let now = startTime;
  let violation: Violation | undefined;
  let lastDone = '';
  const accuse = (code: string, text: string): void => {
    violation ??= { code, text, step: stepNumber };
  };
  const onFault = (error: unknown, what: string): void => {
    const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
    const known = knownFault(what, message);
    if (known !== undefined) count(tally, known);
    else if (!(error instanceof StoreUnavailable)) accuse('broke-down', `${what}: ${stack}`);
  };

  const turns = openTurns();
  const database = openSimulatedDatabase();
  const random = seededRandom(seed);
  const roots = new Map<string, Order>();
  const calls = new Map<number, Call>();
  const openCalls = new Map<number, OpenCall>();
  const objects = new Map<number, { readonly id: string; readonly order: Order }>();
  const spent = new Set<number>();
  const paid = new Map<number, { readonly account: number; readonly amountMinor: number }>();
  /** Calls whose key another request tried to take: once it has lapsed, that one may have it. */
  const clashed = new Set<number>();
  const repeatable: number[] = [];
  const accountIds: string[] = [];
  const accountTime = (account: number): number => now + (books.clocks.get(accountIds[account] ?? '') ?? 0);

  const booksAudit = openBooksAudit(
    accuse,
    () => stepNumber,
    () => acquirer.book,
    {
      cardNumberOf: (reference) => {
        const order = roots.get(reference);
        return order?.op === 'tokenise' ? cardNumberOf(order.card) : undefined;
      },
      timeOf: (reference) => accountTime(roots.get(reference)?.account ?? 0),
      amountOf: (reference) => {
        const order = roots.get(reference);
        return order?.op === 'create-payment' ? order.amountMinor : undefined;
      },
    },
  );
  const { books } = booksAudit;
  const acquirer = openAcquirer(turns, () => now, {
    leaving: booksAudit.leaving,
    refunding: booksAudit.refunds.leaving,
    acted: booksAudit.acted,
  });
  const answersAudit = openAnswersAudit(accuse, books, booksAudit.refunds.refunds, {
    dueAt: ({ reference, madeAt }, status) => dueAtOf(roots.get(reference), madeAt, status),
  });

  const surroundings: Surroundings = {
    turns,
    database,
    acquirerOf: acquirer.reachedBy,
    random,
    now: () => now,
    remembers: layout === 'one node',
    committed: () => {
      booksAudit.committed(database.changes());
      if (layout === 'two nodes') booksAudit.heard();
    },
    heard: booksAudit.heard,
    charging: (callId, attemptId) => openCalls.get(callId)?.begun.attempts.add(attemptId),
    onFault,
  };
  /** After every promise that can go on has gone on. */
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  const nodes: SimulatedNode[] = [];
  for (let node = 0; node < nodeCount; node++) nodes.push(startNode({ node, start: 0, alive: true }, surroundings));
  const nodeAt = (index: number): SimulatedNode => {
    const node = nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    return node;
  };
  const secretKeys: string[] = [];
  /** Lets one thing happen before anything else does. */
  const alone = async <T>(work: Promise<T>): Promise<T> => {
    for (let rounds = 0; rounds < 6; rounds++) {
      for (const turn of turns.due(now)) turns.take(turn, okFate);
      await settled();
    }
    return work;
  };
  for (let account = 0; account < accountCount; account++) {
    const { context } = nodeAt(0);
    const made = await alone(createAccount(context, { name: `Account ${account}` }));
    if (!made.ok) throw new Error('the simulated account was not made');
    const key = await alone(createApiKey(context, { accountId: made.value.id }));
    if (!key.ok) throw new Error('the simulated key was not made');
    accountIds.push(made.value.id);
    secretKeys.push(key.value.secretKey);
  }

  /** What a client makes of an answer: what there is, and what is not worth many more calls. */
  const learn = ({ call: { id: callId, order, clash } }: Begun, root: number, answer: Answer): void => {
    if (clash) return;
    const isTaken = clashed.has(root) && answer.body.includes('idempotency-key-reused');
    if (callId > inPeace && !isTaken && (answer.status === 409 || answer.status >= 500))
      accuse(
        'refused-in-peace',
        `call ${callId} (${order.op}) is alone, and is answered ${answer.status} ${answer.body}`,
      );
    const { id, status } = JSON.parse(answer.body) as { readonly id?: string; readonly status?: string | number };
    count(
      tally,
      `answer ${order.op} ${answer.status}${order.op === 'charge' && answer.status === 200 ? ` ${status ?? ''}` : ''}`,
    );
    if ('of' in order) {
      const isOver = status === 'Successful' || status === 'Canceled' || status === 'Closed';
      const isRefused = answer.status === 400 && (order.op === 'charge' || order.op === 'create-payment');
      if (isOver || isRefused) spent.add(order.of);
      const payment = objects.get(order.of)?.order;
      if (status === 'Successful' && payment?.op === 'create-payment') {
        spent.add(payment.of);
        paid.set(order.of, payment);
      }
    }
    if (answer.status !== 200 || (order.op !== 'tokenise' && order.op !== 'create-payment')) return;
    if (!objects.has(root)) objects.set(root, { id: id ?? '', order });
    if (order.op === 'tokenise' && status !== 'Authorized') spent.add(root);
  };

  const begin = (id: number, node: number, order: Order, root: number, clash: boolean): boolean => {
    const known = 'of' in order ? objects.get(order.of) : undefined;
    if ('of' in order && known === undefined) return false;
    const reference = `r${root}`;
    const accountId = accountIds[order.account] ?? '';
    const secretKey = secretKeys[order.account] ?? '';
    const call: Call = { id, order, accountId, secretKey, objectId: known?.id ?? '', reference, clash };
    const begun: Begun = { call, startedAt: stepNumber, accountTime: accountTime(order.account), attempts: new Set() };
    calls.set(id, call);
    if (!roots.has(reference)) roots.set(reference, order);
    if (order.key !== null && id === root) repeatable.push(id);
    openCalls.set(id, { begun, node });
    answersAudit.began(begun);
    count(tally, `call ${order.op}`);
    const over = (): boolean => {
      const isOpen = openCalls.get(id)?.begun === begun;
      openCalls.delete(id);
      return isOpen;
    };
    runAs({ label: `c${id}`, count: 0, callId: id }, () => makeCall(nodeAt(node), call)).then(
      (answer) => {
        if (!over()) return;
        lastDone += `; call ${id} (${order.op}) is answered ${answer.status} ${answer.body.slice(0, 200)}`;
        answersAudit.answered(begun, answer, accountTime(order.account));
        learn(begun, root, answer);
      },
      (error: unknown) => {
        if (over()) onFault(error, `call ${id} (${order.op}) broke down`);
      },
    );
    return true;
  };

  const rootOf = (callId: number): number => Number(calls.get(callId)?.reference.slice(1));

  const crash = (index: number): void => {
    const { life } = nodeAt(index);
    life.alive = false;
    turns.dropOf(life);
    booksAudit.heard();
    for (const [id, { node }] of openCalls) if (node === index) openCalls.delete(id);
    nodes[index] = startNode({ node: index, start: life.start + 1, alive: true }, surroundings);
  };

  const takeTurn = (label: string, fate: Fate): boolean => {
    const turn = turns.get(label);
    if (turn === undefined || turn.dueAt > now) return false;
    lastDone = turn.what();
    if (fate.type === 'message') {
      if (fate.journey !== 'once') count(tally, `acquirer ${fate.journey}`);
      count(tally, `acquirer ${fate.responseCode === '00' ? 'approves' : 'declines'}`);
    } else if (fate.type !== 'ok') count(tally, fate.type === 'fail' ? 'read fails' : `commit ${fate.type}`);
    turns.take(turn, fate);
    return true;
  };

  const act = (step: Step): boolean => {
    lastDone = '';
    switch (step.do) {
      case 'call':
        return begin(step.id, step.node, step.order, step.id, false);
      case 'repeat':
      case 'clash': {
        const call = calls.get(step.of);
        if (call === undefined) return false;
        count(tally, step.do);
        if (step.do === 'clash') clashed.add(rootOf(step.of));
        return begin(step.id, step.node, call.order, rootOf(step.of), step.do === 'clash');
      }
      case 'turn':
        return takeTurn(step.label, step.fate);
      case 'pass':
        now += step.ms;
        count(tally, 'time passes');
        return true;
      case 'crash':
        crash(step.node);
        count(tally, 'crashes');
        return true;
    }
  };

  const runAllDue = async (): Promise<void> => {
    for (let rounds = 0; rounds < 2_000; rounds++) {
      const due = turns.due(now);
      if (due.length === 0 || violation !== undefined) return;
      for (const turn of due) {
        stepNumber++;
        turns.take(turn, okFate);
        await settled();
      }
    }
    accuse('never-quiet', 'work goes on without end after the faults stopped');
  };

  /** Whatever can still be paid must be payable: nothing may hold a card or an intent for ever. */
  const chargeAll = async (): Promise<void> => {
    for (const [of, { order }] of [...objects]) {
      if (order.op !== 'create-payment') continue;
      stepNumber++;
      const id = 2 * inPeace + of;
      begin(id, of % nodeCount, { op: 'charge', account: order.account, key: null, of }, id, false);
      await runAllDue();
    }
    for (const [made, { id, order }] of objects) {
      const setupId = order.op === 'create-payment' ? objects.get(order.of)?.id : undefined;
      const isOpen = books.intents.get(id)?.status === 'Created';
      if (setupId === undefined || !isOpen || books.intents.get(setupId)?.status !== 'Authorized') continue;
      if (!booksAudit.isRetryForbidden(setupId))
        accuse('stuck', `${id}, made by call ${made}, can no longer be paid by ${setupId}`);
    }
  };

  const repeatAll = async (): Promise<void> => {
    for (const id of repeatable) {
      const call = calls.get(id);
      if (call === undefined) continue;
      stepNumber++;
      begin(inPeace + id, id % nodeCount, call.order, id, false);
      await runAllDue();
    }
  };

  /** Long enough for every time-out, then for the longest back-off, then for every worker's slowest round. */
  const drainMs = [3_000, 6_000, 60_000, 301_000, 6_000, 6_000];
  const isOver = (): boolean => violation !== undefined;
  const drain = async (): Promise<void> => {
    await runAllDue();
    for (const ms of drainMs) {
      if (isOver()) return;
      now += ms;
      await runAllDue();
    }
    await repeatAll();
    if (!isOver()) await chargeAll();
    // What these calls ended is cleared away, and then cards that nobody holds are old enough to be noticed.
    for (const ms of isOver() ? [] : [6_000, 86_410_000, 61_000]) {
      now += ms;
      await runAllDue();
    }
    if (!isOver()) lookAtTheEnd();
  };

  const lookAtTheEnd = (): void => {
    for (const [id, { begun }] of openCalls)
      accuse('never-answered', `call ${id} (${begun.call.order.op}) was never answered`);
    for (const { id, state } of books.attempts.values())
      if (state === 'pending' || state === 'unknown') accuse('never-settled', `attempt ${id} is still ${state}`);
    booksAudit.refunds.lookAtTheEnd();
    for (const [key, body] of books.answers)
      if (body === null) accuse('never-settled', `the answer of ${key} never came`);
    let cardsNeeded = 0;
    for (const intent of books.intents.values()) {
      const order = roots.get(intent.reference);
      const dueAt = dueAtOf(order, intent.madeAt, intent.status);
      if (dueAt !== undefined && accountTime(order?.account ?? 0) > dueAt)
        accuse('out-of-date', `${intent.id} is still ${intent.status} after its time`);
      if (intent.status === 'Authorized') cardsNeeded++;
    }
    if (books.cards.size !== cardsNeeded)
      accuse(
        'cards-kept',
        `the vault keeps ${books.cards.size} cards; ${cardsNeeded} setup intents can still be charged`,
      );
  };

  return {
    accountTime,
    now: () => now,
    due: () => turns.due(now),
    openCalls,
    objects,
    spent,
    paid,
    repeatable,
    isGiven: (callId) => {
      const call = calls.get(callId);
      if (call === undefined) return false;
      const begun: Begun = { call, startedAt: 0, accountTime: 0, attempts: new Set() };
      return answersAudit.isGiven(begun, accountTime(call.order.account));
    },
    violation: () => violation,
    perform: async (step) => {
      stepNumber = step.id;
      const done = act(step);
      if (done) await settled();
      return done;
    },
    drain,
    close: () => database.close(),
    lastDone: () => lastDone,
  };
};
