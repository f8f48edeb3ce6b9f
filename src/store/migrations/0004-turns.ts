import type { Migration } from './migrate.ts';

/** Who does the work that nobody asks for, and until when (real time) nobody else does. Only nodes that share a database need it. */
export const migration0004: Migration = {
  id: '0004-turns',
  sqlite: `
create table turns (
  name text not null primary key,
  holder text not null,
  held_until integer not null
) strict, without rowid;
`,
  postgres: `
create table turns (
  name text primary key,
  holder text not null,
  held_until bigint not null
);
`,
};
