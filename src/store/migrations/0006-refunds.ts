import type { Migration } from './migrate.ts';

/**
 * Refunds, and what a notification says beside its intent (`notification_data`: the refund, or where a receipt goes).
 *
 * What refunds hold of a charge stands in the payment intent, whose version guards it: two refunds that were decided on the
 * same row cannot both be saved, on any number of nodes.
 */
export const migration0006: Migration = {
  id: '0006-refunds',
  sqlite: `
create table refunds (
  id text not null primary key,
  account_id text not null,
  payment_intent_id text not null references payment_intents (id),
  version integer not null,
  state text not null check (state in ('pending', 'unknown', 'refunded', 'declined', 'failed')),
  settle_after integer not null,
  doc text not null
) strict;
create index refunds_unsettled on refunds (settle_after) where state in ('pending', 'unknown');
alter table intent_events add column notification_data text;
`,
  postgres: `
create table refunds (
  id text primary key,
  account_id text not null,
  payment_intent_id text not null references payment_intents (id),
  version integer not null,
  state text not null check (state in ('pending', 'unknown', 'refunded', 'declined', 'failed')),
  settle_after bigint not null,
  doc json not null
);
create index refunds_unsettled on refunds (settle_after) where state in ('pending', 'unknown');
alter table intent_events add column notification_data json;
`,
};
