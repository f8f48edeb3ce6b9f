import { DatabaseSync } from 'node:sqlite';
import { vaultMigrations } from '../../vault/index.ts';
import { platformMigrations } from '../../src/store/migrations/platform-migrations.ts';
import { type SqliteConnection, sqliteConnection } from '../../src/store/sqlite/sqlite-connection.ts';

/** One row that a commit wrote, as the database itself saw it. */
export type LoggedChange = {
  readonly kind:
    | 'setup'
    | 'payment'
    | 'attempt'
    | 'event'
    | 'refund'
    | 'answer'
    | 'card'
    | 'deleted-intent'
    | 'deleted-card'
    | 'deleted-answer'
    | 'clock';
  readonly id: string;
  readonly inserted: boolean;
  /** Version, sequence of an event, or how far a clock is ahead in milliseconds. */
  readonly number: number | null;
  /** Status, state, or type of an event. */
  readonly text: string | null;
  /** Reference of an intent, payment intent of an attempt or a refund, status of an event. */
  readonly second: string | null;
  /** Setup intent of an attempt, `1` on an event that changed the status, amount of a refund, what a payment intent gave back. */
  readonly third: string | null;
  /** Idempotency key of an attempt or a refund, the refund that an event tells of, what a payment intent holds for refunds. */
  readonly fourth: string | null;
};

const logged = (table: string, kinds: { readonly when: string; readonly values: string }[]): string =>
  kinds
    .map(
      ({ when, values }, index) =>
        `create temp trigger watch_${table}_${index} after ${when} on main.${table} begin
           insert into log (kind, id, inserted, number, text, second, third, fourth) values (${values}); end;`,
    )
    .join('\n');

const intent = (table: string, kind: string): string => {
  const reference = `json_extract(new.doc, '$.terms.reference')`;
  const amounts = `json_extract(new.doc, '$.refundedAmountMinor'), json_extract(new.doc, '$.refundingAmountMinor')`;
  return logged(table, [
    { when: 'insert', values: `'${kind}', new.id, 1, new.version, new.status, ${reference}, ${amounts}` },
    { when: 'update', values: `'${kind}', new.id, 0, new.version, new.status, null, ${amounts}` },
    { when: 'delete', values: `'deleted-intent', old.id, 0, null, null, null, null, null` },
  ]);
};

const attempt = `new.id, %, new.version, new.state, new.payment_intent_id, new.setup_intent_id, json_extract(new.doc, '$.answerKey')`;

const refund = `new.id, %, new.version, new.state, new.payment_intent_id, json_extract(new.doc, '$.amount.amountMinor'), json_extract(new.doc, '$.answerKey')`;
const toldRefund = `case when new.notification like '%refund.created%' then json_extract(new.notification_data, '$.refundId') end`;

/** Rows are noted by the database, inside the transactions that write them, and not by what the product says it wrote. */
const watching = `
create temp table log (n integer primary key, kind text, id text, inserted integer, number integer, text text, second text, third text, fourth text);
${intent('setup_intents', 'setup')}
${intent('payment_intents', 'payment')}
${logged('charge_attempts', [
  { when: 'insert', values: `'attempt', ${attempt.replace('%', '1')}` },
  { when: 'update', values: `'attempt', ${attempt.replace('%', '0')}` },
])}
${logged('refunds', [
  { when: 'insert', values: `'refund', ${refund.replace('%', '1')}` },
  { when: 'update', values: `'refund', ${refund.replace('%', '0')}` },
])}
${logged('intent_events', [{ when: 'insert', values: `'event', new.intent_id, 1, new.sequence, new.type, new.status, json_extract(new.doc, '$.statusChanged'), ${toldRefund}` }])}
${logged('answers', [
  { when: 'insert', values: `'answer', new.key, 1, new.status, new.body, null, null, null` },
  { when: 'update', values: `'answer', new.key, 0, new.status, new.body, null, null, null` },
  { when: 'delete', values: `'deleted-answer', old.key, 0, null, null, null, null, null` },
])}
${logged('accounts', [{ when: 'update', values: `'clock', new.id, 0, new.clock_ahead_ms, null, null, null, null` }])}
${logged('vault_cards', [
  { when: 'insert', values: `'card', new.reference, 1, null, null, null, null, null` },
  { when: 'delete', values: `'deleted-card', old.reference, 0, null, null, null, null, null` },
])}
`;

/** The real schema in memory: durability itself is the crash test's matter, here a commit is what the database keeps. */
export type SimulatedDatabase = {
  readonly connection: SqliteConnection;
  /** What was committed since the last look, in order. */
  changes(): readonly LoggedChange[];
  close(): void;
};

export const openSimulatedDatabase = (): SimulatedDatabase => {
  const database = new DatabaseSync(':memory:');
  database.exec('pragma foreign_keys = on; pragma synchronous = off;');
  for (const { sqlite } of [...platformMigrations.migrations, ...vaultMigrations]) database.exec(sqlite);
  database.exec(watching);
  const readLog = database.prepare(
    'select kind, id, inserted, number, text, second, third, fourth from log order by n',
  );
  const emptyLog = database.prepare('delete from log');
  return {
    connection: sqliteConnection(database),
    changes: () => {
      const rows = readLog.all() as unknown as readonly (Omit<LoggedChange, 'inserted'> & {
        readonly inserted: number;
      })[];
      if (rows.length > 0) emptyLog.run();
      return rows.map((row) => ({ ...row, inserted: row.inserted === 1 }));
    },
    close: () => database.close(),
  };
};
