import type { Migration } from './migrate.ts';

/**
 * Webhooks. The table of events is the outbox: what an event tells (`notification`, names joined by commas) and what its
 * bytes need besides (`capture_mode`) commit with it.
 *
 * - `webhook_targets`: the same address and event twice in an account is refused, on any number of nodes.
 * - `webhook_progress`: how far each subscription has come, apart from the subscription, so that delivering never conflicts
 *   with an edit. `owner` and `leased_until` (real time): the one node that delivers it.
 * - `webhook_deliveries`: only what does not move along with the stream; an ordinary delivery has no row.
 * - `webhook_log`: what was done, a page of many attempts to a row, until retention drops it.
 */
export const migration0003: Migration = {
  id: '0003-webhooks',
  sqlite: `
alter table intent_events add column notification text;
alter table intent_events add column capture_mode text;
create index intent_events_notified on intent_events (account_id, position) where notification is not null;
create table webhook_subscriptions (
  id text not null primary key,
  account_id text not null references accounts (id),
  version integer not null,
  url text not null,
  doc text not null
) strict;
create index webhook_subscriptions_by_account on webhook_subscriptions (account_id, id);
create table webhook_targets (
  account_id text not null,
  url text not null,
  event text not null,
  subscription_id text not null,
  primary key (account_id, url, event)
) strict, without rowid;
create index webhook_targets_by_subscription on webhook_targets (subscription_id);
create table webhook_progress (
  subscription_id text not null primary key,
  account_id text not null,
  position integer not null,
  state text not null check (state in ('active', 'paused')),
  failing_since integer,
  paused_at integer,
  owner text,
  leased_until integer not null
) strict, without rowid;
create index webhook_progress_claimable on webhook_progress (leased_until) where state = 'active';
create index webhook_progress_by_owner on webhook_progress (owner);
create table webhook_deliveries (
  subscription_id text not null,
  position integer not null,
  part integer not null,
  account_id text not null,
  intent_id text not null,
  kind text not null check (kind in ('retry', 'held', 'resend')),
  tries integer not null,
  due_at integer not null,
  first_failed_at integer,
  last_status integer,
  last_failure text,
  primary key (subscription_id, position, part)
) strict, without rowid;
create index webhook_deliveries_due on webhook_deliveries (subscription_id, due_at, position);
create index webhook_deliveries_by_intent on webhook_deliveries (subscription_id, intent_id) where kind in ('retry', 'held');
create index webhook_deliveries_next on webhook_deliveries (account_id, due_at) where kind in ('retry', 'resend');
create table webhook_replays (
  id text not null primary key,
  subscription_id text not null,
  position integer not null,
  up_to integer not null,
  from_at integer not null,
  to_at integer not null
) strict, without rowid;
create index webhook_replays_by_subscription on webhook_replays (subscription_id, id);
create table webhook_log (
  id integer primary key,
  subscription_id text not null,
  at integer not null,
  doc text not null
) strict;
create index webhook_log_by_subscription on webhook_log (subscription_id, id);
create index webhook_log_by_age on webhook_log (at);
`,
  postgres: `
alter table intent_events add column notification text;
alter table intent_events add column capture_mode text;
create index intent_events_notified on intent_events (account_id, position) where notification is not null;
create table webhook_subscriptions (
  id text primary key,
  account_id text not null references accounts (id),
  version integer not null,
  url text not null,
  doc json not null
);
create index webhook_subscriptions_by_account on webhook_subscriptions (account_id, id);
create table webhook_targets (
  account_id text not null,
  url text not null,
  event text not null,
  subscription_id text not null,
  primary key (account_id, url, event)
);
create index webhook_targets_by_subscription on webhook_targets (subscription_id);
create table webhook_progress (
  subscription_id text primary key,
  account_id text not null,
  position bigint not null,
  state text not null check (state in ('active', 'paused')),
  failing_since bigint,
  paused_at bigint,
  owner text,
  leased_until bigint not null
);
create index webhook_progress_claimable on webhook_progress (leased_until) where state = 'active';
create index webhook_progress_by_owner on webhook_progress (owner);
create table webhook_deliveries (
  subscription_id text not null,
  position bigint not null,
  part integer not null,
  account_id text not null,
  intent_id text not null,
  kind text not null check (kind in ('retry', 'held', 'resend')),
  tries integer not null,
  due_at bigint not null,
  first_failed_at bigint,
  last_status integer,
  last_failure text,
  primary key (subscription_id, position, part)
);
create index webhook_deliveries_due on webhook_deliveries (subscription_id, due_at, position);
create index webhook_deliveries_by_intent on webhook_deliveries (subscription_id, intent_id) where kind in ('retry', 'held');
create index webhook_deliveries_next on webhook_deliveries (account_id, due_at) where kind in ('retry', 'resend');
create table webhook_replays (
  id text primary key,
  subscription_id text not null,
  position bigint not null,
  up_to bigint not null,
  from_at bigint not null,
  to_at bigint not null
);
create index webhook_replays_by_subscription on webhook_replays (subscription_id, id);
create table webhook_log (
  id bigint generated always as identity primary key,
  subscription_id text not null,
  at bigint not null,
  doc json not null
);
create index webhook_log_by_subscription on webhook_log (subscription_id, id);
create index webhook_log_by_age on webhook_log (at);
`,
};
