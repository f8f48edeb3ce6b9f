const event =
  'position, id, account_id, intent_id, sequence, notification, capture_mode, notification_data, status, at';
const progress = 'subscription_id, account_id, position, state, failing_since, paused_at';
const delivery =
  'subscription_id, position, part, intent_id, kind, tries, due_at, first_failed_at, last_status, last_failure';

/** Every statement of the webhooks' tables, under the same rules as `statements.ts`. */
export const webhookSql = {
  webhookSubscription: 'select id, account_id, version, url, doc from webhook_subscriptions where id = $1',
  webhookSubscriptions:
    'select id, account_id, version, url, doc from webhook_subscriptions where account_id = $1 order by id',
  webhookProgress: `select ${progress} from webhook_progress where subscription_id = $1`,
  claimableWebhooks: `select subscription_id from webhook_progress
    where state = 'active' and leased_until < $1 order by leased_until limit $2`,
  heldWebhooks: `select p.subscription_id as subscription_id, s.version as version
    from webhook_progress p join webhook_subscriptions s on s.id = p.subscription_id where p.owner = $1 and p.state = 'active'`,

  lastEventPosition: 'select coalesce(max(position), 0) as position from intent_events',
  lastBeforeGap: `select coalesce(max(position), 0) as position
    from (select position, row_number() over (order by position) as place from intent_events where position > $1 order by position limit $2) as stream
    where position - place = $3`,
  /** The hottest: every few milliseconds, from the last position seen. */
  outbox: `select ${event} from intent_events where position > $1 order by position limit $2`,
  notifiedEvents: `select ${event} from intent_events
    where account_id = $1 and position > $2 and position <= $3 and notification is not null order by position limit $4`,
  notifiedEvent: `select ${event} from intent_events where account_id = $1 and position = $2 and notification is not null`,

  dueDeliveries: `select ${delivery} from webhook_deliveries where subscription_id = $1 and due_at <= $2 order by due_at, position limit $3`,
  parkedDelivery: `select ${delivery} from webhook_deliveries where subscription_id = $1 and position = $2 and part = $3`,
  parkedDeliveries: `select ${delivery} from webhook_deliveries where subscription_id = $1 order by position, part limit $2`,
  blockedIntents: `select intent_id, count(*) as deliveries, max(position) as up_to, min(due_at) as due_at from webhook_deliveries
    where subscription_id = $1 and kind in ('retry', 'held') group by intent_id`,
  /** Of subscriptions that are delivered to: what a paused one has left is due to nobody. */
  nextDeliveryDueAt: `select d.due_at as due_at from webhook_deliveries d join webhook_progress p on p.subscription_id = d.subscription_id
    where d.account_id = $1 and d.kind in ('retry', 'resend') and p.state = 'active' order by d.due_at limit 1`,
  webhookReplays:
    'select id, subscription_id, position, up_to, from_at, to_at from webhook_replays where subscription_id = $1 order by id limit $2',
  deliveryPages: 'select id, doc from webhook_log where subscription_id = $1 and id < $2 order by id desc limit $3',

  /** Changes nothing: on PostgreSQL, whoever counts what the row owns waits here until those before have committed theirs. */
  lockAccount: 'update accounts set clock_ahead_ms = clock_ahead_ms where id = $1',
  lockSubscription: 'update webhook_subscriptions set version = version where id = $1',
  insertSubscription: `insert into webhook_subscriptions (id, account_id, version, url, doc)
    select $1, $2, $3, $4, $5 where (select count(*) from webhook_subscriptions where account_id = $6) < $7`,
  saveSubscription: 'update webhook_subscriptions set version = $1, url = $2, doc = $3 where id = $4 and version = $5',
  deleteSubscription: 'delete from webhook_subscriptions where id = $1 and version = $2',
  insertTarget: 'insert into webhook_targets (account_id, url, event, subscription_id) values ($1, $2, $3, $4)',
  deleteTargets: 'delete from webhook_targets where subscription_id = $1',
  /** A new subscription is told of what happens from now on. */
  insertProgress: `insert into webhook_progress (subscription_id, account_id, position, state, failing_since, paused_at, owner, leased_until)
    select $1, $2, coalesce(max(position), 0), 'active', null, null, null, 0 from intent_events`,
  saveProgress: `update webhook_progress set position = $1, state = $2, failing_since = $3, paused_at = $4
    where subscription_id = $5 and owner = $6`,
  resumeProgress: `update webhook_progress set state = 'active', failing_since = null, paused_at = null, owner = null, leased_until = 0
    where subscription_id = $1 and state = 'paused'`,
  deleteProgress: 'delete from webhook_progress where subscription_id = $1',
  claimWebhooks: `update webhook_progress set owner = $1, leased_until = $2
    where subscription_id = $3 and state = 'active' and leased_until < $4`,
  renewWebhooks: 'update webhook_progress set leased_until = $1 where owner = $2',
  releaseWebhooks: 'update webhook_progress set owner = null, leased_until = 0 where owner = $1',

  insertParked: `insert into webhook_deliveries (subscription_id, position, part, account_id, intent_id, kind, tries, due_at, first_failed_at, last_status, last_failure)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    on conflict (subscription_id, position, part) do update set kind = excluded.kind, tries = excluded.tries, due_at = excluded.due_at,
      first_failed_at = excluded.first_failed_at, last_status = excluded.last_status, last_failure = excluded.last_failure
    where webhook_deliveries.kind = 'resend' or excluded.kind <> 'resend'`,
  deleteParked: 'delete from webhook_deliveries where subscription_id = $1 and position = $2 and part = $3',
  deleteAllParked: 'delete from webhook_deliveries where subscription_id = $1',
  /** The first condition on `kind` is the index's own. */
  releaseHeld: `update webhook_deliveries set due_at = $1
    where subscription_id = $2 and intent_id = $3 and kind in ('retry', 'held') and kind = 'held'`,
  hastenRetries: `update webhook_deliveries set due_at = $1 where subscription_id = $2 and kind = 'retry' and due_at > $3`,
  /** A paused subscription starts over: what failed gets its whole time again. */
  restartParked:
    "update webhook_deliveries set due_at = $1, tries = 0, first_failed_at = null where subscription_id = $2 and kind = 'retry'",

  insertDeliveryPage: 'insert into webhook_log (subscription_id, at, doc) values ($1, $2, $3)',
  deleteDeliveryPages:
    'delete from webhook_log where id in (select id from webhook_log where at < $1 order by at limit $2)',
  deleteAllDeliveryPages: 'delete from webhook_log where subscription_id = $1',
  insertReplay: `insert into webhook_replays (id, subscription_id, position, up_to, from_at, to_at)
    select $1, $2, $3, $4, $5, $6 where (select count(*) from webhook_replays where subscription_id = $7) < $8`,
  saveReplay: 'update webhook_replays set position = $1 where id = $2',
  deleteReplay: 'delete from webhook_replays where id = $1',
  deleteAllReplays: 'delete from webhook_replays where subscription_id = $1',
} as const;
