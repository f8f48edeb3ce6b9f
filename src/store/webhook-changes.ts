import type { ParkedDelivery } from '../domain/webhook/delivery.ts';
import type { Subscription } from '../domain/webhook/subscription.ts';
import type { WebhookChange } from '../ports/webhook-store.ts';
import type { Statement } from './engine.ts';
import type { SubscriptionDoc } from './webhook-rows.ts';
import { webhookSql as sql } from './webhook-statements.ts';

const doc = ({ events, description, secrets, createdAt, updatedAt }: Subscription): string =>
  JSON.stringify({ events, description, secrets, createdAt, updatedAt } satisfies SubscriptionDoc);

const targets = ({ id, accountId, url, events }: Subscription): readonly Statement[] =>
  events.map((event) => ({ sql: sql.insertTarget, params: [accountId, url, event, id] }));

const insert = (subscription: Subscription, ofAccountMax: number): readonly Statement[] => {
  const { id, accountId, version, url } = subscription;
  return [
    { sql: sql.lockAccount, params: [accountId] },
    {
      sql: sql.insertSubscription,
      params: [id, accountId, version, url, doc(subscription), accountId, ofAccountMax],
      mustChange: 'one',
    },
    ...targets(subscription),
    { sql: sql.insertProgress, params: [id, accountId] },
  ];
};

const save = (subscription: Subscription, before: Subscription): readonly Statement[] => {
  const { id, version, url } = subscription;
  const isRetargeted = url !== before.url || subscription.events !== before.events;
  return [
    { sql: sql.saveSubscription, params: [version, url, doc(subscription), id, version - 1], mustChange: 'one' },
    ...(isRetargeted ? [{ sql: sql.deleteTargets, params: [id] }, ...targets(subscription)] : []),
  ];
};

const remove = ({ id, version }: Subscription): readonly Statement[] => [
  { sql: sql.deleteSubscription, params: [id, version], mustChange: 'one' },
  ...[sql.deleteTargets, sql.deleteProgress, sql.deleteAllParked, sql.deleteAllReplays, sql.deleteAllDeliveryPages].map(
    (text) => ({
      sql: text,
      params: [id],
    }),
  ),
];

const park = (delivery: ParkedDelivery, accountId: string): Statement => {
  const { subscriptionId, position, part, intentId, kind, tries, dueAt, firstFailedAt, lastStatus, lastFailure } =
    delivery;
  return {
    sql: sql.insertParked,
    params: [
      subscriptionId,
      position,
      part,
      accountId,
      intentId,
      kind,
      tries,
      dueAt,
      firstFailedAt,
      lastStatus,
      lastFailure,
    ],
  };
};

/** The statements that make a change. */
export const webhookStatementsFor = (change: WebhookChange): readonly Statement[] => {
  switch (change.kind) {
    case 'insert-subscription':
      return insert(change.subscription, change.ofAccountMax);
    case 'save-subscription':
      return save(change.subscription, change.before);
    case 'delete-subscription':
      return remove(change.subscription);
    case 'claim-webhooks':
      return [
        {
          sql: sql.claimWebhooks,
          params: [change.owner, change.leasedUntil, change.subscriptionId, change.now],
          mustChange: 'one',
        },
      ];
    case 'renew-webhooks':
      return [{ sql: sql.renewWebhooks, params: [change.leasedUntil, change.owner] }];
    case 'release-webhooks':
      return [{ sql: sql.releaseWebhooks, params: [change.owner] }];
    case 'save-progress': {
      const { position, state, failingSince, pausedAt, subscriptionId } = change.progress;
      return [
        {
          sql: sql.saveProgress,
          params: [position, state, failingSince, pausedAt, subscriptionId, change.owner],
          mustChange: 'one',
        },
      ];
    }
    case 'resume-webhook':
      return [
        { sql: sql.resumeProgress, params: [change.subscriptionId] },
        { sql: sql.restartParked, params: [change.now, change.subscriptionId] },
      ];
    case 'park-delivery':
      return [park(change.delivery, change.accountId)];
    case 'unpark-delivery':
      return [{ sql: sql.deleteParked, params: [change.subscriptionId, change.position, change.part] }];
    case 'release-held':
      return [{ sql: sql.releaseHeld, params: [change.now, change.subscriptionId, change.intentId] }];
    case 'hasten-retries':
      return [{ sql: sql.hastenRetries, params: [change.now, change.subscriptionId, change.now] }];
    case 'note-deliveries':
      return [
        { sql: sql.insertDeliveryPage, params: [change.subscriptionId, change.at, JSON.stringify(change.records)] },
      ];
    case 'drop-delivery-notes':
      return [{ sql: sql.deleteDeliveryPages, params: [change.before, change.limit] }];
    case 'insert-replay': {
      const { id, subscriptionId, position, upTo, from, to } = change.replay;
      return [
        { sql: sql.lockSubscription, params: [subscriptionId] },
        {
          sql: sql.insertReplay,
          params: [id, subscriptionId, position, upTo, from, to, subscriptionId, change.underWayMax],
          mustChange: 'one',
        },
      ];
    }
    case 'save-replay':
      return [{ sql: sql.saveReplay, params: [change.replay.position, change.replay.id] }];
    case 'delete-replay':
      return [{ sql: sql.deleteReplay, params: [change.id] }];
  }
};

const kinds: Readonly<Record<WebhookChange['kind'], true>> = {
  'insert-subscription': true,
  'save-subscription': true,
  'delete-subscription': true,
  'claim-webhooks': true,
  'renew-webhooks': true,
  'release-webhooks': true,
  'save-progress': true,
  'resume-webhook': true,
  'park-delivery': true,
  'unpark-delivery': true,
  'release-held': true,
  'hasten-retries': true,
  'note-deliveries': true,
  'drop-delivery-notes': true,
  'insert-replay': true,
  'save-replay': true,
  'delete-replay': true,
};

export const isWebhookChange = (change: { readonly kind: string }): change is WebhookChange =>
  Object.hasOwn(kinds, change.kind);
