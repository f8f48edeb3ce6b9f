/** The middle value; of an even count the mean of the two in the middle. Throws for an empty list. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new Error('no values');
  return (lower + upper) / 2;
};

/** The value that so large a share of a sorted list does not exceed. Throws for an empty list. */
export const percentile = (sorted: readonly number[], share: number): number => {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new Error('no values');
  return value;
};

/**
 * Growth of a series in its own unit per 1000 steps: the slope of Theil and Sen, the median of the slopes between
 * all pairs, which a few outliers (a collection that has just run) do not move.
 */
export const growthPerThousand = (points: readonly { readonly at: number; readonly value: number }[]): number => {
  const slopes: number[] = [];
  for (const [index, a] of points.entries()) {
    for (const b of points.slice(index + 1)) {
      if (b.at !== a.at) slopes.push((b.value - a.value) / (b.at - a.at));
    }
  }
  return slopes.length === 0 ? 0 : median(slopes) * 1000;
};
