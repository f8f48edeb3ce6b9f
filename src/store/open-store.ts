import type { IntentEvent } from '../domain/intent-event.ts';
import { ok, refuse } from '../domain/result.ts';
import type { CommitConflict, PartitionTimes, Store } from '../ports/store.ts';
import { statementFor } from './changes.ts';
import type { Engine, SqlRow, WriteRefusal } from './engine.ts';
import {
  accountFrom,
  apiKeyAndAccountFrom,
  apiKeyFrom,
  chargeAttemptFrom,
  intentEventFrom,
  paymentIntentFrom,
  refundFrom,
  rememberedAnswerFrom,
  setupIntentFrom,
} from './rows.ts';
import { openHeartbeat } from './heartbeat.ts';
import { eventsOf, type RecentObjects, recentObjects } from './recent-objects.ts';
import { keepPartitions } from './postgres/keep-partitions.ts';
import { postgresSql, sql } from './statements.ts';
import { intentMadeAt } from './intent-made-at.ts';
import { isWebhookChange, webhookStatementsFor } from './webhook-changes.ts';
import { webhookReads } from './webhook-reads.ts';

/**
 * What a broken uniqueness means to the caller, under SQLite's name of it (columns) and PostgreSQL's (constraint).
 * Every other object of that id is somebody else's insert: read again and decide anew.
 */
const conflicts: Readonly<Record<string, CommitConflict>> = {
  'charge_attempts.setup_intent_id': 'live-attempt',
  charge_attempts_live: 'live-attempt',
  'answers.key': 'answer-exists',
  answers_pkey: 'answer-exists',
  'intent_events.intent_id, intent_events.sequence': 'stale',
  intent_events_in_order: 'stale',
  'setup_intents.id': 'stale',
  setup_intents_pkey: 'stale',
  'payment_intents.id': 'stale',
  payment_intents_pkey: 'stale',
  'charge_attempts.id': 'stale',
  charge_attempts_pkey: 'stale',
  'refunds.id': 'stale',
  refunds_pkey: 'stale',
  'accounts.id': 'stale',
  accounts_pkey: 'stale',
  'accounts.name': 'account-name-taken',
  accounts_by_name: 'account-name-taken',
  'api_keys.id': 'stale',
  api_keys_pkey: 'stale',
  'api_keys.hash': 'stale',
  api_keys_hash_key: 'stale',
  'webhook_targets.account_id, webhook_targets.url, webhook_targets.event': 'target-taken',
  webhook_targets_pkey: 'target-taken',
  'webhook_subscriptions.id': 'stale',
  webhook_subscriptions_pkey: 'stale',
};

const conflictFrom = (refusal: WriteRefusal): CommitConflict => {
  if (refusal.refused === 'stale') return 'stale';
  const conflict = conflicts[refusal.constraint];
  if (conflict === undefined) throw new Error(`A uniqueness has no meaning yet: ${refusal.constraint}`);
  return conflict;
};

const idOf = (row: SqlRow): string => String(row['id']);

/** The ids that are due for everybody, then those that are due only where an account's clock is fast. */
const dueIds = async (
  engine: Engine,
  due: string,
  dueAhead: string,
  now: number,
  limit: number,
): Promise<readonly string[]> => {
  const ids = (await engine.all(due, [now, limit])).map(idOf);
  const left = limit - ids.length;
  if (left <= 0) return ids;
  const [furthest] = await engine.all(sql.furthestClockAhead, []);
  const aheadMs = Number(furthest?.['ahead_ms']);
  if (aheadMs === 0) return ids;
  return [...ids, ...(await engine.all(dueAhead, [now, now + aheadMs, now, left])).map(idOf)];
};

/**
 * Shares a read among all who ask for the same in one turn of the event loop: requests that arrive together bring the same
 * key. Nothing is remembered beyond the turn, since another process may revoke a key, and no call after that may pass.
 */
const oncePerTurn = <T>(read: (key: string) => Promise<T>): ((key: string) => Promise<T>) => {
  const asked = new Map<string, Promise<T>>();
  return (key) => {
    const known = asked.get(key);
    if (known !== undefined) return known;
    if (asked.size === 0) setImmediate(() => asked.clear());
    const reading = read(key);
    asked.set(key, reading);
    return reading;
  };
};

/** What a sandbox asks of one account. */
const readsOfAccount = (engine: Engine): Pick<Store, 'nextDueIntentAt' | 'dueIntentIdsOf' | 'cardReferencesOf'> => ({
  nextDueIntentAt: async (accountId) => {
    const reads = [sql.nextDueSetupIntentAt, sql.nextDuePaymentIntentAt].map((text) => engine.all(text, [accountId]));
    const moments = (await Promise.all(reads)).flat().map((row) => Number(row['due_at']));
    return moments.length === 0 ? null : Math.min(...moments);
  },
  dueIntentIdsOf: async (accountId, now, limit) => {
    const [setupIntents, paymentIntents] = await Promise.all([
      engine.all(sql.dueSetupIntentIdsOf, [accountId, now, limit]),
      engine.all(sql.duePaymentIntentIdsOf, [accountId, now, limit]),
    ]);
    return { setupIntentIds: setupIntents.map(idOf), paymentIntentIds: paymentIntents.map(idOf) };
  },
  cardReferencesOf: async (accountId) =>
    (await engine.all(sql.cardReferencesOf, [accountId])).map((row) => String(row['card_reference'])),
});

const commitTo =
  (engine: Engine, recent: RecentObjects): Store['commit'] =>
  async (changes) => {
    const statements = changes.flatMap((change) =>
      isWebhookChange(change) ? webhookStatementsFor(change) : [statementFor(change, engine.dialect)],
    );
    const writing = recent.writing(changes);
    try {
      const refusal = await engine.write(statements);
      if (refusal === undefined) {
        recent.keep(changes);
        return ok(undefined);
      }
      recent.forget();
      return refuse(conflictFrom(refusal));
    } catch (error) {
      recent.forget();
      throw error;
    } finally {
      writing.heard();
    }
  };

/** The store over a migrated database; see the port for what each member promises. */
export const openStore = (engine: Engine): Store => {
  const one = async <T>(text: string, key: string, from: (row: SqlRow) => T): Promise<T | undefined> => {
    const [row] = await engine.all(text, [key]);
    return row === undefined ? undefined : from(row);
  };
  const recent = recentObjects(engine.foreignWrites);
  /** What this process saved last, or else what the database holds. */
  const latest = async <T>(text: string, id: string, from: (row: SqlRow) => T): Promise<T | undefined> =>
    recent.find<T>(id) ?? one(text, id, from);
  const many = async <T>(
    text: string,
    params: readonly (string | number)[],
    from: (row: SqlRow) => T,
  ): Promise<readonly T[]> => (await engine.all(text, params)).map(from);

  return {
    ...webhookReads(engine),
    setupIntent: (id) => latest(sql.setupIntentById, id, setupIntentFrom),
    paymentIntent: (id) => latest(sql.paymentIntentById, id, paymentIntentFrom),
    chargeAttempt: (id) => latest(sql.chargeAttemptById, id, chargeAttemptFrom),
    heldOrPaidAttempt: (setupIntentId) => one(sql.heldOrPaidAttempt, setupIntentId, chargeAttemptFrom),
    refund: (id) => latest(sql.refundById, id, refundFrom),
    intentEvents: async (intentId) =>
      recent.find<readonly IntentEvent[]>(eventsOf(intentId)) ??
      (engine.dialect === 'postgres'
        ? many(postgresSql.intentEvents, [intentId, intentMadeAt(intentId)], intentEventFrom)
        : many(sql.intentEvents, [intentId], intentEventFrom)),
    apiKeyByHash: oncePerTurn((hash) => one(sql.apiKeyByHash, hash, apiKeyAndAccountFrom)),
    account: (id) => one(sql.account, id, accountFrom),
    accounts: () => many(sql.accounts, [], accountFrom),
    apiKeys: (accountId) => many(sql.apiKeys, [accountId], apiKeyFrom),
    rememberedAnswer: (key) => one(sql.answer, key, rememberedAnswerFrom),
    hasAnswersBefore: async (createdBefore) => (await engine.all(sql.oldAnswer, [createdBefore])).length > 0,
    dueSetupIntentIds: (now, limit) => dueIds(engine, sql.dueSetupIntentIds, sql.dueSetupIntentIdsAhead, now, limit),
    duePaymentIntentIds: (now, limit) =>
      dueIds(engine, sql.duePaymentIntentIds, sql.duePaymentIntentIdsAhead, now, limit),
    ...readsOfAccount(engine),
    unsettledAttempts: (now, limit) => many(sql.unsettledAttempts, [now, limit], chargeAttemptFrom),
    unsettledRefunds: (now, limit) => many(sql.unsettledRefunds, [now, limit], refundFrom),
    endedSetupIntentsWithCard: (limit) => many(sql.endedSetupIntentsWithCard, [limit], setupIntentFrom),
    commit: commitTo(engine, recent),
    ...(engine.dialect === 'postgres'
      ? { keepPartitions: (times: PartitionTimes) => keepPartitions(engine, times) }
      : {}),
    ping: openHeartbeat(engine, sql.beat),
    close: () => engine.close(),
  };
};
