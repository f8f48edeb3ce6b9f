-- One database of Strongroom with the two roles that use it. Run once by an administrator of the server, per database:
--   psql -v ON_ERROR_STOP=1 -v database=strongroom_vault -v owner=… -v owner_password=… -v node=… -v node_password=… -f roles.sql
-- The owner makes and changes tables (`strongroom migrate`); a server never needs it. The node reads and writes rows, and
-- whoever takes over a server can neither drop a table nor add a trigger that watches the others.
create role :"owner" login password :'owner_password' nosuperuser nocreatedb nocreaterole;
create role :"node" login password :'node_password' nosuperuser nocreatedb nocreaterole;
-- Administrators of rented servers are no superusers: they must be members of a role to give it something.
grant :"owner" to current_user;
create database :"database" owner :"owner";
revoke all on database :"database" from public;
grant connect on database :"database" to :"node";
-- A server that forgot a transaction would hold back vacuum and its own neighbours; ours last milliseconds.
alter role :"node" in database :"database" set idle_in_transaction_session_timeout = '60s';
\connect :"database"
revoke all on schema public from public;
alter schema public owner to :"owner";
grant usage on schema public to :"node";
alter default privileges for role :"owner" in schema public grant select, insert, update, delete on tables to :"node";
revoke :"owner" from current_user;
