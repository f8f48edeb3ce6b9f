import type { Migration } from './migrate.ts';

/**
 * On PostgreSQL, what grows without end is kept in partitions by time (`docs/decisions/0010-growth.md`).
 *
 * - `intent_events` by the moment at which its intent was made, which the intent's id says, and a check holds it to: all
 *   events of an intent are in one partition, so `intent_events_in_order` is as unique as it was in one table.
 * - `webhook_log` by its own time.
 * - `…_earlier` holds what was there before; `…_default` what no partition was made for, which is a fault and is reported.
 * - The functions run with the rights of the tables' owner, so that a node needs no right to make or drop a table; they do
 *   nothing for a role that may not delete the rows anyway.
 */
export const migration0007: Migration = {
  id: '0007-partitions',
  sqlite: '',
  postgres: `
create function strongroom_made_at(intent_id text) returns bigint language sql immutable parallel safe return
  case when intent_id ~ '[A-Za-z0-9_-]{22}$'
    then ('x0000' || encode(decode(translate(left(right(intent_id, 22), 8), '-_', '+/'), 'base64'), 'hex'))::bit(64)::bigint
    else 0 end;
create table intent_events_new (like intent_events including defaults, intent_made_at bigint not null,
  constraint intent_events_made_at check (intent_made_at = strongroom_made_at(intent_id))) partition by range (intent_made_at);
create table webhook_log_new (like webhook_log including defaults) partition by range (at);
do $$
declare
  month bigint := extract(epoch from date_trunc('month', clock_timestamp() at time zone 'UTC') at time zone 'UTC') * 1000;
  day bigint := extract(epoch from date_trunc('day', clock_timestamp() at time zone 'UTC') at time zone 'UTC') * 1000;
  given record;
  last_position bigint;
  last_id bigint;
begin
  execute format('create table intent_events_earlier partition of intent_events_new for values from (minvalue) to (%L)', month);
  execute format('create table webhook_log_earlier partition of webhook_log_new for values from (minvalue) to (%L)', day);
  create table intent_events_default partition of intent_events_new default;
  create table webhook_log_default partition of webhook_log_new default;
  insert into intent_events_new select *, strongroom_made_at(intent_id) from intent_events;
  insert into webhook_log_new select * from webhook_log;
  select coalesce(max(position), 0) into last_position from intent_events;
  select coalesce(max(id), 0) into last_id from webhook_log;
  for given in
    select relname, privilege_type, case when grantee = 0 then 'public' else grantee::regrole::text end as grantee
    from pg_class, aclexplode(relacl)
    where oid in ('intent_events'::regclass, 'webhook_log'::regclass) and grantee <> relowner
  loop
    execute format('grant %s on %I to %s', given.privilege_type, given.relname || '_new', given.grantee);
  end loop;
  drop table intent_events, webhook_log;
  alter table intent_events_new rename to intent_events;
  alter table webhook_log_new rename to webhook_log;
  execute format('alter table intent_events alter column position add generated always as identity (start with %s)', last_position + 1);
  execute format('alter table webhook_log alter column id add generated always as identity (start with %s)', last_id + 1);
end $$;
alter table intent_events add constraint intent_events_pkey primary key (position, intent_made_at);
create unique index intent_events_in_order on intent_events (intent_id, sequence, intent_made_at);
create index intent_events_notified on intent_events (account_id, position) where notification is not null;
alter table webhook_log add constraint webhook_log_pkey primary key (id, at);
create index webhook_log_by_subscription on webhook_log (subscription_id, id);
create index webhook_log_by_age on webhook_log (at);
create function strongroom_partition_key(parent text) returns text language plpgsql stable as $$
begin
  if not has_table_privilege(session_user, to_regclass(quote_ident(parent)), 'delete') then
    raise insufficient_privilege using message = 'the rows of this table are not yours to delete';
  end if;
  return case parent when 'intent_events' then 'intent_made_at' when 'webhook_log' then 'at' end;
end $$;
create function strongroom_strays(parent text) returns setof bigint language plpgsql security definer as $$
begin
  return query execute format('select %I from %I limit 1000', strongroom_partition_key(parent), parent || '_default');
end $$;
create function strongroom_add_partition(parent text, from_ms bigint, to_ms bigint) returns void language plpgsql security definer as $$
declare
  key text := strongroom_partition_key(parent);
  child text := parent || '_' || to_char(to_timestamp(from_ms / 1000) at time zone 'UTC', 'YYYYMMDD');
begin
  perform pg_advisory_xact_lock(hashtext('strongroom_partitions'));
  if to_regclass(quote_ident(child)) is not null then
    return;
  end if;
  execute format('lock table %I in access exclusive mode', parent || '_default');
  execute format('create table %I (like %I including defaults including constraints)', child, parent);
  execute format('with moved as (delete from %1$I where %2$I >= %3$L and %2$I < %4$L returning *) insert into %5$I select * from moved',
    parent || '_default', key, from_ms, to_ms, child);
  execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child, from_ms, to_ms);
end $$;
create function strongroom_retire_partition(parent text, child text) returns void language plpgsql security definer as $$
begin
  perform strongroom_partition_key(parent);
  if child = parent || '_default' or not exists (
    select 1 from pg_inherits where inhparent = to_regclass(quote_ident(parent)) and inhrelid = to_regclass(quote_ident(child)))
  then
    return;
  end if;
  if parent = 'intent_events' then
    execute format('truncate %I', child);
  else
    execute format('drop table %I', child);
  end if;
end $$;
do $$
declare
  signature text;
begin
  foreach signature in array array['strongroom_partition_key(text)', 'strongroom_strays(text)',
    'strongroom_add_partition(text, bigint, bigint)', 'strongroom_retire_partition(text, text)']
  loop
    execute format('alter function %s set search_path = %I, pg_temp', signature, current_schema());
  end loop;
end $$;
`,
};
