import type { WebhookReads } from '../ports/webhook-store.ts';
import type { Engine, SqlRow, SqlValue } from './engine.ts';
import {
  blockedFrom,
  claimableFrom,
  deliveryPageFrom,
  dueAtFrom,
  heldFrom,
  notifiedEventFrom,
  parkedDeliveryFrom,
  positionFrom,
  progressFrom,
  replayFrom,
  subscriptionFrom,
} from './webhook-rows.ts';
import { webhookSql as sql } from './webhook-statements.ts';

/**
 * PostgreSQL alone is asked: on SQLite, the order of positions is that of commits. The number that the question itself is
 * given is higher than all before; the snapshot's upper end is not, for it ends below writers that run in a row.
 */
const runningWriters = `select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as oldest, pg_current_xact_id()::text::bigint as next`;

/** The webhooks' part of the store over a migrated database; see the port for what each member promises. */
export const webhookReads = (engine: Engine): WebhookReads => {
  const many = async <T>(text: string, params: readonly SqlValue[], from: (row: SqlRow) => T): Promise<readonly T[]> =>
    (await engine.all(text, params)).map(from);
  const one = async <T>(text: string, params: readonly SqlValue[], from: (row: SqlRow) => T): Promise<T | undefined> =>
    (await many(text, params, from))[0];

  return {
    gapsMayFill: engine.dialect === 'postgres',
    ...(engine.wakes === undefined ? {} : { wakes: engine.wakes }),
    writers: async () => {
      const [row] = await engine.all(runningWriters, []);
      return { oldest: Number(row?.['oldest']), next: Number(row?.['next']) };
    },
    lastEventPosition: async () => (await one(sql.lastEventPosition, [], positionFrom)) ?? 0,
    lastBeforeGap: async (after, limit) => (await one(sql.lastBeforeGap, [after, limit, after], positionFrom)) ?? 0,
    webhookSubscription: (id) => one(sql.webhookSubscription, [id], subscriptionFrom),
    webhookSubscriptions: (accountId) => many(sql.webhookSubscriptions, [accountId], subscriptionFrom),
    webhookProgress: (id) => one(sql.webhookProgress, [id], progressFrom),
    claimableWebhooks: (now, limit) => many(sql.claimableWebhooks, [now, limit], claimableFrom),
    heldWebhooks: (owner) => many(sql.heldWebhooks, [owner], heldFrom),
    outbox: (after, limit) => many(sql.outbox, [after, limit], notifiedEventFrom),
    notifiedEvents: (accountId, after, upTo, limit) =>
      many(sql.notifiedEvents, [accountId, after, upTo, limit], notifiedEventFrom),
    notifiedEvent: (accountId, position) => one(sql.notifiedEvent, [accountId, position], notifiedEventFrom),
    dueDeliveries: (id, now, limit) => many(sql.dueDeliveries, [id, now, limit], parkedDeliveryFrom),
    parkedDelivery: (id, position, part) => one(sql.parkedDelivery, [id, position, part], parkedDeliveryFrom),
    parkedDeliveries: (id, limit) => many(sql.parkedDeliveries, [id, limit], parkedDeliveryFrom),
    blockedIntents: (id) => many(sql.blockedIntents, [id], blockedFrom),
    nextDeliveryDueAt: async (accountId) => dueAtFrom((await engine.all(sql.nextDeliveryDueAt, [accountId]))[0]),
    webhookReplays: (id, limit) => many(sql.webhookReplays, [id, limit], replayFrom),
    deliveryPages: (id, before, limit) => many(sql.deliveryPages, [id, before, limit], deliveryPageFrom),
  };
};
