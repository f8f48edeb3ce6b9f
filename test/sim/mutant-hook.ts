import { registerHooks } from 'node:module';
import { type Mutant, mutants } from './mutants.ts';

/** How a run of the simulation ends, for whoever started it. */
export const exitCodes = { broken: 1, usage: 2, mutantRotten: 4 } as const;

export const mutantNamed = (name: string): Mutant => {
  const found = mutants.find((mutant) => mutant.name === name);
  if (found === undefined) throw new Error(`there is no mutant ${name}`);
  return found;
};

/** Matches the snippet however it is broken into lines. */
const patternOf = (snippet: string): RegExp =>
  new RegExp(
    snippet
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('\\s+'),
    'g',
  );

/** The source with the bug in it; throws when the snippet is not there, so that no mutant can rot. */
export const mutate = (source: string, { find, replace }: Mutant['edits'][number]): string => {
  const pattern = patternOf(find);
  if (!pattern.test(source)) throw new Error(`the snippet is gone: ${find}`);
  return source.replace(pattern, () => replace);
};

/** Loads the product with one known bug in it, from here on in this process. */
export const hookMutant = (mutant: Mutant): void => {
  const loaded = new Set<string>();
  registerHooks({
    load: (url, context, next) => {
      const result = next(url, context);
      const edits = mutant.edits.filter(({ file }) => url.endsWith(`/${file}`));
      if (edits.length === 0) return result;
      let source = Buffer.from((result.source ?? '') as string | Uint8Array).toString('utf8');
      try {
        for (const edit of edits) {
          source = mutate(source, edit);
          loaded.add(edit.find);
        }
      } catch (error) {
        console.error(`${mutant.name}: ${error instanceof Error ? error.message : String(error)}`);
        process.exit(exitCodes.mutantRotten);
      }
      return { ...result, source };
    },
  });
  process.on('exit', () => {
    if (loaded.size < mutant.edits.length && process.exitCode !== exitCodes.mutantRotten) {
      console.error(`${mutant.name}: a file of it was never loaded`);
      process.exitCode = exitCodes.mutantRotten;
    }
  });
};
