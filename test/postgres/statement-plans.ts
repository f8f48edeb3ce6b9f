import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import ts from 'typescript';
import { migrationLists } from '../../src/main.ts';
import { migrate } from '../../src/store/migrations/migrate.ts';
import { keepPartitions, partitionSql } from '../../src/store/postgres/keep-partitions.ts';
import { leadershipSql } from '../../src/store/leadership-lease.ts';
import { postgresSql, sql } from '../../src/store/statements.ts';
import { webhookSql } from '../../src/store/webhook-statements.ts';
import { openEngineAt } from './open-engine.ts';

/** A statement under the name by which the sources call it. */
export type NamedStatement = readonly [name: string, text: string];

const named = (of: Readonly<Record<string, unknown>>): readonly NamedStatement[] =>
  Object.entries(of).flatMap(([name, text]): readonly NamedStatement[] => {
    if (typeof text === 'string') return [[name, text]];
    // What is made of the moment is read with its values in it, and tested where it is used.
    if (typeof text === 'function') return [];
    return Object.entries(text as Record<string, string>).map(([what, inner]) => [`${name} ${what}`, inner]);
  });

/** The text of a string, or of strings that are added up; undefined where anything else is in it. */
const literalText = (node: ts.Node): string | undefined => {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [literalText(node.left), literalText(node.right)];
  return left === undefined || right === undefined ? undefined : left + right;
};

const vaultTables = new URL('../../vault/store/', import.meta.url);

/** The vault writes its statements where it needs them, behind its one door: they are read from its sources. */
const vaultStatements = (): readonly NamedStatement[] => {
  const found: NamedStatement[] = [];
  const walk = (node: ts.Node, name: string): void => {
    const text = literalText(node);
    if (text !== undefined) {
      if (/^(select|insert|update|delete) /.test(text)) found.push([name, text]);
      return;
    }
    const inner = ts.isVariableDeclaration(node) && name === '' ? node.name.getText() : name;
    node.forEachChild((child) => walk(child, inner));
  };
  for (const file of readdirSync(vaultTables).filter((entry) => entry.endsWith('-table.ts'))) {
    const text = readFileSync(new URL(file, vaultTables), 'utf8');
    walk(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true), '');
  }
  return found;
};

/** Every statement that a running server sends to PostgreSQL. */
export const everyStatement = (): readonly NamedStatement[] => {
  const platform = { ...sql, ...postgresSql };
  const { now: _, newestEventIn: __, ...partitions } = partitionSql;
  return [
    ...named(platform),
    ...named(webhookSql),
    ...named(leadershipSql),
    ...named(partitions),
    ...vaultStatements(),
  ];
};

/** Far from every real day, so that the names of partitions are always the same. */
const newYear = Date.UTC(2040, 0, 1);
const rows = 20_000;
/** When the row `n` was made, and 22 characters as our ids end: some thousands in each of five months. */
const madeAt = `(${newYear - 31 * 86_400_000}::bigint + n * 648000::bigint)`;
const token = `translate(rtrim(encode(decode(lpad(to_hex(${madeAt}), 12, '0') || substr(md5(n::text), 1, 20), 'hex'), 'base64'), '='), '+/', '-_')`;
const doc = `json_build_object('a', repeat('x', 600))`;
const anAccount = `'acc_' || n % 500`;

/** Rows as a busy platform has them: most intents ended, a few due, a few deliveries waiting. */
const fill: readonly string[] = [
  `insert into accounts select 'acc_' || n, 'Account ' || n, n, 0 from generate_series(0, 499) n`,
  `insert into api_keys select 'key_' || n, ${anAccount}, 'sandbox', md5(n::text), 'abcd', n, case when n % 3 = 0 then n end from generate_series(1, ${rows}) n`,
  `insert into setup_intents select 'si_sandbox_' || ${token}, ${anAccount}, 3, case when n % 20 = 0 then 'Created' when n % 100 = 1 then 'Expired' else 'Completed' end,
     case when n % 20 = 0 then ${newYear} + n end, case when n % 100 = 1 then 'card_' || n end, ${doc} from generate_series(1, ${rows}) n`,
  `insert into payment_intents select 'pi_sandbox_' || ${token}, ${anAccount}, 3, case when n % 20 = 0 then 'Created' else 'Captured' end,
     case when n % 20 = 0 then ${newYear} + n end, ${doc} from generate_series(1, ${rows}) n`,
  `insert into charge_attempts select 'att_' || n, ${anAccount}, 'pi_sandbox_' || ${token}, 'si_sandbox_' || ${token}, 2,
     case when n % 500 = 0 then 'unknown' else 'approved' end, ${newYear} + n, ${doc} from generate_series(1, ${rows}) n`,
  `insert into refunds select 'rfnd_' || n, ${anAccount}, 'pi_sandbox_' || ${token}, 2,
     case when n % 500 = 0 then 'unknown' else 'refunded' end, ${newYear} + n, ${doc} from generate_series(1, ${rows}) n`,
  `insert into intent_events (id, account_id, intent_id, sequence, type, status, at, doc, notification, intent_made_at)
     select 'evt_' || n, ${anAccount}, 'si_sandbox_' || ${token}, sequence, 'Created', 'Created', n, ${doc}, 'setup_intent.created', ${madeAt}
     from generate_series(1, ${rows}) n, generate_series(1, 2) sequence`,
  `insert into intent_events (id, account_id, intent_id, sequence, type, status, at, doc, notification, intent_made_at)
     select 'evt_old_' || n, ${anAccount}, 'si_old_' || n, 1, 'Created', 'Created', n, ${doc}, 'setup_intent.created', 0 from generate_series(1, 4000) n`,
  `insert into answers select ${anAccount} || ' create ' || n, md5(n::text), case when n % 1000 = 0 then null else 200 end, repeat('x', 600), ${newYear} + n from generate_series(1, ${rows}) n`,
  `insert into webhook_subscriptions select 'ws_' || n, ${anAccount}, 1, 'https://' || n, ${doc} from generate_series(1, 2000) n`,
  `insert into webhook_targets select ${anAccount}, 'https://' || n, 'setup_intent.created', 'ws_' || n from generate_series(1, ${rows}) n`,
  `insert into webhook_progress select 'ws_' || n, ${anAccount}, n, case when n % 10 = 0 then 'paused' else 'active' end, null, null, 'node_' || n % 3, n from generate_series(1, 2000) n`,
  `insert into webhook_deliveries select 'ws_' || n % 2000, n, 0, ${anAccount}, 'si_sandbox_' || ${token}, case n % 3 when 0 then 'retry' when 1 then 'held' else 'resend' end, 1, n, n, 500, 'status' from generate_series(1, ${rows}) n`,
  `insert into webhook_log (subscription_id, at, doc) select 'ws_' || n % 2000, case when n % 6 = 0 then n else ${newYear} + n * 20000::bigint end, ${doc} from generate_series(1, ${rows}) n`,
  `insert into webhook_replays select 'rpl_' || n, 'ws_' || n % 2000, n, n, n, n from generate_series(1, 5000) n`,
  `insert into turns values ('workers', 'node_1', 0)`,
  `insert into vault_data_keys select 'dk_' || n, 'k_1', '', '', n from generate_series(1, 5000) n`,
  `insert into vault_cards select 'card_' || n, ${anAccount}, 'dk_1', '', decode(repeat('00', 200), 'hex'), md5(n::text), 'visa', '1234', '2029-12', n, 'si_' || n from generate_series(1, ${rows}) n`,
  'analyze',
];

/** A database with every table filled and analysed. */
export const fillTables = async (url: string): Promise<void> => {
  const engine = openEngineAt(url);
  for (const list of migrationLists) await migrate(engine, list);
  await keepPartitions(engine, { now: newYear, notesBefore: Number.NEGATIVE_INFINITY, eventsBefore: null });
  await engine.close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of fill) await client.query(statement);
  await client.end();
};

/** The plan that a session keeps for a statement whatever its parameters are. PostgreSQL 16 or newer. */
export const genericPlan = async (client: pg.Client, text: string): Promise<string> => {
  const { rows: lines } = await client.query<{ 'QUERY PLAN': string }>(`explain (generic_plan, costs off) ${text}`);
  return lines.map((row) => row['QUERY PLAN']).join('\n');
};

/** The plan of every statement on filled tables, for a review to read and a test to compare. */
export const renderPlans = async (url: string): Promise<string> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: version } = await client.query<{ major: number }>(
      "select current_setting('server_version_num')::int / 10000 as major",
    );
    const plans: string[] = [];
    for (const [name, text] of everyStatement()) {
      const statement = text.replaceAll(/\s*\n\s*/g, '\n  ');
      plans.push(`## ${name}\n${statement}\n\n${await genericPlan(client, text)}\n`);
    }
    return `# Generated by scripts/generate-plans.ts on PostgreSQL ${version[0]?.major}: the generic plan of every statement. Do not edit.\n\n${plans.join('\n')}`;
  } finally {
    await client.end();
  }
};
