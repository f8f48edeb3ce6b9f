/** The vault's own tables. The composition root applies them, in this order, after or without the platform's. */
export const vaultMigrations: readonly { readonly id: string; readonly sqlite: string; readonly postgres: string }[] = [
  {
    id: '0001-cards',
    sqlite: `
create table vault_data_keys (
  id text primary key,
  wrapping_key_id text not null,
  nonce blob not null,
  wrapped blob not null,
  created_at integer not null
) strict, without rowid;
create table vault_cards (
  reference text primary key,
  account_id text not null,
  data_key_id text not null references vault_data_keys (id),
  nonce blob not null,
  sealed blob not null,
  fingerprint text not null,
  scheme text not null,
  last4 text not null,
  expiry text not null,
  created_at integer not null
) strict, without rowid;
`,
    postgres: `
create table vault_data_keys (
  id text primary key,
  wrapping_key_id text not null,
  nonce bytea not null,
  wrapped bytea not null,
  created_at bigint not null
);
create table vault_cards (
  reference text primary key,
  account_id text not null,
  data_key_id text not null references vault_data_keys (id),
  nonce bytea not null,
  sealed bytea not null,
  fingerprint text not null,
  scheme text not null,
  last4 text not null,
  expiry text not null,
  created_at bigint not null
);
`,
  },
  {
    // Unknown for older cards: those are forgotten by way of their intent only.
    id: '0002-owner-of-card',
    sqlite: 'alter table vault_cards add column setup_intent_id text;',
    postgres: 'alter table vault_cards add column setup_intent_id text;',
  },
  {
    id: '0003-heartbeat',
    sqlite: `
create table vault_heartbeat (id integer not null primary key check (id = 1), beats integer not null) strict;
insert into vault_heartbeat (id, beats) values (1, 0);
`,
    postgres: `
create table vault_heartbeat (id integer primary key check (id = 1), beats bigint not null);
insert into vault_heartbeat (id, beats) values (1, 0);
`,
  },
];

/** Proves that a commit still reaches the disk, where the vault has a database of its own. */
export const vaultBeat = 'update vault_heartbeat set beats = beats + 1 where id = 1';
