/**
 * Leaves out what a failure does not need (Zeller's delta debugging, from halves down to single elements).
 * @param fails whether a shorter list still fails in the same way
 * @param runsMax how many lists are tried at most
 */
export const shrink = async <T>(
  list: readonly T[],
  fails: (shorter: readonly T[]) => Promise<boolean>,
  runsMax: number,
): Promise<readonly T[]> => {
  let needed = list;
  let runs = 0;
  for (let size = Math.ceil(list.length / 2); size >= 1; ) {
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
