/** A stretch of time, in milliseconds since 1970: from its first until before its last. */
export type Span = { readonly from: number; readonly to: number };

/** A table in partitions by time. */
export type PartitionedTable = {
  readonly name: 'intent_events' | 'webhook_log';
  readonly period: 'month' | 'day';
  /** How many periods beyond the present one are made: time for somebody to see that no worker makes them. */
  readonly ahead: number;
};

export const partitionedTables: readonly PartitionedTable[] = [
  // Months: their number grows for good, and a look at the outbox looks into each.
  { name: 'intent_events', period: 'month', ahead: 2 },
  // Days, for it is kept for three.
  { name: 'webhook_log', period: 'day', ahead: 3 },
];

const dayMs = 86_400_000;

/** The period (in UTC) that a moment lies in, or one of those after it. */
export const periodOf = (period: PartitionedTable['period'], moment: number, later = 0): Span => {
  if (period === 'day') {
    const from = (Math.floor(moment / dayMs) + later) * dayMs;
    return { from, to: from + dayMs };
  }
  const date = new Date(moment);
  const startOf = (month: number): number => Date.UTC(date.getUTCFullYear(), month, 1);
  const month = date.getUTCMonth() + later;
  return { from: startOf(month), to: startOf(month + 1) };
};

/** Rows of so many periods that nobody made a partition for are put right at a time. */
const strayPeriodsMax = 12;

/**
 * The periods that lack a partition: the present one, those ahead, and those of rows that found none.
 * @param existing what has one
 * @param strays moments of rows in the default partition
 */
export const missingPeriods = (
  { period, ahead }: PartitionedTable,
  existing: readonly Span[],
  strays: readonly number[],
  now: number,
): readonly Span[] => {
  const wanted = new Map<number, Span>();
  for (let later = 0; later <= ahead; later += 1) {
    const span = periodOf(period, now, later);
    wanted.set(span.from, span);
  }
  for (const moment of strays) {
    if (wanted.size > ahead + strayPeriodsMax) break;
    const span = periodOf(period, moment);
    wanted.set(span.from, span);
  }
  return [...wanted.values()].filter(({ from, to }) => !existing.some((span) => span.from < to && from < span.to));
};

/** What `pg_get_expr` says of a partition of ours; `undefined` for the default one. */
export const spanOf = (bounds: string): Span | undefined => {
  const match = /^FOR VALUES FROM \((?:'(-?\d+)'|MINVALUE)\) TO \('(-?\d+)'\)$/.exec(bounds);
  if (match === null) return undefined;
  return { from: match[1] === undefined ? Number.NEGATIVE_INFINITY : Number(match[1]), to: Number(match[2]) };
};
