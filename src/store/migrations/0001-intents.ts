import type { Migration } from './migrate.ts';

/**
 * The first schema. Columns hold what a statement looks for or guards; `doc` holds the rest of the object as JSON.
 * Times are milliseconds since 1970. Tables with a `doc` keep SQLite's rowid: rows of a kilobyte and more would fill
 * the inner pages of a `without rowid` tree.
 *
 * - `due_at`: when the intent must move by itself, in its account's time; null where nothing is to come. The account
 *   stands in the index too, so that a look ahead for accounts whose clock is fast reads no rows.
 * - `charge_attempts_live`: the rule that a card is charged once, on any number of nodes.
 * - `intent_events.position`: rises with every event, for readers that follow all of them. On SQLite the newest row must
 *   never be deleted, or its position would be given away again.
 */
export const migration0001: Migration = {
  id: '0001-intents',
  sqlite: `
create table accounts (
  id text not null primary key,
  name text not null,
  created_at integer not null,
  clock_ahead_ms integer not null check (clock_ahead_ms >= 0)
) strict, without rowid;
create table api_keys (
  id text not null primary key,
  account_id text not null references accounts (id),
  environment text not null,
  hash text not null unique,
  last4 text not null,
  created_at integer not null,
  revoked_at integer
) strict, without rowid;
create index api_keys_by_account on api_keys (account_id, created_at);
create table setup_intents (
  id text not null primary key,
  account_id text not null,
  version integer not null,
  status text not null,
  due_at integer,
  card_reference text,
  doc text not null
) strict;
create index setup_intents_due on setup_intents (due_at, account_id) where due_at is not null;
create index setup_intents_ended_with_card on setup_intents (id)
  where card_reference is not null and status in ('Expired', 'CardExpired', 'Canceled', 'Completed', 'Closed');
create table payment_intents (
  id text not null primary key,
  account_id text not null,
  version integer not null,
  status text not null,
  due_at integer,
  doc text not null
) strict;
create index payment_intents_due on payment_intents (due_at, account_id) where due_at is not null;
create table charge_attempts (
  id text not null primary key,
  account_id text not null,
  payment_intent_id text not null references payment_intents (id),
  setup_intent_id text not null references setup_intents (id),
  version integer not null,
  state text not null check (state in ('pending', 'unknown', 'approved', 'declined', 'reversed', 'failed')),
  settle_after integer not null,
  doc text not null
) strict;
create unique index charge_attempts_live on charge_attempts (setup_intent_id) where state in ('pending', 'unknown', 'approved');
create index charge_attempts_unsettled on charge_attempts (settle_after) where state in ('pending', 'unknown');
create table intent_events (
  position integer primary key,
  id text not null,
  account_id text not null,
  intent_id text not null,
  sequence integer not null,
  type text not null,
  status text not null,
  at integer not null,
  doc text not null
) strict;
create unique index intent_events_in_order on intent_events (intent_id, sequence);
create table answers (
  key text not null primary key,
  fingerprint text not null,
  status integer,
  body text,
  created_at integer not null
) strict;
create index answers_by_age on answers (created_at);
create table heartbeat (id integer not null primary key check (id = 1), beats integer not null) strict;
insert into heartbeat (id, beats) values (1, 0);
`,
  postgres: `
create table accounts (
  id text primary key,
  name text not null,
  created_at bigint not null,
  clock_ahead_ms bigint not null check (clock_ahead_ms >= 0)
);
create table api_keys (
  id text primary key,
  account_id text not null references accounts (id),
  environment text not null,
  hash text not null unique,
  last4 text not null,
  created_at bigint not null,
  revoked_at bigint
);
create index api_keys_by_account on api_keys (account_id, created_at);
create table setup_intents (
  id text primary key,
  account_id text not null,
  version integer not null,
  status text not null,
  due_at bigint,
  card_reference text,
  doc json not null
);
create index setup_intents_due on setup_intents (due_at, account_id) where due_at is not null;
create index setup_intents_ended_with_card on setup_intents (id)
  where card_reference is not null and status in ('Expired', 'CardExpired', 'Canceled', 'Completed', 'Closed');
create table payment_intents (
  id text primary key,
  account_id text not null,
  version integer not null,
  status text not null,
  due_at bigint,
  doc json not null
);
create index payment_intents_due on payment_intents (due_at, account_id) where due_at is not null;
create table charge_attempts (
  id text primary key,
  account_id text not null,
  payment_intent_id text not null references payment_intents (id),
  setup_intent_id text not null references setup_intents (id),
  version integer not null,
  state text not null check (state in ('pending', 'unknown', 'approved', 'declined', 'reversed', 'failed')),
  settle_after bigint not null,
  doc json not null
);
create unique index charge_attempts_live on charge_attempts (setup_intent_id) where state in ('pending', 'unknown', 'approved');
create index charge_attempts_unsettled on charge_attempts (settle_after) where state in ('pending', 'unknown');
create table intent_events (
  position bigint generated always as identity primary key,
  id text not null,
  account_id text not null,
  intent_id text not null,
  sequence integer not null,
  type text not null,
  status text not null,
  at bigint not null,
  doc json not null
);
create unique index intent_events_in_order on intent_events (intent_id, sequence);
create table answers (
  key text primary key,
  fingerprint text not null,
  status integer,
  body text,
  created_at bigint not null
);
create index answers_by_age on answers (created_at);
create table heartbeat (id integer primary key check (id = 1), beats bigint not null);
insert into heartbeat (id, beats) values (1, 0);
`,
};
