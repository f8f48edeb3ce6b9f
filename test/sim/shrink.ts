/**
 * Leaves out what a failure does not need: first whole groups that belong together, then (Zeller's delta debugging)
 * from halves down to single elements.
 * @param fails whether a shorter list still fails in the same way
 * @param runsMax how many lists are tried at most
 * @param groupOf elements with the same name are also tried to be left out together
 */
export const shrink = async <T>(
  list: readonly T[],
  fails: (shorter: readonly T[]) => Promise<boolean>,
  runsMax: number,
  groupOf: (element: T) => string | undefined = () => undefined,
): Promise<readonly T[]> => {
  let needed = list;
  let runs = 0;
  for (const group of new Set(list.map(groupOf))) {
    const shorter = needed.filter((element) => groupOf(element) !== group);
    if (group === undefined || runs >= runsMax) continue;
    runs++;
    if (await fails(shorter)) needed = shorter;
  }
  for (let size = Math.ceil(needed.length / 2); size >= 1; ) {
    let isShorter = false;
    for (let start = 0; start < needed.length && runs < runsMax; ) {
      const shorter = [...needed.slice(0, start), ...needed.slice(start + size)];
      runs++;
      if (await fails(shorter)) {
        needed = shorter;
        isShorter = true;
      } else start += size;
    }
    if (runs >= runsMax || (size === 1 && !isShorter)) return needed;
    if (!isShorter || size > needed.length) size = Math.max(1, Math.floor(size / 2));
  }
  return needed;
};
