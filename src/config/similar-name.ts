/** Edits (one letter added, removed or replaced) that make one text of the other. */
const distance = (a: string, b: string): number => {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const here = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      here.push(Math.min(replaced, (above[column] ?? 0) + 1, (here[column - 1] ?? 0) + 1));
    }
    above = here;
  }
  return above[b.length] ?? 0;
};

/** The known name that a misspelt one was probably meant to be: at most half of it may differ, beside the prefix that all share. */
export const similarName = (name: string, known: readonly string[], prefix: string): string | undefined => {
  const tail = name.slice(prefix.length, prefix.length + 40);
  const nearest = known
    .map((candidate) => ({ candidate, edits: distance(tail, candidate.slice(prefix.length)) }))
    .sort((one, other) => one.edits - other.edits)[0];
  if (nearest === undefined) return undefined;
  const longer = Math.max(tail.length, nearest.candidate.length - prefix.length);
  return nearest.edits <= longer / 2 ? nearest.candidate : undefined;
};
