import type { QueryConfig, QueryResult } from 'pg';
import type { Statement } from '../engine.ts';
import type { WriteOutcome } from '../write-queue.ts';
import type { Connection } from './connect.ts';
import { postgresFailure } from './postgres-failure.ts';
import { areSendable, type PreparedStatements } from './prepared-statements.ts';
import { wakeStatement } from './wake-listener.ts';

type Write = readonly Statement[];
type Settled = PromiseSettledResult<QueryResult>;

const applied: WriteOutcome = { refusal: undefined };
const contended = Symbol('contended');

export type GroupTools = {
  readonly prepared: PreparedStatements;
  /** How long a write that is run alone may wait for a row; the others of its group wait with it. */
  readonly patientLockTimeoutMs: number;
};

const reasonOf = (settled: Settled): unknown => (settled.status === 'rejected' ? settled.reason : undefined);

/** In a failed transaction COMMIT is not refused: it rolls back and says so. Throws where it was not answered. */
const isCommit = (answer: Settled | undefined): boolean => {
  if (answer?.status !== 'fulfilled') throw new Error('A commit was not answered.', { cause: answer?.reason });
  return answer.value.command === 'COMMIT';
};

/** Sends statements without waiting in between; the server works them off in order. */
const send = (
  connection: Connection,
  statements: readonly Statement[],
  write: (statement: Statement) => QueryConfig,
): Promise<readonly Settled[]> => {
  connection.cork();
  const answers = statements.map((statement) => connection.query(write(statement)));
  connection.uncork();
  return Promise.allSettled(answers);
};

const plain = (sql: string): Statement => ({ sql, params: [] });

/**
 * Sends word to the nodes that follow the outbox, in the packet of the COMMIT and behind it. Inside the transaction the word
 * would be as sure as the commit, but PostgreSQL takes one lock for all of a cluster from there until the flush (and the
 * standby's answer), so nodes would commit in turn. Lost with its connection, it is made up for by looking.
 */
const sendWord = (connection: Connection, writes: readonly Write[]): void => {
  if (writes.some((statements) => statements.some(({ wakes }) => wakes === true)))
    connection.query({ text: wakeStatement }).catch(() => undefined);
};

/**
 * The ordinary case: the whole group and its COMMIT leave in one go, and one round trip and one flush later it is durable.
 * @returns whether it was committed; otherwise some statement failed and nothing was applied
 */
const inOneGo = async (
  connection: Connection,
  writes: readonly Write[],
  prepared: PreparedStatements,
): Promise<boolean> => {
  connection.cork();
  const answered = send(connection, [plain('begin'), ...writes.flat(), plain('commit')], prepared.config);
  sendWord(connection, writes);
  connection.uncork();
  return isCommit((await answered).at(-1));
};

const outcomeOf = (answers: readonly Settled[]): WriteOutcome | typeof contended => {
  for (const reason of answers.map(reasonOf)) {
    if (reason === undefined) continue;
    const failure = postgresFailure(reason);
    if (failure.kind === 'aborted') continue;
    if (failure.kind === 'unavailable') throw new Error('A statement could not be run.', { cause: reason });
    if (failure.kind === 'contended') return contended;
    if (failure.kind === 'unique') return { refusal: { refused: 'unique', constraint: failure.constraint } };
    return failure.kind === 'stale' ? { refusal: { refused: 'stale' } } : { bug: reason };
  }
  return applied;
};

/**
 * Behind each write, a savepoint over the one before it, and back to it. Where the write failed, the new savepoint was
 * refused, so the way back leads to the old one: a branch that needs no answer. Levels pile up; a group stays below the 64
 * that PostgreSQL keeps at hand.
 */
const behindEach = [plain('savepoint w'), plain('rollback to savepoint w')];

/** Runs a group in which something fails: each write in a savepoint, and COMMIT only when all answers were seen. */
const guarded = async (
  connection: Connection,
  writes: readonly Write[],
  prepared: PreparedStatements,
  before: readonly Statement[],
): Promise<readonly WriteOutcome[] | typeof contended> => {
  const first = [plain('begin'), ...before, plain('savepoint w')];
  const settled = await send(
    connection,
    [...first, ...writes.flatMap((statements) => [...statements, ...behindEach])],
    prepared.nameless,
  );
  let place = first.length;
  const outcomes: WriteOutcome[] = [];
  const start = outcomeOf(settled.slice(0, place));
  if (start === contended || start !== applied) throw new Error('A transaction could not be begun.');
  for (const statements of writes) {
    const outcome = outcomeOf(settled.slice(place, place + statements.length));
    place += statements.length + behindEach.length;
    if (outcome === contended) {
      await connection.query({ text: 'rollback' });
      return contended;
    }
    outcomes.push(outcome);
  }
  const [committed] = await send(connection, [plain('commit')], prepared.nameless);
  if (!isCommit(committed)) throw new Error('A transaction was rolled back.');
  sendWord(connection, writes);
  return outcomes;
};

/** One after the other, each in a transaction of its own: no write waits for a row while it holds those of others. */
const oneByOne = async (
  connection: Connection,
  writes: readonly Write[],
  { prepared, patientLockTimeoutMs }: GroupTools,
  told: (index: number, outcome: WriteOutcome) => void,
): Promise<void> => {
  const patient = [plain(`set local lock_timeout = ${patientLockTimeoutMs}`)];
  for (const [index, write] of writes.entries()) {
    const outcomes = await guarded(connection, [write], prepared, patient);
    const outcome = outcomes === contended ? undefined : outcomes[0];
    if (outcome === undefined) throw new Error('Another transaction held a row for too long.');
    told(index, outcome);
  }
};

/**
 * Commits writes in their order and says of each what became of it, as soon as that is durable. Ends at the first that
 * cannot be reached or written, with a throw that holds for it and all behind it.
 */
export const runGroup = async (
  connection: Connection,
  writes: readonly Write[],
  tools: GroupTools,
  told: (index: number, outcome: WriteOutcome) => void,
): Promise<void> => {
  const unsendable: WriteOutcome = { bug: new TypeError('A value of a statement has no column type.') };
  const sendable = writes.map((write, index) => ({ write, index })).filter(({ write }) => areSendable(write));
  const tell = (place: number, outcome: WriteOutcome): void => told(sendable[place]?.index ?? -1, outcome);
  writes.forEach((write, index) => areSendable(write) || told(index, unsendable));
  const group = sendable.map(({ write }) => write);
  if (group.length === 0) return;
  if (await inOneGo(connection, group, tools.prepared)) return group.forEach((_, place) => tell(place, applied));
  const outcomes = await guarded(connection, group, tools.prepared, []);
  if (outcomes !== contended) return outcomes.forEach((outcome, place) => tell(place, outcome));
  await oneByOne(connection, group, tools, tell);
};
