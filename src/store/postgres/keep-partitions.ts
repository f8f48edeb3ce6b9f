import { idMadeAt } from '../../domain/ids.ts';
import type { PartitionsKept, PartitionTimes } from '../../ports/store.ts';
import type { Engine } from '../engine.ts';
import { missingPeriods, type PartitionedTable, partitionedTables, type Span, spanOf } from './partition-plan.ts';

export const partitionSql = {
  partitions: `select p.relname as parent, c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bounds
    from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_class c on c.oid = i.inhrelid
    where p.relnamespace = current_schema()::regnamespace and p.relkind = 'p' order by c.relname`,
  strays: 'select moment from strongroom_strays($1) as moment',
  add: 'select strongroom_add_partition($1, $2, $3)',
  retire: 'select strongroom_retire_partition($1, $2)',
  /** Literals, so that the one partition is planned for. */
  newestEventIn: ({ from, to }: Span): string =>
    `select id from intent_events where intent_made_at < ${to}${Number.isFinite(from) ? ` and intent_made_at >= ${from}` : ''} order by position desc limit 1`,
  now: 'select (extract(epoch from clock_timestamp()) * 1000)::bigint as now',
} as const;

type Partition = { readonly name: string; readonly span: Span };

const partitionsOf = async (engine: Engine): Promise<ReadonlyMap<string, readonly Partition[]>> => {
  const rows = await engine.all(partitionSql.partitions, []);
  const found = rows.flatMap((row) => {
    const span = spanOf(String(row['bounds']));
    return span === undefined ? [] : [{ parent: String(row['parent']), name: String(row['name']), span }];
  });
  return Map.groupBy(found, ({ parent }) => parent);
};

/** Asked over a connection that reads: a table that somebody holds must keep no commit waiting. */
const add = async (
  engine: Engine,
  table: PartitionedTable,
  existing: readonly Partition[],
  now: number,
): Promise<PartitionsKept> => {
  const moments = (await engine.all(partitionSql.strays, [table.name])).map((row) => Number(row['moment']));
  const missing = missingPeriods(
    table,
    existing.map(({ span }) => span),
    moments,
    now,
  );
  for (const { from, to } of missing) await engine.all(partitionSql.add, [table.name, from, to]);
  return {
    added: missing.map(({ from }) => `${table.name} from ${new Date(from).toISOString().slice(0, 10)}`),
    strays: moments.length,
  };
};

/** Events of old intents may be young: what was told lately stays, whenever its intent was made. */
const isPast = async (engine: Engine, { span }: Partition, before: number): Promise<boolean> => {
  if (span.to > before) return false;
  const [newest] = await engine.all(partitionSql.newestEventIn(span), []);
  return newest !== undefined && idMadeAt(String(newest['id'])) < before;
};

const retire = async (
  engine: Engine,
  partitions: ReadonlyMap<string, readonly Partition[]>,
  { notesBefore, eventsBefore }: PartitionTimes,
): Promise<void> => {
  for (const { name, span } of partitions.get('webhook_log') ?? [])
    if (span.to <= notesBefore) await engine.all(partitionSql.retire, ['webhook_log', name]);
  if (eventsBefore === null) return;
  for (const month of partitions.get('intent_events') ?? [])
    if (await isPast(engine, month, eventsBefore)) await engine.all(partitionSql.retire, ['intent_events', month.name]);
};

/** See the port. */
export const keepPartitions = async (engine: Engine, times: PartitionTimes): Promise<PartitionsKept> => {
  const partitions = await partitionsOf(engine);
  const added: string[] = [];
  let strays = 0;
  for (const table of partitionedTables) {
    const existing = partitions.get(table.name);
    if (existing === undefined) continue;
    const kept = await add(engine, table, existing, times.now);
    added.push(...kept.added);
    strays += kept.strays;
  }
  await retire(engine, partitions, times);
  return { added, strays };
};

/** Before a node takes requests: nothing is dropped, and what the node's clock says does not matter yet. */
export const addPartitions = async (engine: Engine): Promise<void> => {
  const [row] = await engine.all(partitionSql.now, []);
  await keepPartitions(engine, {
    now: Number(row?.['now']),
    notesBefore: Number.NEGATIVE_INFINITY,
    eventsBefore: null,
  });
};
